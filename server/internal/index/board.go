package index

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Board knows every open chat: who waits in which room in which order, and how
// much each agent has to do. It is an index of what the logs say, shared by all
// nodes (boardkeep.go keeps it right), and each has it in memory.
type Board struct {
	Records  *store.Mirror[OpenChat] // <app>.<chat>
	node     string                  // this one
	onChange func(BoardChange)       // after each change

	mu       sync.Mutex
	apps     map[string]*appBoard
	removing map[string]bool // records that this node takes away
}

// Change tells what has changed on the board.
type BoardChange struct {
	App, ID string
	Rooms   []string // whose queue is another
	Ours    bool     // it was this node's doing
}

// Waiting is a chat that stands in line.
type QueuedChat struct {
	ID, Visitor string
	Seq         uint64 // position of its log that the board is at
}

// openChat is what the board says of a chat.
type OpenChat struct {
	Seq          uint64   `json:"seq"`                // of the entry after which it was so; 0 if it is announced only
	Room         string   `json:"room"`               //
	Status       string   `json:"status"`             // waiting or active
	CreatedAt    float64  `json:"created"`            // unix seconds
	WaitingSince float64  `json:"since"`              // unix seconds: when it was left without an agent last
	Priority     float64  `json:"priority,omitempty"` //
	EnqueuedSeq  uint64   `json:"entered,omitempty"`  // place in the queue, 0 if it has none
	EnqueuedAt   float64  `json:"queued,omitempty"`   // unix seconds: when it came into the queue last
	AnsweredAt   float64  `json:"answered,omitempty"` // unix seconds: when that wait was answered, 0 if it was not
	Visitor      string   `json:"visitor,omitempty"`  // the creator, as long as he is in the chat
	Agents       []string `json:"agents,omitempty"`   // in the chat
	Invited      string   `json:"invited,omitempty"`  // agent whose answer is waited for
	Node         string   `json:"node"`               // who wrote it
}

// appBoard is the board of one app, with what follows from it.
type appBoard struct {
	chats   map[string]OpenChat
	busy    map[string]int                    // chats that each agent is in
	invited map[string]int                    // invitations that wait for each agent
	queues  map[string][]chatstate.QueueEntry // by room: the queue, without those whose visitor is away
	waits   map[string][]Wait                 // by room: the latest that were answered
}

