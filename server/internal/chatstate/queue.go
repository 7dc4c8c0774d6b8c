package chatstate

import (
	"cmp"
	"encoding/json"
	"strings"

	"parley/core/chat"
)

// Entries about the queue, in the log for the server's own use only.
const (
	EventEnqueue  = "queues:enter" // the chat is to wait in the queue, on these terms
	EventCooldown = "queues:rest"  // nobody could be won; those who were asked have peace until then
)

// Place is a chat's wait for an agent, folded from its log. With queue mode, a
// chat is in the queue of its room from when it is without an agent, until one is
// in it; that an agent is invited changes nothing about its place.
//
//	(none) --chats:create, last chats:leave, chats:transfer to a room, with inQueue--> queued
//	(none) --queues:enter--> queued
//	queued --agent joins, chats:intervene, chats:close--> (none)
type QueueState struct {
	CreatedAt    float64    // unix seconds
	WaitingSince float64    // unix seconds: when the chat was left without an agent last
	Enqueued     bool       // it has a place, see state.queued
	EnqueuedSeq  uint64     // position of the entry by which it came in: who was first, whatever clocks say
	EnqueuedAt   float64    // unix seconds of that
	Priority     float64    // higher goes first
	Terms        Invitation // of the rounds that the queue begins
	AnsweredAt   float64    // unix seconds: when an agent came who ended the wait; 0 if none did
}

// Enqueue is the data of a queues:enter entry: the terms that searchAgent named.
type Enqueue struct {
	ChatID      string  `json:"chatId"`
	Algorithm   string  `json:"algorithm,omitempty"`
	MaxAttempts int     `json:"maxAttempts,omitempty"`
	Interval    float64 `json:"interval,omitempty"` // seconds
}

// Cooldown is the data of a queues:rest entry.
type Cooldown struct {
	ChatID string  `json:"chatId"`
	Until  float64 `json:"until"` // unix seconds
}

// after is the place behind an entry; at is when it was made, before and now the
// chat as it was and is.
func (p QueueState) after(e chat.Entry, at float64, before, now chat.Chat) (QueueState, error) {
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
	case EventEnqueue:
		var terms Enqueue
		if err := json.Unmarshal(e.Data, &terms); err != nil {
			return p, err
		}
		p.Terms = Invitation{Algorithm: terms.Algorithm, MaxAttempts: terms.MaxAttempts, Interval: terms.Interval}
		data.InQueue = !p.Enqueued
	}
	if e.Event == chat.EventCreate {
		at = cmp.Or(data.Chat.Created, at)
		p.CreatedAt, p.Priority, data.InQueue = at, data.Chat.Priority, data.Chat.InQueue
	}
	if now.Status == chat.Waiting && before.Status != chat.Waiting {
		p.WaitingSince = at
	}
	switch {
	case data.InQueue:
		p.Enqueued, p.EnqueuedSeq, p.EnqueuedAt, p.AnsweredAt = true, e.Seq, at, 0
	case now.Status == chat.Active && before.Status == chat.Waiting && p.Enqueued:
		p.Enqueued, p.AnsweredAt = false, at
	case now.Status == chat.Closed:
		p.Enqueued = false
	}
	return p, nil
}

// Queued tells whether the chat is in the queue of its room. It is not yet while
// an agent is about to leave who has handed it over.
func (s *State) Queued() bool { return s.Queue.Enqueued && s.Chat.Status == chat.Waiting }

// QueueEntry is a chat among those that wait in a room.
type QueueEntry struct {
	ID          string
	Priority    float64
	EnqueuedSeq uint64
}

// Compare orders a queue: by priority, higher first, then by who came first.
func (a QueueEntry) Compare(b QueueEntry) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.EnqueuedSeq, b.EnqueuedSeq), strings.Compare(a.ID, b.ID))
}

// CurrentRound is the round in which the next agent of the chat is invited: the one
// that runs, or a new one of a chat in the queue. false means that there is none.
func (s *State) CurrentRound() (Round, bool) {
	if s.Round.Running || !s.Queued() {
		return s.Round, s.Round.Running
	}
	r := s.Round
	r.Invited, r.Attempted, r.rejected, r.Transfer = s.Queue.Terms, nil, nil, Transfer{}
	return r, true
}
