package index

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Board has every open chat: which wait in which room in which order, and how much
// each agent has to do. All nodes share it, and each has a copy in memory.
type Board struct {
	records  *store.Mirror[OpenChat] // <app>.<chat>
	node     string                  // this one
	onChange func(BoardChange)

	mu       sync.Mutex
	apps     map[string]*appBoard
	order    uint64          // the highest Order that is known
	removing map[string]bool // records that this node removes, by name
}

// BoardChange says that an open chat has changed.
type BoardChange struct {
	App, ID string
	Rooms   []string // whose queues have changed
	Ours    bool     // this node has written it
	Waited  float64  // seconds in the queue, if an agent has ended that wait now; else 0
}

// QueuedChat is a chat in a queue.
type QueuedChat struct {
	ID, Visitor string
	Seq         uint64 // position of its log that the board has
}

// OpenChat is what the board has of a chat. The zero OpenChat is one that the board
// does not have.
type OpenChat struct {
	Seq           uint64   `json:"seq"`                // position of its log; 0 if it is only announced
	Room          string   `json:"room"`               //
	Status        string   `json:"status"`             // waiting or active
	CreatedAt     float64  `json:"created"`            // unix seconds
	WaitingSince  float64  `json:"since"`              // unix seconds: when the last agent left, or CreatedAt
	Priority      float64  `json:"priority,omitempty"` // higher goes first in the queue
	AtFront       bool     `json:"front,omitempty"`    // goes first of those with its priority
	EnqueuedOrder uint64   `json:"entered,omitempty"`  // orders the queue; 0 if it is not in one
	EnqueuedAt    float64  `json:"queued,omitempty"`   // unix seconds: when it last came into the queue
	AnsweredAt    float64  `json:"answered,omitempty"` // unix seconds: when an agent ended that wait, 0 if none did
	Answered      float64  `json:"first,omitempty"`    // unix seconds: when the first agent came into it, 0 before
	Visitor       string   `json:"visitor,omitempty"`  // the creator, while they are in the chat
	Agents        []string `json:"agents,omitempty"`   // in the chat
	Alone         bool     `json:"alone,omitempty"`    // its visitor waits, and nobody looks for an agent
	Invited       string   `json:"invited,omitempty"`  // agent whose answer is awaited
	Node          string   `json:"node"`               // that has written the record
}

// appBoard is the board of one app, with what follows from its chats.
type appBoard struct {
	chats   map[string]OpenChat
	busy    map[string]int                    // by agent: open chats they are in
	invited map[string]int                    // by agent: invitations that wait for their answer
	queues  map[string][]chatstate.QueueEntry // by room, without chats whose visitor is away
	alone   map[string]bool                   // chats that are left alone
	waits   map[string][]Wait                 // by room: the latest that were answered
}

func newAppBoard() *appBoard {
	return &appBoard{
		chats: map[string]OpenChat{}, busy: map[string]int{}, invited: map[string]int{},
		queues: map[string][]chatstate.QueueEntry{}, alone: map[string]bool{}, waits: map[string][]Wait{},
	}
}

// OpenBoard copies the board and follows it until ctx ends. node is the name of this
// node. onChange is called after each change, also before OpenBoard has returned.
func OpenBoard(ctx context.Context, e *store.Engine, node string, onChange func(BoardChange)) (*Board, error) {
	b := &Board{node: node, onChange: onChange, apps: map[string]*appBoard{}, removing: map[string]bool{}}
	kv, err := store.Bucket(ctx, e, "parley_board", "the open chats", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	b.records, err = store.OpenMirror(ctx, kv, ">", b.changed)
	return b, err
}

// SummaryOf gives what the board has of a chat that is in this state.
func SummaryOf(s *chatstate.State) OpenChat {
	r := OpenChat{
		Seq: s.Seq, Room: chatstate.RoomOf(s.Chat), Status: s.Chat.Status.String(), CreatedAt: s.Queue.CreatedAt,
		WaitingSince: s.Queue.WaitingSince, Priority: s.Queue.Priority, EnqueuedAt: s.Queue.EnqueuedAt, AnsweredAt: s.Queue.AnsweredAt,
		Answered: s.Answered, Alone: s.LeftAlone(),
	}
	if s.Queued() {
		r.EnqueuedOrder, r.AtFront = s.Queue.EnqueuedOrder, s.Queue.AtFront
	}
	if s.Round.Pending {
		r.Invited = s.Round.Invited.Agent.ID
	}
	for _, u := range s.Chat.Users {
		switch {
		case u.ID == s.Chat.Creator:
			r.Visitor = u.ID
		case u.IsAgent():
			r.Agents = append(r.Agents, u.ID)
		}
	}
	return r
}

// State gives what lists show of a chat, as far as the board has it.
func (r OpenChat) State(id string) chatstate.State {
	now := chat.Chat{ID: id, Status: chat.ParseStatus(r.Status), Creator: r.Visitor, Room: wire.AppendString(nil, r.Room)}
	fixed := wire.NewObject(nil).Str("id", id).Float("created", r.CreatedAt).Raw("room", now.Room)
	if r.Visitor != "" {
		fixed.Str("creator", r.Visitor)
		now.Users = append(now.Users, chat.User{ID: r.Visitor, Raw: wire.NewObject(nil).Str("id", r.Visitor).Str("name", "").Done()})
	}
	for _, agent := range r.Agents {
		now.Users = append(now.Users, chat.User{ID: agent, Raw: wire.NewObject(nil).Str("id", agent).Str("name", "").Done()})
	}
	now.Fixed = fixed.Done()
	return chatstate.State{Chat: now, Seq: r.Seq, Queue: chatstate.QueueState{
		CreatedAt: r.CreatedAt, WaitingSince: r.WaitingSince, Priority: r.Priority, EnqueuedOrder: r.EnqueuedOrder, Enqueued: r.EnqueuedOrder != 0,
	}}
}

// Update writes what a chat has come to, and removes a closed one. moved are the ids of
// the agents who have come into the chat or left it.
func (b *Board) Update(ctx context.Context, key ids.Key, now *chatstate.State) (moved []string, err error) {
	old, _ := b.Chat(key)
	next := SummaryOf(now)
	if now.Chat.Status == chat.Closed {
		if old.Seq != 0 {
			b.mu.Lock()
			b.removing[key.Name()] = true
			b.mu.Unlock()
		}
		return old.Agents, b.records.Remove(ctx, key.Name())
	}
	for _, id := range slices.Concat(old.Agents, next.Agents) {
		if slices.Contains(old.Agents, id) != slices.Contains(next.Agents, id) {
			moved = append(moved, id)
		}
	}
	next.Node = b.node
	return moved, b.records.Put(ctx, key.Name(), next)
}

// Announce notes that the first entry of a chat is about to be appended, so that the
// chat is found even if this node dies right after the append.
func (b *Board) Announce(ctx context.Context, key ids.Key) error {
	_, err := b.records.Create(ctx, key.Name(), OpenChat{})
	return err
}

// RemoveAnnounced removes a chat that was announced, and is not in the log, if the
// announcement is older than patience.
func (b *Board) RemoveAnnounced(ctx context.Context, key ids.Key, patience time.Duration) error {
	r := b.records.Get(key.Name())
	if !r.Exists || time.Since(r.WrittenAt) < patience {
		return nil
	}
	return b.records.RemoveAt(ctx, key.Name(), r.Revision)
}

// Order gives the Order of an entry that is about to be appended: the time in microseconds, but later than that of
// every chat in a queue of the board. So who comes to a queue goes behind all whom this node knows there, however wrong its clock is.
func (b *Board) Order() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.order = max(b.order+1, uint64(time.Now().UnixMicro()))
	return b.order
}

