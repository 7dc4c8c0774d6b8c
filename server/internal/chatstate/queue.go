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
	EventCooldown = "queues:rest"  // no agent accepted; those already asked are not asked again before Until
)

// QueueState is a chat's wait for an agent, folded from its log. With queue mode,
// a chat is in the queue of its room while no agent is in it. An invitation
// changes nothing about its position.
//
//	(none) --chats:create, last chats:leave, chats:transfer to a room, with inQueue--> queued
//	(none) --last chats:leave with a reason, with inQueue--> queued, at the front
//	(none) --queues:enter--> queued
//	queued --agent joins, chats:intervene, chats:close--> (none)
type QueueState struct {
	CreatedAt     float64    // unix seconds
	WaitingSince  float64    // unix seconds: when the last agent left, or CreatedAt
	Enqueued      bool       // has a position, or will have one when the agents have left; see State.Queued
	EnqueuedOrder uint64     // chat.Entry.Order of the entry that put it into the queue: orders a queue whatever clocks say
	EnqueuedAt    float64    // unix seconds of that entry
	Priority      float64    // higher goes first
	AtFront       bool       // goes first of those with its priority: it has lost its agent
	Terms         Invitation // of the rounds that the queue begins
	AnsweredAt    float64    // unix seconds: when an agent ended the last wait, 0 if none did
}

// Enqueue is the data of a queues:enter entry: the terms that searchAgent named.
type Enqueue struct {
	ChatID      string  `json:"chatId"`
	Algorithm   string  `json:"algorithm,omitempty"`
	MaxAttempts int     `json:"maxAttempts,omitempty"`
	Interval    float64 `json:"interval,omitempty"` // seconds
}

// after gives the wait after an entry that the log took at the time at; before and
// now are the chat before and after it.
func (q QueueState) after(e chat.Entry, at float64, before, now chat.Chat) (QueueState, error) {
	var data struct {
		InQueue bool
		Reason  string
		Chat    struct {
			InQueue  bool
			Priority float64
			Created  float64
		}
	}
	switch e.Event {
	case chat.EventCreate, chat.EventLeave, chat.EventTransfer:
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return q, err
		}
	case EventEnqueue:
		var terms Enqueue
		if err := json.Unmarshal(e.Data, &terms); err != nil {
			return q, err
		}
		q.Terms = Invitation{Algorithm: terms.Algorithm, MaxAttempts: terms.MaxAttempts, Interval: terms.Interval}
		data.InQueue = !q.Enqueued
	}
	if e.Event == chat.EventCreate {
		at = cmp.Or(data.Chat.Created, at)
		q.CreatedAt, q.Priority, data.InQueue = at, data.Chat.Priority, data.Chat.InQueue
	}
	if now.Status == chat.Waiting && before.Status != chat.Waiting {
		q.WaitingSince = at
	}
	switch {
	case data.InQueue:
		if q.AtFront = data.Reason != ""; !q.AtFront || q.EnqueuedOrder == 0 { // those at the front go by their first wait
			q.EnqueuedOrder = cmp.Or(e.Order, e.Seq) // a log that is older has positions of one stream, which are lower
		}
		q.Enqueued, q.EnqueuedAt, q.AnsweredAt = true, at, 0
	case now.Status == chat.Active && before.Status == chat.Waiting && q.Enqueued:
		q.Enqueued, q.AnsweredAt = false, at
	case now.Status == chat.Closed:
		q.Enqueued = false
	}
	return q, nil
}

// Queued tells whether the chat is in the queue of its room. One that was handed
// over to the queue is not there before its agents have left.
func (s *State) Queued() bool { return s.Queue.Enqueued && s.Chat.Status == chat.Waiting }

// QueueEntry is what orders a chat among those that wait in a room.
type QueueEntry struct {
	ID            string
	Priority      float64
	AtFront       bool
	EnqueuedOrder uint64
}

// Compare orders a queue: by priority, higher first, then those at the front, then by
// who came first.
func (a QueueEntry) Compare(b QueueEntry) int {
	return cmp.Or(
		cmp.Compare(b.Priority, a.Priority), compareFlags(b.AtFront, a.AtFront),
		cmp.Compare(a.EnqueuedOrder, b.EnqueuedOrder), strings.Compare(a.ID, b.ID),
	)
}

// compareFlags orders false before true.
func compareFlags(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// LeftAlone tells whether the visitor of a chat that is not in a queue waits without
// anybody looking for an agent.
func (s *State) LeftAlone() bool {
	return s.Round.Alone && !s.Round.Running && s.Chat.Status == chat.Waiting && !s.Queued() && s.Chat.Users.Has(s.Chat.Creator)
}

// CurrentRound gives the round in which the chat's next agent is invited: the one
// that runs, or a new one if the chat is in the queue, or left alone. found is false
// otherwise.
func (s *State) CurrentRound() (r Round, found bool) {
	if s.Round.Running || !s.Queued() && !s.LeftAlone() {
		return s.Round, s.Round.Running
	}
	r = s.Round
	r.Invited, r.Attempted, r.rejected, r.Transfer = s.Queue.Terms, nil, nil, Transfer{}
	if s.LeftAlone() {
		r.Invited = Invitation{Again: true}
	}
	return r, true
}
