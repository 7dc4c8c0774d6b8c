package server

import (
	"cmp"
	"encoding/json"
	"strings"

	"parley/core/chat"
)

// Entries about the queue, in the log for the server's own use only.
const (
	eventEnqueue = "queues:enter" // the chat is to wait in the queue, on these terms
	eventRest    = "queues:rest"  // nobody could be won; those who were asked have peace until then
)

// place is a chat's wait for an agent, folded from its log. With queue mode, a
// chat is in the queue of its room from when it is without an agent, until one is
// in it; that an agent is invited changes nothing about its place.
//
//	(none) --chats:create, last chats:leave, chats:transfer to a room, with inQueue--> queued
//	(none) --queues:enter--> queued
//	queued --agent joins, chats:intervene, chats:close--> (none)
type place struct {
	created  float64    // unix seconds
	since    float64    // unix seconds: when the chat was left without an agent last
	queued   bool       // it has a place, see state.queued
	entered  uint64     // position of the entry by which it came in: who was first, whatever clocks say
	at       float64    // unix seconds of that
	priority float64    // higher goes first
	terms    invitation // of the rounds that the queue begins
	answered float64    // unix seconds: when an agent came who ended the wait; 0 if none did
}

// enqueue is the data of a queues:enter entry: the terms that searchAgent named.
type enqueue struct {
	ChatID      string  `json:"chatId"`
	Algorithm   string  `json:"algorithm,omitempty"`
	MaxAttempts int     `json:"maxAttempts,omitempty"`
	Interval    float64 `json:"interval,omitempty"` // seconds
}

// rest is the data of a queues:rest entry.
type rest struct {
	ChatID string  `json:"chatId"`
	Until  float64 `json:"until"` // unix seconds
}

// after is the place behind an entry; at is when it was made, before and now the
// chat as it was and is.
func (p place) after(e chat.Entry, at float64, before, now chat.Chat) (place, error) {
	var data struct {
		InQueue bool
		Chat    struct {
			InQueue  bool
			Priority float64
			Created  float64
		}
	}
	switch e.Event {
	case chat.EventCreate, chat.EventLeave, chat.EventTransfer:
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return p, err
		}
	case eventEnqueue:
		var terms enqueue
		if err := json.Unmarshal(e.Data, &terms); err != nil {
			return p, err
		}
		p.terms = invitation{Algorithm: terms.Algorithm, MaxAttempts: terms.MaxAttempts, Interval: terms.Interval}
		data.InQueue = !p.queued
	}
	if e.Event == chat.EventCreate {
		at = cmp.Or(data.Chat.Created, at)
		p.created, p.priority, data.InQueue = at, data.Chat.Priority, data.Chat.InQueue
	}
	if now.Status == chat.Waiting && before.Status != chat.Waiting {
		p.since = at
	}
	switch {
	case data.InQueue:
		p.queued, p.entered, p.at, p.answered = true, e.Seq, at, 0
	case now.Status == chat.Active && before.Status == chat.Waiting && p.queued:
		p.queued, p.answered = false, at
	case now.Status == chat.Closed:
		p.queued = false
	}
	return p, nil
}

// queued tells whether the chat is in the queue of its room. It is not yet while
// an agent is about to leave who has handed it over.
func (s *state) queued() bool { return s.place.queued && s.chat.Status == chat.Waiting }

// inLine is a chat among those that wait in a room.
type inLine struct {
	id       string
	priority float64
	entered  uint64
}

// compare orders a queue: by priority, higher first, then by who came first.
func (a inLine) compare(b inLine) int {
	return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.entered, b.entered), strings.Compare(a.id, b.id))
}

// roundNow is the round in which the next agent of the chat is invited: the one
// that runs, or a new one of a chat in the queue. false means that there is none.
func (s *state) roundNow() (round, bool) {
	if s.round.running || !s.queued() {
		return s.round, s.round.running
	}
	r := s.round
	r.invited, r.tried, r.rejected, r.transfer = s.place.terms, nil, nil, transfer{}
	return r, true
}
