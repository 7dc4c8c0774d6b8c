package server

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
)

// board knows every open chat: who waits in which room in which order, and how
// much each agent has to do. It is an index of what the logs say, shared by all
// nodes (boardkeep.go keeps it right), and each has it in memory.
type board struct {
	records *mirror           // <app>.<chat>: openChat
	node    string            // this one
	told    func(boardChange) // after each change

	mu   sync.Mutex
	apps map[string]*appBoard
	gone map[string]bool // records that this node takes away
}

// boardChange tells what has changed on the board.
type boardChange struct {
	app, id string
	rooms   []string // whose queue is another
	own     bool     // it was this node's doing
}

// standing is a chat that stands in line.
type standing struct {
	id, visitor string
	seq         uint64 // position of its log that the board is at
}

// openChat is what the board says of a chat.
type openChat struct {
	Seq      uint64   `json:"seq"`                // of the entry after which it was so; 0 if it is announced only
	Room     string   `json:"room"`               //
	Status   string   `json:"status"`             // waiting or active
	Created  float64  `json:"created"`            // unix seconds
	Since    float64  `json:"since"`              // unix seconds: when it was left without an agent last
	Priority float64  `json:"priority,omitempty"` //
	Entered  uint64   `json:"entered,omitempty"`  // place in the queue, 0 if it has none
	Queued   float64  `json:"queued,omitempty"`   // unix seconds: when it came into the queue last
	Answered float64  `json:"answered,omitempty"` // unix seconds: when that wait was answered, 0 if it was not
	Visitor  string   `json:"visitor,omitempty"`  // the creator, as long as he is in the chat
	Agents   []string `json:"agents,omitempty"`   // in the chat
	Invited  string   `json:"invited,omitempty"`  // agent whose answer is waited for
	Node     string   `json:"node"`               // who wrote it
}

// appBoard is the board of one app, with what follows from it.
type appBoard struct {
	chats map[string]openChat
	busy  map[string]int      // chats that each agent is in
	asked map[string]int      // invitations that wait for each agent
	lines map[string][]inLine // by room: the queue, without those whose visitor is away
	waits map[string][]wait   // by room: the latest that were answered
}

func openBoard(ctx context.Context, e *Engine, node string, told func(boardChange)) (*board, error) {
	b := &board{node: node, told: told, apps: map[string]*appBoard{}, gone: map[string]bool{}}
	kv, err := bucket(ctx, e, "parley_board", "the open chats", markerLife)
	if err != nil {
		return nil, err
	}
	b.records, err = openMirror(ctx, kv, ">", b.changed)
	return b, err
}

// openChatOf sums a chat up.
func openChatOf(s *state) openChat {
	r := openChat{
		Seq: s.seq, Room: roomOf(s.chat), Status: s.chat.Status.String(), Created: s.place.created,
		Since: s.place.since, Priority: s.place.priority, Queued: s.place.at, Answered: s.place.answered,
	}
	if s.queued() {
		r.Entered = s.place.entered
	}
	if s.round.out {
		r.Invited = s.round.invited.Agent.ID
	}
	for _, u := range s.chat.Users {
		switch {
		case u.ID == s.chat.Creator:
			r.Visitor = u.ID
		case u.IsAgent():
			r.Agents = append(r.Agents, u.ID)
		}
	}
	return r
}

// note writes what a chat has come to, and gives the agents who came or left.
func (b *board) note(ctx context.Context, key chatKey, now *state) (moved []string, err error) {
	old, _ := b.chat(key)
	next := openChatOf(now)
	name := key.app + "." + key.id
	if now.chat.Status == chat.Closed {
		if old.Seq != 0 {
			b.mu.Lock()
			b.gone[name] = true
			b.mu.Unlock()
		}
		return old.Agents, b.records.remove(ctx, name)
	}
	for _, id := range slices.Concat(old.Agents, next.Agents) {
		if slices.Contains(old.Agents, id) != slices.Contains(next.Agents, id) {
			moved = append(moved, id)
		}
	}
	next.Node = b.node
	data, err := json.Marshal(next)
	if err != nil {
		return nil, err
	}
	return moved, b.records.put(ctx, name, data)
}

// announce makes sure that a chat is found again whose first entry is about to be
// appended, whatever happens then.
func (b *board) announce(ctx context.Context, key chatKey) error {
	_, err := b.records.kv.Create(ctx, key.name(), []byte("{}"))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil
	}
	return err
}

