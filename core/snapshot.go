package core

import (
	"bytes"
	"parley/core/chat"
	"parley/core/wire"
)

// adopt takes in a server's snapshot of a chat: it hands the chat to the page, and
// emits what happened since the state that it replaces. reach is the position of
// the chat that was known when the server was first asked.
func (m *machine) adopt(raw wire.Raw, config Config, reach uint64) (id string, refused *wire.Error) {
	c, err := chat.Parse(raw)
	if err != nil {
		return "", wire.Errorf(wire.CodeInternal, "the server's chat: %s", err)
	}
	old := m.held(c.ID)
	snap, err := readSnapshot(raw)
	if err == nil && old != nil {
		err = old.collect(snap.history)
	}
	if err != nil {
		return "", wire.Errorf(wire.CodeInternal, "the server's chat %s: %s", c.ID, err)
	}
	snap.seq = c.Seq
	fresh := &held{Chat: c, config: config, last: snap.last, queued: snap.queued, here: true}
	if old == nil {
		if snap.resumed { // there is nothing here to resume
			m.stranger(c.ID)
		} else {
			m.openChat(fresh, raw)
		}
		return c.ID, nil
	}
	m.replace(old, fresh, snap.judge(old, reach), config, raw)
	return c.ID, nil
}

// verdict says what a snapshot means for the chat as it is held here.
type verdict int

const (
	resumes   verdict = iota // only the beginning of a replay: the held chat goes on
	misplaced                // a replay begins where it was not asked to: the chat must be loaded
	outdated                 // an older answer, such as a first one given again after a reconnect: ignored
	putBack                  // the server's log was put back: the snapshot is the truth from now on
	overtaken                // a push has told of a later position meanwhile: the truth so far, to be loaded again
	untrue                   // the server has told of a position that its log does not have: the truth all the same
	current                  // the truth
)

// judge compares a snapshot with the chat as it is held. What falls behind the held
// chat was outdated when it was sent, unless it falls behind reach too.
func (s snapshot) judge(old *held, reach uint64) verdict {
	switch {
	case s.resumed && (s.seq != old.Seq || old.behind):
		return misplaced
	case s.resumed:
		return resumes
	case s.seq < old.Seq && s.seq >= reach:
		return outdated
	case s.seq < old.Seq:
		return putBack
	case s.seq < old.told && s.seq >= reach:
		return overtaken
	case s.seq < old.told:
		return untrue
	}
	return current
}

// replace puts a fresh snapshot in the place of the held chat, as the verdict says.
func (m *machine) replace(old, fresh *held, v verdict, config Config, raw wire.Raw) {
	switch v {
	case misplaced:
		old.here, old.gap = true, true
		m.reload(old)
		return
	case resumes:
		old.here, old.gap = true, false
		return
	case outdated:
		old.missed = nil
		return
	case putBack:
		old.gap, old.missed = true, nil // new messages may have the ids of lost ones
	case overtaken:
		fresh.told, fresh.behind, fresh.gap = old.told, true, true
	case untrue:
		m.complain(fresh.ID, "the server told of position %d in chat %q, which ends at %d", old.told, fresh.ID, fresh.Seq)
	}
	fresh.load = old.load
	if config == (Config{}) {
		fresh.config = old.config
	}
	m.openChat(fresh, raw)
	if fresh.Seq != old.Seq {
		if old.gap {
			m.tell("gap", about(fresh.ID).Done())
		}
		m.catchUp(old, fresh)
	}
}

// openChat keeps a chat and hands it over, behind the parts that came for it.
func (m *machine) openChat(h *held, raw wire.Raw) {
	m.hold(h)
	m.conn.parts = 0
	m.do(OpenChat{raw.Clone()})
}

type snapshot struct {
	seq     uint64
	resumed bool
	queued  bool
	history wire.Raw // but for the parts that came before
	last    string   // id of the newest message, "" if there is none
}

func readSnapshot(raw wire.Raw) (s snapshot, err error) {
	s.history = wire.Raw("[]")
	if err = wire.Read(raw, "resumed", &s.resumed, "inQueue", &s.queued, "history", &s.history); err != nil {
		return s, err
	}
	err = wire.Items(s.history, func(v wire.Raw) error {
		msg, err := readMessage(v)
		if msg.id != "" {
			s.last = msg.id
		}
		return err
	})
	return s, err
}

// catchUp tells listeners, from two states of a chat, what they would have been
// told by the pushes between them. Own messages are left out: the answer to
// their request tells of them.
func (m *machine) catchUp(old, now *held) {
	for _, u := range now.Users {
		if !old.Users.Has(u.ID) && u.ID != m.session.ID {
			m.toChat(now.ID, "user:joined", about(now.ID).Raw("chat", wire.NewObject(nil).Str("id", now.ID).Done()).
				Raw("user", u.Raw).Str("sender", u.ID).Str("mode", "").Bool("transfer", false).Done())
		}
	}
	for _, msg := range old.missed {
		if !msg.imported && msg.sender != m.session.ID {
			m.toChat(now.ID, "message:received", by(now.ID, msg.sender).Raw("message", msg.raw).Done())
		}
	}
	for _, u := range old.Users {
		if !now.Users.Has(u.ID) && u.ID != m.session.ID {
			m.toChat(now.ID, "user:left", by(now.ID, u.ID).Raw("user", u.Raw).Done())
		}
	}
	if now.Status == chat.Closed && old.Status != chat.Closed {
		m.toChat(now.ID, "chat:closed", by(now.ID, chat.System).Done())
	}
}

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
