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
	m.reload(c)
	return false
}

// reload asks for a chat anew, unless that has been done.
func (m *machine) reload(c *held) {
	c.behind = true
	if !m.loading(c.ID) {
		m.ask(&request{event: eventGet, chatID: c.ID, data: getData(c.ID)})
	}
}

// loading tells whether a chat is being loaded.
func (m *machine) loading(chatID string) bool {
	for _, r := range m.queue {
		if r.holds(eventGet) && r.chatID == chatID {
			return true
		}
	}
	return false
}

func (m *machine) apply(c *held, e chat.Entry) {
	next, err := chat.Apply(c.Chat, e)
	if err != nil {
		m.tell("error", errorJSON(refusal(err), c.ID))
		m.reload(c)
		return
	}
	changed := e.Event != chat.EventMessage && e.Event != chat.EventRead
	c.Chat = next
	if changed {
		m.patch(c)
	}
	if next.Status == chat.Closed {
		m.endTransfers(c.ID, wire.Errorf(wire.CodeGone, "chat %q was closed", c.ID))
	}
}

func (m *machine) said(c *held, raw wire.Raw) {
	if msg, err := readMessage(raw); err == nil {
		c.last = msg.id
	}
	m.do(Said{c.ID, raw})
}