// changed takes in what a record is now.
func (b *board) changed(name string, m mirrored) {
	app, id, _ := strings.Cut(name, ".")
	var next openChat
	if m.value != nil && json.Unmarshal(m.value, &next) != nil {
		return // written by another version of the server
	}
	b.mu.Lock()
	on := b.apps[app]
	if on == nil {
		on = &appBoard{map[string]openChat{}, map[string]int{}, map[string]int{}, map[string][]inLine{}, map[string][]wait{}}
		b.apps[app] = on
	}
	old := on.chats[id]
	on.take(id, old, next)
	c := boardChange{app: app, id: id, own: next.Node == b.node || next.Seq == 0 && b.gone[name]}
	delete(b.gone, name)
	b.mu.Unlock()
	if was, is := old.line(id), next.line(id); was != is || old.Room != next.Room {
		c.rooms = slices.Compact([]string{old.Room, next.Room})
	}
	b.told(c)
}

// take replaces what is known of a chat; zero is nothing.
func (a *appBoard) take(id string, old, next openChat) {
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
	count(a.asked, old.Invited, -1)
	count(a.asked, next.Invited, 1)
	if was, is := old.line(id), next.line(id); was != is || old.Room != next.Room {
		if a.lines[old.Room] = cutOut(a.lines[old.Room], was); len(a.lines[old.Room]) == 0 {
			delete(a.lines, old.Room)
		}
		if is.id != "" {
			a.lines[next.Room] = fitIn(a.lines[next.Room], is)
		}
	}
	if next.Answered != 0 && old.Answered != next.Answered {
		a.waits[next.Room] = remember(a.waits[next.Room], wait{next.Queued, next.Answered})
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
func (r openChat) line(id string) inLine {
	if r.Entered == 0 || r.Visitor == "" {
		return inLine{}
	}
	return inLine{id, r.Priority, r.Entered}
}

func fitIn(line []inLine, c inLine) []inLine {
	at, _ := slices.BinarySearchFunc(line, c, inLine.compare)
	return slices.Insert(line, at, c)
}

func cutOut(line []inLine, c inLine) []inLine {
	at, there := slices.BinarySearchFunc(line, c, inLine.compare)
	if !there {
		return line
	}
	return slices.Delete(line, at, at+1)
}

// read gives an app's board to look at.
func (b *board) read(app string, look func(a *appBoard)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.apps[app]; a != nil {
		look(a)
	}
}

// chat gives what the board says of a chat.
func (b *board) chat(key chatKey) (r openChat, there bool) {
	b.read(key.app, func(a *appBoard) { r, there = a.chats[key.id] })
	return r, there
}

// has tells whether there is a record of a chat, also of one announced.
func (b *board) has(key chatKey) bool { return b.records.get(key.name()) != nil }

// chats gives an app's open chats, by id.
func (b *board) chats(app string) (all map[string]openChat) {
	b.read(app, func(a *appBoard) { all = maps.Clone(a.chats) })
	return all
}

// load tells in how many open chats an agent is, and how many invitations wait
// for him, those to one chat aside.
func (b *board) load(agent chatKey, except string) (busy, asked int) {
	b.read(agent.app, func(a *appBoard) {
		busy, asked = a.busy[agent.id], a.asked[agent.id]
		if a.chats[except].Invited == agent.id {
			asked--
		}
	})
	return busy, asked
}

// position gives a chat's place in the queue, from 1; 0 if it has none.
func (b *board) position(key chatKey) (at int) {
	b.read(key.app, func(a *appBoard) {
		r := a.chats[key.id]
		if c := r.line(key.id); c.id != "" {
			i, _ := slices.BinarySearchFunc(a.lines[r.Room], c, inLine.compare)
			at = i + 1
		}
	})
	return at
}

// line gives the chats of a room that stand in line from a position on, from 0,
// at most so many if that is not 0; and the latest waits that were answered there.
func (b *board) line(app, room string, from, most int) (line []standing, waits []wait) {
	b.read(app, func(a *appBoard) {
		all := a.lines[room]
		all = all[min(from, len(all)):]
		if most > 0 {
			all = all[:min(most, len(all))]
		}
		for _, c := range all {
			r := a.chats[c.id]
			line = append(line, standing{c.id, r.Visitor, r.Seq})
		}
		waits = slices.Clone(a.waits[room])
	})
	return line, waits
}

// uninvited gives the chats in all queues to which nobody is invited now, the
// first in line first.
func (b *board) uninvited(app string) (ids []string) {
	var all []inLine
	b.read(app, func(a *appBoard) {
		for _, line := range a.lines {
			for _, c := range line {
				if a.chats[c.id].Invited == "" {
					all = append(all, c)
				}
			}
		}
	})
	slices.SortFunc(all, inLine.compare)
	for _, c := range all {
		ids = append(ids, c.id)
	}
	return ids
}

// queueing gives the apps that have chats in line, rooms the rooms of one.
func (b *board) queueing() (apps []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for app, a := range b.apps {
		if len(a.lines) > 0 {
			apps = append(apps, app)
		}
	}
	return apps
}

func (b *board) rooms(app string) (rooms []string) {
	b.read(app, func(a *appBoard) { rooms = slices.Sorted(maps.Keys(a.lines)) })
	return rooms
}
