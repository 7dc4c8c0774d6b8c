package core

import (
	"parley/core/chat"
	"parley/core/wire"
)

const eventGet = "chats:get"

func (m *machine) createChat(in CreateChat) {
	m.ask(&request{event: chat.EventCreate, data: in.Data, call: in.Call, config: in.Config})
}

func (m *machine) loadChat(in LoadChat) {
	m.ask(&request{event: eventGet, chatID: in.ChatID, call: in.Call, config: in.Config, data: getData(in.ChatID), reach: m.reach(in.ChatID)})
}

func getData(chatID string) wire.Raw {
	return about(chatID).Str("fields", "users,watchers,history").Bool("inParts", true).Done()
}

func (m *machine) searchAgent(in SearchAgent) {
	if !m.check(in.Call, in.ChatID, chat.EventAssign) {
		return
	}
	data := about(in.ChatID).StrIf("algorithm", in.Algorithm)
	if c := m.held(in.ChatID); c != nil {
		if c.config.AssignMaxAttempts > 0 {
			data.Int("maxAttempts", int64(c.config.AssignMaxAttempts))
		}
		if c.config.AssignTimeout != "" {
			data.Raw("interval", wire.Raw(c.config.AssignTimeout))
		}
	}
	m.ask(&request{event: chat.EventAssign, chatID: in.ChatID, call: in.Call, data: data.Done()})
}

func (m *machine) closeChat(in CloseChat) {
	if !m.check(in.Call, in.ChatID, chat.EventClose) {
		return
	}
	data := about(in.ChatID).RawIf("extraData", in.ExtraData)
	m.ask(&request{event: chat.EventClose, chatID: in.ChatID, call: in.Call, stored: true, data: data.Done()})
}

// sendEvent is a request by its wire name; its answer goes to the caller whole.
func (m *machine) sendEvent(in SendEvent) {
	if in.Event == wire.EventOpen || in.Event == wire.EventPing || in.Event == wire.EventPong || in.Event == wire.EventBye {
		m.reject(in.Call, wire.Errorf(wire.CodeBadRequest, "%s belongs to the connection", in.Event))
		return
	}
	var chatID string
	if !wire.IsNull(in.Data) {
		if err := wire.Read(in.Data, "chatId", &chatID); err != nil {
			m.reject(in.Call, wire.Errorf(wire.CodeBadRequest, "data: %s", err))
			return
		}
	}
	m.ask(&request{event: in.Event, chatID: chatID, call: in.Call, data: in.Data, whole: true})
}

// adopt takes a snapshot as the truth about a chat, hands it to the page, and
// tells its listeners what happened since the state it replaces. A snapshot
// that only says where a replay begins changes nothing.
//
// reach is the position that was known when the server was first asked. An answer
// that falls behind the chat but not behind that is an older one, such as a first
// answer given again after a reconnect, and changes nothing. One that falls behind it
// tells that the server's log was put back: it is the truth from now on.
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
	h := &held{Chat: c, config: config, last: snap.last, queued: snap.queued, here: true}
	if old == nil && snap.resumed { // what it is to go on from is not here
		m.stranger(c.ID)
		return c.ID, nil
	}
	if old == nil {
		m.openChat(h, raw)
		return c.ID, nil
	}
	h.load = old.load
	putBack := c.Seq < old.Seq
	switch {
	case snap.resumed && (c.Seq != old.Seq || old.behind): // it was not asked to go on there
		old.here, old.gap = true, true
		m.reload(old)
		return c.ID, nil
	case snap.resumed:
		old.here, old.gap = true, false
		return c.ID, nil
	case putBack && c.Seq >= reach:
		old.missed = nil
		return c.ID, nil
	case putBack:
		old.gap, old.missed = true, nil // what it has now may have the ids of what it had
	case c.Seq < old.told && c.Seq >= reach: // that was told after the server was asked
		h.told, h.behind, h.gap = old.told, true, true
	case c.Seq < old.told:
		m.complain(c.ID, "the server told of position %d in chat %q, which ends at %d", old.told, c.ID, c.Seq)
	}
	if config == (Config{}) {
		h.config = old.config
	}
	m.openChat(h, raw)
	if c.Seq != old.Seq {
		if old.gap {
			m.tell("gap", about(c.ID).Done())
		}
		m.catchUp(old, h)
	}
	return c.ID, nil
}

// openChat keeps a chat and hands it over, behind the parts that came for it.
func (m *machine) openChat(h *held, raw wire.Raw) {
	m.hold(h)
	m.conn.parts = 0
	m.do(OpenChat{raw.Clone()})
}

type snapshot struct {
	resumed bool
	queued  bool
	history wire.Raw // but for the parts that came before
	last    string   // id of the newest message, "" if there is none
}

type message struct {
	id, sender string
	imported   bool // it is no news
	raw        wire.Raw
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

// readMessage reads what matters here.
func readMessage(raw wire.Raw) (message, error) {
	msg := message{raw: raw}
	err := wire.Read(raw, "id", &msg.id, "sender", &msg.sender, "imported", &msg.imported)
	return msg, err
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

// about begins the data of what concerns a chat, by that of what a user did there.
func about(chatID string) *wire.Object { return wire.NewObject(nil).Str("chatId", chatID) }

func by(chatID, userID string) *wire.Object { return about(chatID).Str("userId", userID) }

func (m *machine) toChat(chatID, event string, data wire.Raw) {
	m.do(Emit{To: ToChat, ChatID: chatID, Event: event, Data: data})
}

// patch tells the page who is in the chat, whether it is open, and its room.
func (m *machine) patch(c *held) {
	m.do(PatchChat{c.ID, wire.NewObject(nil).Raw("users", c.Users.JSON()).Raw("watchers", c.Watchers.JSON()).
		Str("status", c.Status.String()).Bool("closed", c.Status == chat.Closed).RawIf("room", c.Room).Done()})
}