func OpenBoard(ctx context.Context, e *store.Engine, node string, told func(BoardChange)) (*Board, error) {
	b := &Board{node: node, onChange: told, apps: map[string]*appBoard{}, removing: map[string]bool{}}
	kv, err := store.Bucket(ctx, e, "parley_board", "the open chats", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	b.Records, err = store.OpenMirror(ctx, kv, ">", b.changed)
	return b, err
}

// OpenChatOf sums a chat up.
func Summarize(s *chatstate.State) OpenChat {
	r := OpenChat{
		Seq: s.Seq, Room: chatstate.RoomOf(s.Chat), Status: s.Chat.Status.String(), CreatedAt: s.Queue.CreatedAt,
		WaitingSince: s.Queue.WaitingSince, Priority: s.Queue.Priority, EnqueuedAt: s.Queue.EnqueuedAt, AnsweredAt: s.Queue.AnsweredAt,
	}
	if s.Queued() {
		r.EnqueuedSeq = s.Queue.EnqueuedSeq
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

// Note writes what a chat has come to, and gives the agents who came or left.
func (b *Board) Update(ctx context.Context, key ids.Key, now *chatstate.State) (moved []string, err error) {
	old, _ := b.Chat(key)
	next := Summarize(now)
	name := key.App + "." + key.ID
	if now.Chat.Status == chat.Closed {
		if old.Seq != 0 {
			b.mu.Lock()
			b.removing[name] = true
			b.mu.Unlock()
		}
		return old.Agents, b.Records.Remove(ctx, name)
	}
	for _, id := range slices.Concat(old.Agents, next.Agents) {
		if slices.Contains(old.Agents, id) != slices.Contains(next.Agents, id) {
			moved = append(moved, id)
		}
	}
	next.Node = b.node
	return moved, b.Records.Put(ctx, name, next)
}

// Announce makes sure that a chat is found again whose first entry is about to be
// appended, whatever happens then.
func (b *Board) Announce(ctx context.Context, key ids.Key) error {
	_, err := b.Records.KV.Create(ctx, key.Name(), []byte("{}"))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil
	}
	return err
}

// changed takes in what a record is now.
func (b *Board) changed(name string, r store.Record[OpenChat]) {
	app, id, _ := strings.Cut(name, ".")
	next := r.Value
	b.mu.Lock()
	on := b.apps[app]
	if on == nil {
		on = &appBoard{map[string]OpenChat{}, map[string]int{}, map[string]int{}, map[string][]chatstate.QueueEntry{}, map[string][]Wait{}}
		b.apps[app] = on
	}
	old := on.chats[id]
	on.replace(id, old, next)
	c := BoardChange{App: app, ID: id, Ours: next.Node == b.node || next.Seq == 0 && b.removing[name]}
	delete(b.removing, name)
	b.mu.Unlock()
	if was, is := old.queueEntry(id), next.queueEntry(id); was != is || old.Room != next.Room {
		c.Rooms = slices.Compact([]string{old.Room, next.Room})
	}
	b.onChange(c)
}

// take replaces what is known of a chat; zero is nothing.
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
	count(a.invited, old.Invited, -1)
	count(a.invited, next.Invited, 1)
	if was, is := old.queueEntry(id), next.queueEntry(id); was != is || old.Room != next.Room {
		if a.queues[old.Room] = remove(a.queues[old.Room], was); len(a.queues[old.Room]) == 0 {
			delete(a.queues, old.Room)
		}
		if is.ID != "" {
			a.queues[next.Room] = insert(a.queues[next.Room], is)
		}
	}
	if next.AnsweredAt != 0 && old.AnsweredAt != next.AnsweredAt {
		a.waits[next.Room] = addWait(a.waits[next.Room], Wait{next.EnqueuedAt, next.AnsweredAt})
	}
}

func count(of map[string]int, agent string, n int) {
	if agent == "" {
		return
	}
	if of[agent] += n; of[agent] == 0 {
		delete(of, agent)
	}
}

// line is the chat's place among those that wait, zero if it does not, or its
// visitor is away: he has his place again when he comes back.
func (r OpenChat) queueEntry(id string) chatstate.QueueEntry {
	if r.EnqueuedSeq == 0 || r.Visitor == "" {
		return chatstate.QueueEntry{}
	}
	return chatstate.QueueEntry{ID: id, Priority: r.Priority, EnqueuedSeq: r.EnqueuedSeq}
}

func insert(line []chatstate.QueueEntry, c chatstate.QueueEntry) []chatstate.QueueEntry {
	at, _ := slices.BinarySearchFunc(line, c, chatstate.QueueEntry.Compare)
	return slices.Insert(line, at, c)
}

func remove(line []chatstate.QueueEntry, c chatstate.QueueEntry) []chatstate.QueueEntry {
	at, there := slices.BinarySearchFunc(line, c, chatstate.QueueEntry.Compare)
	if !there {
		return line
	}
	return slices.Delete(line, at, at+1)
}

// read gives an app's board to look at.
func (b *Board) read(app string, look func(a *appBoard)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.apps[app]; a != nil {
		look(a)
	}
}

// Chat gives what the board says of a chat.
func (b *Board) Chat(key ids.Key) (r OpenChat, there bool) {
	b.read(key.App, func(a *appBoard) { r, there = a.chats[key.ID] })
	return r, there
}

// Has tells whether there is a record of a chat, also of one announced.
func (b *Board) Has(key ids.Key) bool { return b.Records.Get(key.Name()).Exists }

// Chats gives an app's open chats, by id.
func (b *Board) Chats(app string) (all map[string]OpenChat) {
	b.read(app, func(a *appBoard) { all = maps.Clone(a.chats) })
	return all
}

// Load tells in how many open chats an agent is, and how many invitations wait
// for him, those to one chat aside.
func (b *Board) Load(agent ids.Key, except string) (busy, asked int) {
	b.read(agent.App, func(a *appBoard) {
		busy, asked = a.busy[agent.ID], a.invited[agent.ID]
		if a.chats[except].Invited == agent.ID {
			asked--
		}
	})
	return busy, asked
}

// Position gives a chat's place in the queue, from 1; 0 if it has none.
func (b *Board) Position(key ids.Key) (at int) {
	b.read(key.App, func(a *appBoard) {
		r := a.chats[key.ID]
		if c := r.queueEntry(key.ID); c.ID != "" {
			i, _ := slices.BinarySearchFunc(a.queues[r.Room], c, chatstate.QueueEntry.Compare)
			at = i + 1
		}
	})
	return at
}

// Line gives the chats of a room that stand in line from a position on, from 0,
// at most so many if that is not 0; and the latest waits that were answered there.
func (b *Board) Queue(app, room string, from, most int) (line []QueuedChat, waits []Wait) {
	b.read(app, func(a *appBoard) {
		all := a.queues[room]
		all = all[min(from, len(all)):]
		if most > 0 {
			all = all[:min(most, len(all))]
		}
		for _, c := range all {
			r := a.chats[c.ID]
			line = append(line, QueuedChat{c.ID, r.Visitor, r.Seq})
		}
		waits = slices.Clone(a.waits[room])
	})
	return line, waits
}

// Uninvited gives the chats in all queues to which nobody is invited now, the
// first in line first.
func (b *Board) QueuedUninvited(app string) (ids []string) {
	var all []chatstate.QueueEntry
	b.read(app, func(a *appBoard) {
		for _, line := range a.queues {
			for _, c := range line {
				if a.chats[c.ID].Invited == "" {
					all = append(all, c)
				}
			}
		}
	})
	slices.SortFunc(all, chatstate.QueueEntry.Compare)
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids
}

// Queueing gives the apps that have chats in line, rooms the rooms of one.
func (b *Board) AppsWithQueues() (apps []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for app, a := range b.apps {
		if len(a.queues) > 0 {
			apps = append(apps, app)
		}
	}
	return apps
}

func (b *Board) RoomsWithQueues(app string) (rooms []string) {
	b.read(app, func(a *appBoard) { rooms = slices.Sorted(maps.Keys(a.queues)) })
	return rooms
}
