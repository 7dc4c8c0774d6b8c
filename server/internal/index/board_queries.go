package index

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// read calls do with an app's board, if there is one.
func (b *Board) read(app string, do func(a *appBoard)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.apps[app]; a != nil {
		do(a)
	}
}

// Chat gives what the board has of a chat.
func (b *Board) Chat(key ids.Key) (r OpenChat, found bool) {
	b.read(key.App, func(a *appBoard) { r, found = a.chats[key.ID] })
	return r, found
}

// Has tells whether there is a record of a chat, even if it is only announced.
func (b *Board) Has(key ids.Key) bool { return b.records.Get(key.Name()).Exists }

// Keys gives the chats of which there is a record, even if they are only announced.
func (b *Board) Keys() (keys []ids.Key) {
	for name := range b.records.WithPrefix("") {
		app, id, _ := strings.Cut(name, ".")
		keys = append(keys, ids.Key{App: app, ID: id})
	}
	return keys
}

// Chats gives an app's open chats, by id.
func (b *Board) Chats(app string) (all map[string]OpenChat) {
	b.read(app, func(a *appBoard) { all = maps.Clone(a.chats) })
	return all
}

// Load gives the number of open chats that an agent is in, and of invitations that
// wait for their answer. An invitation to the chat except does not count.
func (b *Board) Load(agent ids.Key, except string) (chats, invitations int) {
	b.read(agent.App, func(a *appBoard) {
		chats, invitations = a.busy[agent.ID], a.invited[agent.ID]
		if a.chats[except].Invited == agent.ID {
			invitations--
		}
	})
	return chats, invitations
}

// Position gives a chat's position in its queue, from 1; 0 if it is not in one.
func (b *Board) Position(key ids.Key) (position int) {
	b.read(key.App, func(a *appBoard) {
		r := a.chats[key.ID]
		if e := r.queueEntry(key.ID); e.ID != "" {
			i, _ := slices.BinarySearchFunc(a.queues[r.Room], e, chatstate.QueueEntry.Compare)
			position = i + 1
		}
	})
	return position
}

// Queue gives the chats in a room's queue from index from on, at most limit unless it
// is 0; and the latest waits in the room that were answered.
func (b *Board) Queue(app, room string, from, limit int) (queue []QueuedChat, waits []Wait) {
	b.read(app, func(a *appBoard) {
		entries := a.queues[room]
		entries = entries[min(from, len(entries)):]
		if limit > 0 {
			entries = entries[:min(limit, len(entries))]
		}
		for _, e := range entries {
			r := a.chats[e.ID]
			queue = append(queue, QueuedChat{e.ID, r.Visitor, r.Seq})
		}
		waits = slices.Clone(a.waits[room])
	})
	return queue, waits
}

// QueuedUninvited gives the ids of the chats in all of an app's queues to which no
// agent is invited now, in the order of a queue.
func (b *Board) QueuedUninvited(app string) (ids []string) {
	var all []chatstate.QueueEntry
	b.read(app, func(a *appBoard) {
		for _, queue := range a.queues {
			for _, e := range queue {
				if a.chats[e.ID].Invited == "" {
					all = append(all, e)
				}
			}
		}
	})
	slices.SortFunc(all, chatstate.QueueEntry.Compare)
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return ids
}

// LeftAlone gives the ids of an app's chats that are left alone, those first that have
// waited longest.
func (b *Board) LeftAlone(app string) (ids []string) {
	b.read(app, func(a *appBoard) {
		ids = slices.SortedFunc(maps.Keys(a.alone), func(x, y string) int {
			return cmp.Or(cmp.Compare(a.chats[x].WaitingSince, a.chats[y].WaitingSince), strings.Compare(x, y))
		})
	})
	return ids
}

// AppsWithWaiting gives the apps that have chats in queues, or left alone.
func (b *Board) AppsWithWaiting() (apps []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for app, a := range b.apps {
		if len(a.queues)+len(a.alone) > 0 {
			apps = append(apps, app)
		}
	}
	return apps
}

// RoomsWithQueues gives an app's rooms that have chats in their queue, sorted.
func (b *Board) RoomsWithQueues(app string) (rooms []string) {
	b.read(app, func(a *appBoard) { rooms = slices.Sorted(maps.Keys(a.queues)) })
	return rooms
}
