package core

import (
	"parley/core/chat"
	"parley/core/wire"
)

// inOrder tells whether the entry is the next one of the chat. One that was
// seen already is not, and neither is one after a gap: then the chat is loaded
// anew, and what was missed is told from the snapshot.
func (m *machine) inOrder(c *held, seq, prev uint64) bool {
	if seq <= c.Seq {
		return false
	}
	if prev == c.Seq && !c.behind {
		return true
	}
	c.gap, c.told = true, max(c.told, seq)
	m.reload(c)
	return false
}

// reach is the furthest position of a chat that this client knows of.
func (m *machine) reach(chatID string) uint64 {
	if c := m.held(chatID); c != nil {
		return max(c.Seq, c.told)
	}
	return 0
}

func (m *machine) apply(c *held, e chat.Entry) {
	next, err := chat.Apply(c.Chat, e)
	if err != nil {
		m.tell("error", errorJSON(refusal(err), c.ID))
		m.reload(c)
		return
	}
	c.Chat = next
	m.do(At{c.ID, c.Seq})
	switch e.Event {
	case chat.EventJoin, chat.EventLeave, chat.EventIntervene, chat.EventTransfer, chat.EventClose:
		m.patch(c)
		if next.Status != chat.Waiting {
			m.queued(c, false)
		}
	}
	if next.Status == chat.Closed {
		m.endTransfers(c.ID, wire.Errorf(wire.CodeGone, "chat %q was closed", c.ID))
	}
}

// queued tells the page whether the chat waits in the queue, if that is news.
func (m *machine) queued(c *held, yes bool) {
	if c.queued != yes {
		c.queued = yes
		m.do(PatchChat{c.ID, wire.NewObject(nil).Bool("inQueue", yes).Done()})
	}
}

// said adds a message to the history; false means that the newest there came again,
// as another entry.
func (m *machine) said(c *held, raw wire.Raw) bool {
	msg, _ := readMessage(raw) // was read before
	if msg.id == c.last {
		m.complain(c.ID, "the server repeats message %q of chat %q", msg.id, c.ID)
		return false
	}
	c.last = msg.id
	m.do(Said{ChatID: c.ID, Messages: wire.AppendArray(nil, []wire.Raw{raw})})
	return true
}
