package chatstate

import (
	"bufio"
	"bytes"
	"cmp"
	"iter"
	"slices"

	"parley/core/wire"
)

// Conversation is messages of a chat that are written one after the other. Beside the chat
// itself it takes no memory for what they say.
type Conversation struct {
	messages []wire.Raw
	order    []int              // indexes of those that are in it
	readers  map[int][]wire.Raw // the ids of the users who have read a message, by its index
}

// Conversation gives all messages in the order of the log.
func (s *State) Conversation() Conversation {
	c := Conversation{messages: s.Messages, order: make([]int, len(s.Messages)), readers: map[int][]wire.Raw{}}
	for i := range c.order {
		c.order[i] = i
	}
	for _, r := range s.reads {
		c.readers[r.index] = append(c.readers[r.index], wire.AppendString(nil, r.user))
	}
	return c
}

// Len is the number of messages.
func (c Conversation) Len() int { return len(c.order) }

// Between gives the messages from one to before another.
func (c Conversation) Between(from, to int) Conversation {
	c.order = c.order[from:to]
	return c
}

// Sorted gives the messages as one conversation: first what was imported, wherever the
// import stands in the log and whatever times it gave, then what was said in the chat.
func (c Conversation) Sorted() Conversation {
	type place struct {
		live    bool
		created float64
	}
	places := make([]place, len(c.messages))
	for i, m := range c.messages {
		imported, created := false, wire.Raw(nil)
		_ = wire.Read(m, "imported", &imported, "created", &created) // the server wrote it
		places[i].live = !imported
		places[i].created, _ = wire.Float(created)
	}
	c.order = slices.SortedStableFunc(slices.Values(c.order), func(a, b int) int {
		return cmp.Or(compareFlags(places[a].live, places[b].live), cmp.Compare(places[a].created, places[b].created))
	})
	return c
}

// Each gives the messages, each with the users who have read it.
func (c Conversation) Each() iter.Seq[wire.Raw] {
	return func(yield func(wire.Raw) bool) {
		for _, i := range c.order {
			m := c.messages[i]
			if users := c.readers[i]; users != nil {
				m = append(m[:len(m)-1:len(m)-1], `,"readBy":`...) // a message is an object that has members
				m = append(wire.AppendArray(m, users), '}')
			}
			if !yield(m) {
				return
			}
		}
	}
}

// Write writes the messages as a JSON array. An error of to shows when it is flushed.
func (c Conversation) Write(to *bufio.Writer) {
	_ = to.WriteByte('[')
	separator := ""
	for m := range c.Each() {
		_, _ = to.WriteString(separator)
		if _, err := to.Write(m); err != nil {
			return
		}
		separator = ","
	}
	_ = to.WriteByte(']')
}

// JSONToFill is the chat with an empty history at its end, for WriteList.
func (s *State) JSONToFill(to Audience, with Related) wire.Raw {
	with.History = false
	o := s.JSON(to, with)
	s.writeFormer(o, to)
	return o.Raw("history", wire.Raw("[]")).Done()
}

// WriteList writes an object with a conversation in place of the empty list at its end.
func WriteList(out *bufio.Writer, text wire.Raw, list Conversation) {
	end := bytes.LastIndex(text, []byte("[]"))
	_, _ = out.Write(text[:end])
	list.Write(out)
	_, _ = out.Write(text[end+len("[]"):])
}
