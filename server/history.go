package server

import (
	"cmp"
	"slices"

	"parley/core/wire"
)

// readMark notes that a user has read the message at an index.
type readMark struct {
	index int
	user  string
}

// messageJSON writes a message whose content is a text; the object is left open.
func messageJSON(chatID string, index int, sender, kind, text string, created float64) *wire.Object {
	return wire.NewObject(nil).Str("id", messageID(chatID, index)).Str("chat", chatID).Str("sender", sender).
		Str("type", kind).Str("message", text).Float("created", created)
}

// history gives the messages in the order of the log, each with those who have
// read it.
func (s *state) history() []wire.Raw {
	if len(s.reads) == 0 {
		return s.messages
	}
	readers := map[int][]wire.Raw{}
	for _, r := range s.reads {
		readers[r.index] = append(readers[r.index], wire.AppendString(nil, r.user))
	}
	list := slices.Clone(s.messages)
	for index, users := range readers {
		m := list[index]
		m = append(m[:len(m)-1:len(m)-1], `,"readBy":`...) // a message is an object that has members
		list[index] = append(wire.AppendArray(m, users), '}')
	}
	return list
}

// merged gives a history as one conversation: what was imported stands where its
// time says.
func merged(history []wire.Raw) []wire.Raw {
	type timed struct {
		raw     wire.Raw
		created float64
	}
	list := make([]timed, len(history))
	for i, m := range history {
		at, _ := wire.Float(member(m, "created")) // the server wrote it
		list[i] = timed{m, at}
	}
	slices.SortStableFunc(list, func(a, b timed) int { return cmp.Compare(a.created, b.created) })
	sorted := make([]wire.Raw, len(list))
	for i, m := range list {
		sorted[i] = m.raw
	}
	return sorted
}
