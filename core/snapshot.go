package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// applySnapshot makes a server's snapshot the replica of its chat, hands the chat to
// the page, and emits what happened since the replica that it replaces. highWater
// is the position of the chat that was known when the server was first asked.
func (m *Machine) applySnapshot(raw wire.Raw, config Config, highWater uint64) (id string, refused *wire.Error) {
	c, err := chat.Parse(raw)
	if err != nil {
		return "", wire.Errorf(wire.BadAnswer, "the server's chat: %s", err)
	}
	old := m.replica(c.ID)
	snap, err := readSnapshot(raw)
	if err == nil && old != nil {
		err = old.collectMissed(snap.history)
	}
	if err != nil {
		return "", wire.Errorf(wire.BadAnswer, "the server's chat %s: %s", c.ID, err)
	}
	snap.seq = c.Seq
	fresh := &replica{Chat: c, config: config, lastMessage: snap.lastMessage, inQueue: snap.inQueue, subscribed: true}
	if old == nil {
		if snap.resumed { // there is no replica to resume
			m.resyncUnknown(c.ID)
		} else {
			m.openChat(fresh, raw)
		}
		return c.ID, nil
	}
	m.replace(old, fresh, snap.judge(old, highWater), config, raw)
	old.missed, old.foundLast = nil, false // if it stays, the next snapshot may begin elsewhere
	return c.ID, nil
}

// verdict is what a snapshot means for the replica of its chat.
type verdict int

const (
	resumes   verdict = iota // only announces a replay: the replica stays
	misplaced                // announces a replay from another position: the chat must be loaded
	outdated                 // an old answer, such as the first one repeated after a reconnect: ignored
	rewound                  // the server has restored an older log: replaces the replica
	overtaken                // a push came meanwhile with a later position: replaces the replica, which stays stale
	untrue                   // a push had a position that the log does not have: replaces the replica, and is reported
	current                  // replaces the replica
)

// judge compares a snapshot with the replica. A snapshot before the replica's
// position is outdated, unless it is also before highWater, the position that was
// known when the server was asked: then the log itself has become shorter.
func (s snapshot) judge(old *replica, highWater uint64) verdict {
	switch {
	case s.resumed && (s.seq != old.Seq || old.stale):
		return misplaced
	case s.resumed:
		return resumes
	case s.seq < old.Seq && s.seq >= highWater:
		return outdated
	case s.seq < old.Seq:
		return rewound
	case s.seq < old.announced && s.seq >= highWater:
		return overtaken
	case s.seq < old.announced:
		return untrue
	}
	return current
}

// replace does what the verdict says: fresh, made of the snapshot raw, replaces old,
// or old stays.
func (m *Machine) replace(old, fresh *replica, v verdict, config Config, raw wire.Raw) {
	switch v {
	case misplaced:
		old.subscribed, old.reportGap = true, true
		m.resync(old)
		return
	case resumes:
		old.subscribed, old.reportGap = true, false
		return
	case outdated:
		return
	case rewound:
		old.reportGap, old.missed = true, nil // new messages may have the ids of removed ones
	case overtaken:
		fresh.announced, fresh.stale, fresh.reportGap = old.announced, true, true
	case untrue:
		m.reportDefect(fresh.ID, "the server sent a push with position %d of chat %q, whose log ends at %d", old.announced, fresh.ID, fresh.Seq)
	}
	fresh.resync = old.resync
	if config == (Config{}) {
		fresh.config = old.config
	}
	m.openChat(fresh, raw)
	missed := fresh.Seq != old.Seq
	if old.redacted || missed && old.reportGap {
		m.notify("gap", about(fresh.ID).Done())
	}
	if missed {
		m.emitMissed(old, fresh)
	}
	m.endShownUploads()
}

// openChat keeps a replica and hands the chat to the page, after its history parts.
func (m *Machine) openChat(c *replica, raw wire.Raw) {
	m.putReplica(c)
	m.conn.partCount = 0
	m.do(OpenChat{raw.Clone()})
}

// snapshot is a snapshot of a chat, as far as the core reads it beside chat.Chat.
type snapshot struct {
	seq         uint64
	resumed     bool // it has no history: the server replays the log from seq on
	inQueue     bool
	history     wire.Raw // what follows the parts
	lastMessage string   // id of the newest message; empty in a chat without messages
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

// emitMissed emits what pushes between two states of a chat would have emitted. It
// leaves out the user's own messages, which the answers to their requests cover.
func (m *Machine) emitMissed(old, now *replica) {
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

// maxParts is how many history parts may come before the chat that they belong to:
// some gigabytes.
const maxParts = 10_000

// historyPart hands earlier messages of a chat, which a reply will give, to the
// page, which joins the parts. While parts come, the login does not time out.
func (m *Machine) historyPart(data wire.Raw) {
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
		m.notify("error", errorJSON(wire.Errorf(wire.BadAnswer, "the server sent more than %d frames %s in a row", maxParts, wire.EventHistory), chatID))
		m.giveUpConnection(reasonRefused)
		return
	}
	if c := m.replica(chatID); c != nil {
		switch {
		case from == 0:
			c.missed, c.foundLast = nil, false
		case from == c.lastPart: // it is repeated
			return
		}
		c.lastPart = from
		_ = c.collectMissed(history) // it was read above without an error
	}
	m.do(HistoryPart{ChatID: chatID, From: from, Messages: history})
	if m.conn.phase == connOpening {
		m.arm(TimerOpen, m.options.OpenWithin)
		m.pendingLogin.deadline = m.after(m.options.LoginWithin)
	}
}

// collectMissed keeps the messages after the newest one known: they were missed.
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
