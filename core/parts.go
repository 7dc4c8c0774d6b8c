package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// partsAtMost is how many parts may come before the chat that they belong to: some
// gigabytes.
const partsAtMost = 10_000

// part takes in what was said earlier in a chat that a reply is about to give, and
// hands it on: the page puts it together. While parts come, the session opens.
func (m *machine) part(data wire.Raw) {
	data = data.Clone()
	var from uint64
	var history wire.Raw
	chatID, err := chat.Text(data, "chatId")
	if err == nil {
		err = wire.Read(data, "from", &from, "history", &history)
	}
	if err == nil {
		err = wire.Items(history, func(v wire.Raw) error {
			_, err := readMessage(v)
			return err
		})
	}
	if err != nil {
		m.complain(chatID, "the server's %s of chat %q: %s", wire.EventHistory, chatID, err)
		return
	}
	if m.conn.parts++; m.conn.parts > partsAtMost {
		m.tell("error", errorJSON(wire.Errorf(wire.CodeTooLarge, "the server's %s has no end: %d came in a row", wire.EventHistory, partsAtMost), chatID))
		m.giveUpConnection(reasonRefused)
		return
	}
	if c := m.held(chatID); c != nil {
		switch {
		case from == 0:
			c.missed, c.caught = nil, false
		case from == c.part: // it comes twice
			return
		}
		c.part = from
		_ = c.collect(history) // was read above
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
