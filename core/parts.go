package core

import (
	"bytes"

	"parley/core/wire"
)

// part takes in what was said earlier in a chat that a reply is about to give, and
// hands it on: the page puts it together. While parts come, the session opens.
func (m *machine) part(data wire.Raw) {
	data = data.Clone()
	var chatID string
	var from uint64
	var history wire.Raw
	err := wire.Read(data, "chatId", &chatID, "from", &from, "history", &history)
	if c := m.held(chatID); err == nil && c != nil {
		if from == 0 {
			c.missed, c.caught = nil, false
		}
		err = c.collect(history)
	}
	if err != nil || history == nil {
		m.tell("error", errorJSON(wire.Errorf(wire.CodeInternal, "the server's %s of chat %q cannot be read", wire.EventHistory, chatID), chatID))
		return
	}
	m.do(Part{ChatID: chatID, From: from, Messages: history})
	if m.conn.phase == connOpening {
		m.arm(TimerOpen, m.options.OpenWithin)
		m.entry.deadline = m.after(m.options.LoginWithin)
	}
}

// collect keeps what comes after the newest message known: it was missed.
func (c *held) collect(history wire.Raw) error {
	c.caught = c.caught || c.last == ""
	if !c.caught && !bytes.Contains(history, wire.AppendString(nil, c.last)) {
		return nil
	}
	return wire.Items(history, func(v wire.Raw) error {
		msg, err := readMessage(v)
		switch {
		case c.caught:
			c.missed = append(c.missed, msg)
		case msg.id == c.last:
			c.caught = true
		}
		return err
	})
}
