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
// itself it takes no memory for what they say, and costs by those that are in it.
type Conversation struct {
	messages []wire.Raw
	reads    []readMark
	from, to int   // the indexes of those that are in it
	order    []int // these in another order, nil for that of the log
}

// Conversation gives all messages in the order of the log.
func (s *State) Conversation() Conversation {
	return Conversation{messages: s.Messages, reads: s.reads, to: len(s.Messages)}
}

// Len is the number of messages.
func (c Conversation) Len() int { return c.to - c.from }

// Between gives the messages from one to before another, in the order of the log.
func (c Conversation) Between(from, to int) Conversation {
	c.from, c.to = c.from+from, c.from+to
	return c
}

// readers gives the ids of the users who have read a message, by its index.
func (c Conversation) readers() map[int][]wire.Raw {
	by := map[int][]wire.Raw{}
	for _, r := range c.reads {
		if r.index >= c.from && r.index < c.to {
			by[r.index] = append(by[r.index], wire.AppendString(nil, r.user))
		}
	}
	return by
}

// indexes gives the indexes of the messages in their order.
func (c Conversation) indexes() iter.Seq[int] {
	if c.order != nil {
		return slices.Values(c.order)
	}
	return func(yield func(int) bool) {
		for i := c.from; i < c.to && yield(i); i++ {
		}
	}
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
	c.order = slices.SortedStableFunc(c.indexes(), func(a, b int) int {
		return cmp.Or(compareFlags(places[a].live, places[b].live), cmp.Compare(places[a].created, places[b].created))
	})
	return c
}

// Each gives the messages, each with the users who have read it.
func (c Conversation) Each() iter.Seq[wire.Raw] {
	return func(yield func(wire.Raw) bool) {
		readers := c.readers()
		for i := range c.indexes() {
			m := c.messages[i]
			if users := readers[i]; users != nil {
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