// changed takes in what a record is now.
func (b *Board) changed(name string, r store.Record[OpenChat]) {
	app, id, _ := strings.Cut(name, ".")
	next := r.Value
	b.mu.Lock()
	b.order = max(b.order, next.EnqueuedOrder)
	a := b.apps[app]
	if a == nil {
		a = newAppBoard()
		b.apps[app] = a
	}
	old := a.chats[id]
	a.replace(id, old, next)
	c := BoardChange{App: app, ID: id, Ours: next.Node == b.node || next.Seq == 0 && b.removing[name]}
	delete(b.removing, name)
	b.mu.Unlock()
	if next.answered(old) {
		c.Waited = next.AnsweredAt - next.EnqueuedAt
	}
	if queueChanged(id, old, next) {
		c.Rooms = slices.Compact([]string{old.Room, next.Room})
	}
	b.onChange(c)
}

// replace puts next in the place of old, both of one chat; the zero OpenChat stands for a chat that is not open.
func (a *appBoard) replace(id string, old, next OpenChat) {
	if next.Seq == 0 {
		delete(a.chats, id)
	} else {
		a.chats[id] = next
	}
	for _, agent := range old.Agents {
		count(a.busy, agent, -1)
	}
	for _, agent := range next.Agents {
		count(a.busy, agent, 1)
	}
	if delete(a.alone, id); next.Alone {
		a.alone[id] = true
	}
	count(a.invited, old.Invited, -1)
	count(a.invited, next.Invited, 1)
	if queueChanged(id, old, next) {
		a.dequeue(old.Room, old.queueEntry(id))
		a.enqueue(next.Room, next.queueEntry(id))
	}
	if next.answered(old) {
		a.waits[next.Room] = addWait(a.waits[next.Room], Wait{next.EnqueuedAt, next.AnsweredAt})
	}
}

// answered tells whether an agent has ended the chat's wait since it was old.
func (r OpenChat) answered(old OpenChat) bool {
	return r.AnsweredAt != 0 && r.AnsweredAt != old.AnsweredAt
}

// count adds n to an agent's number, and forgets a number that is 0.
func count(of map[string]int, agent string, n int) {
	if agent == "" {
		return
	}
	if of[agent] += n; of[agent] == 0 {
		delete(of, agent)
	}
}

// queueEntry gives the chat's entry in its room's queue, zero if it has none. A chat
// whose visitor is away has none, and gets the same again when they come back.
func (r OpenChat) queueEntry(id string) chatstate.QueueEntry {
	if r.EnqueuedOrder == 0 || r.Visitor == "" {
		return chatstate.QueueEntry{}
	}
	return chatstate.QueueEntry{ID: id, Priority: r.Priority, AtFront: r.AtFront, EnqueuedOrder: r.EnqueuedOrder}
}

func queueChanged(id string, old, next OpenChat) bool {
	return old.queueEntry(id) != next.queueEntry(id) || old.Room != next.Room
}

func (a *appBoard) enqueue(room string, e chatstate.QueueEntry) {
	if e.ID == "" {
		return
	}
	i, _ := slices.BinarySearchFunc(a.queues[room], e, chatstate.QueueEntry.Compare)
	a.queues[room] = slices.Insert(a.queues[room], i, e)
}

func (a *appBoard) dequeue(room string, e chatstate.QueueEntry) {
	i, found := slices.BinarySearchFunc(a.queues[room], e, chatstate.QueueEntry.Compare)
	if !found {
		return
	}
	if a.queues[room] = slices.Delete(a.queues[room], i, i+1); len(a.queues[room]) == 0 {
		delete(a.queues, room)
	}
}
