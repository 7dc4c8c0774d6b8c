package core

import (
	"bytes"
	"parley/core/chat"
	"parley/core/wire"
)

// adopt takes in a server's snapshot of a chat: it hands the chat to the page, and
// emits what happened since the state that it replaces. reach is the position of
// the chat that was known when the server was first asked.
func (m *machine) applySnapshot(raw wire.Raw, config Config, reach uint64) (id string, refused *wire.Error) {
	c, err := chat.Parse(raw)
	if err != nil {
		return "", wire.Errorf(wire.CodeInternal, "the server's chat: %s", err)
	}
	old := m.replica(c.ID)
	snap, err := readSnapshot(raw)
	if err == nil && old != nil {
		err = old.collectMissed(snap.history)
	}
	if err != nil {
		return "", wire.Errorf(wire.CodeInternal, "the server's chat %s: %s", c.ID, err)
	}
	snap.seq = c.Seq
	fresh := &replica{Chat: c, config: config, lastMessage: snap.lastMessage, inQueue: snap.inQueue, subscribed: true}
	if old == nil {
		if snap.resumed { // there is nothing here to resume
			m.resyncUnknown(c.ID)
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
	rewound                  // the server's log was put back: the snapshot is the truth from now on
	overtaken                // a push has told of a later position meanwhile: the truth so far, to be loaded again
	untrue                   // the server has told of a position that its log does not have: the truth all the same
	current                  // the truth
)

// judge compares a snapshot with the chat as it is held. What falls behind the held
// chat was outdated when it was sent, unless it falls behind reach too.
func (s snapshot) judge(old *replica, reach uint64) verdict {
	switch {
	case s.resumed && (s.seq != old.Seq || old.stale):
		return misplaced
	case s.resumed:
		return resumes
	case s.seq < old.Seq && s.seq >= reach:
		return outdated
	case s.seq < old.Seq:
		return rewound
	case s.seq < old.announced && s.seq >= reach:
		return overtaken
	case s.seq < old.announced:
		return untrue
	}
	return current
}

// replace puts a fresh snapshot in the place of the held chat, as the verdict says.
func (m *machine) replace(old, fresh *replica, v verdict, config Config, raw wire.Raw) {
	switch v {
	case misplaced:
		old.subscribed, old.reportGap = true, true
		m.resync(old)
		return
	case resumes:
		old.subscribed, old.reportGap = true, false
		return
	case outdated:
		old.missed = nil
		return
	case rewound:
		old.reportGap, old.missed = true, nil // new messages may have the ids of lost ones
	case overtaken:
		fresh.announced, fresh.stale, fresh.reportGap = old.announced, true, true
	case untrue:
		m.reportDefect(fresh.ID, "the server told of position %d in chat %q, which ends at %d", old.announced, fresh.ID, fresh.Seq)
	}
	fresh.resync = old.resync
	if config == (Config{}) {
		fresh.config = old.config
	}
	m.openChat(fresh, raw)
	if fresh.Seq != old.Seq {
		if old.reportGap {
			m.notify("gap", about(fresh.ID).Done())
		}
		m.emitMissed(old, fresh)
	}
}

// openChat keeps a chat and hands it over, behind the parts that came for it.
func (m *machine) openChat(h *replica, raw wire.Raw) {
	m.putReplica(h)
	m.conn.partCount = 0
	m.do(OpenChat{raw.Clone()})
}

type snapshot struct {
	seq         uint64
	resumed     bool
	inQueue     bool
	history     wire.Raw // but for the parts that came before
	lastMessage string   // id of the newest message, "" if there is none
}

func readSnapshot(raw wire.Raw) (s snapshot, err error) {
	s.history = wire.Raw("[]")
	if err = wire.Read(raw, "resumed", &s.resumed, "inQueue", &s.inQueue, "history", &s.history); err != nil {
		return s, err
	}
	err = wire.Items(s.history, func(v wire.Raw) error {
		msg, err := readMessage(v)
		if msg.id != "" {
			s.lastMessage = msg.id
		}
		return err
	})
	return s, err
}

// catchUp tells listeners, from two states of a chat, what they would have been
// told by the pushes between them. Own messages are left out: the answer to
// their request tells of them.
func (m *machine) emitMissed(old, now *replica) {
	for _, u := range now.Users {
		if !old.Users.Has(u.ID) && u.ID != m.session.ID {
			m.emitToChat(now.ID, "user:joined", about(now.ID).Raw("chat", wire.NewObject(nil).Str("id", now.ID).Done()).
				Raw("user", u.Raw).Str("sender", u.ID).Str("mode", "").Bool("transfer", false).Done())
		}
	}
	for _, msg := range old.missed {
		if !msg.imported && msg.sender != m.session.ID {
			m.emitToChat(now.ID, "message:received", by(now.ID, msg.sender).Raw("message", msg.raw).Done())
		}
	}
	for _, u := range old.Users {
		if !now.Users.Has(u.ID) && u.ID != m.session.ID {
			m.emitToChat(now.ID, "user:left", by(now.ID, u.ID).Raw("user", u.Raw).Done())
		}
	}
	if now.Status == chat.Closed && old.Status != chat.Closed {
		m.emitToChat(now.ID, "chat:closed", by(now.ID, chat.System).Done())
	}
}

// partsAtMost is how many parts may come before the chat that they belong to: some
// gigabytes.
const maxParts = 10_000

// part takes in what was said earlier in a chat that a reply is about to give, and
// hands it on: the page puts it together. While parts come, the session opens.
func (m *machine) historyPart(data wire.Raw) {
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
		m.reportDefect(chatID, "the server's %s of chat %q: %s", wire.EventHistory, chatID, err)
		return
	}
	if m.conn.partCount++; m.conn.partCount > maxParts {
		m.notify("error", errorJSON(wire.Errorf(wire.CodeTooLarge, "the server's %s has no end: %d came in a row", wire.EventHistory, maxParts), chatID))
		m.giveUpConnection(reasonRefused)
		return
	}
	if c := m.replica(chatID); c != nil {
		switch {
		case from == 0:
			c.missed, c.foundLast = nil, false
		case from == c.lastPart: // it comes twice
			return
		}
		c.lastPart = from
		_ = c.collectMissed(history) // was read above
	}
	m.do(HistoryPart{ChatID: chatID, From: from, Messages: history})
	if m.conn.phase == connOpening {
		m.arm(TimerOpen, m.options.OpenWithin)
		m.pendingLogin.deadline = m.after(m.options.LoginWithin)
	}
}

// collect keeps what comes after the newest message known: it was missed.
func (c *replica) collectMissed(history wire.Raw) error {
	c.foundLast = c.foundLast || c.lastMessage == ""
	if !c.foundLast && !bytes.Contains(history, wire.AppendString(nil, c.lastMessage)) {
		return nil
	}
	return wire.Items(history, func(v wire.Raw) error {
		msg, err := readMessage(v)
		switch {
		case c.foundLast:
			c.missed = append(c.missed, msg)
		case msg.id == c.lastMessage:
			c.foundLast = true
		}
		return err
	})
}
