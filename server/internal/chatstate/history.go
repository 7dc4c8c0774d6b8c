package chatstate

import (
	"cmp"
	"encoding/json"
	"slices"

	"parley/core/wire"
)

// readMark notes that a user has read the message at an index.
type readMark struct {
	index int
	user  string
}

// mark notes that a user has read the message at an index.
func (f *Folded) mark(userID string, index int) {
	r := readMark{index, userID}
	f.hasRead[r] = struct{}{}
	f.reads = append(f.reads, r)
}

// ReadBy tells whether a user has read the message at an index.
func (f *Folded) ReadBy(userID string, index int) bool {
	_, read := f.hasRead[readMark{index, userID}]
	return read
}

// Unread gives the indexes up to last of the messages that others wrote in this
// chat and the user has not read.
func (f *Folded) Unread(userID string, last int) (found []int) {
	for i, raw := range f.Messages[:last+1] {
		if f.ReadBy(userID, i) {
			continue
		}
		var m struct {
			Sender   string
			Imported bool
		}
		_ = json.Unmarshal(raw, &m) // the server wrote it
		if m.Sender != userID && !m.Imported {
			found = append(found, i)
		}
	}
	return found
}

// MessageJSON writes a message whose content is a text; the object is left open.
func MessageJSON(chatID string, index int, sender, kind, text string, created float64) *wire.Object {
	return wire.NewObject(nil).Str("id", MessageID(chatID, index)).Str("chat", chatID).Str("sender", sender).
		Str("type", kind).Str("message", text).Float("created", created)
}

// History gives the messages in the order of the log, each with those who have
// read it.
func (s *State) History() []wire.Raw {
	if len(s.reads) == 0 {
		return s.Messages
	}
	readers := map[int][]wire.Raw{}
	for _, r := range s.reads {
		readers[r.index] = append(readers[r.index], wire.AppendString(nil, r.user))
	}
	list := slices.Clone(s.Messages)
	for index, users := range readers {
		m := list[index]
		m = append(m[:len(m)-1:len(m)-1], `,"readBy":`...) // a message is an object that has members
		list[index] = append(wire.AppendArray(m, users), '}')
	}
	return list
}

// Merged gives a history as one conversation: what was imported stands where its
// time says.
func SortedByTime(history []wire.Raw) []wire.Raw {
	type timed struct {
		raw     wire.Raw
		created float64
	}
	list := make([]timed, len(history))
	for i, m := range history {
		at, _ := wire.Float(JSONMember(m, "created")) // the server wrote it
		list[i] = timed{m, at}
	}
	slices.SortStableFunc(list, func(a, b timed) int { return cmp.Compare(a.created, b.created) })
	sorted := make([]wire.Raw, len(list))
	for i, m := range list {
		sorted[i] = m.raw
	}
	return sorted
}
