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
	c.gap = true
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

func (m *machine) said(c *held, raw wire.Raw) {
	if msg, err := readMessage(raw); err == nil {
		c.last = msg.id
	}
	m.do(Said{ChatID: c.ID, Messages: wire.AppendArray(nil, []wire.Raw{raw})})
}
