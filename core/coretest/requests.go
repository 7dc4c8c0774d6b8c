package coretest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
)

// handle carries out one request of an open session.
func (s *Session) handle(f wire.Frame) {
	if f.Event == chat.EventCreate {
		s.create(f)
		return
	}
	var chatID, messageID string
	var inParts bool
	if f.Data != nil {
		if err := wire.Read(f.Data, "chatId", &chatID, "messageId", &messageID, "inParts", &inParts); err != nil {
			s.Refuse(f.ID, wire.CodeBadRequest, err.Error())
			return
		}
	}
	if chatID == "" {
		chatID, _, _ = strings.Cut(messageID, ".") // a message's id begins with its chat's
	}
	l := s.model.log(chatID)
	if l == nil {
		s.Refuse(f.ID, wire.CodeNotFound, "no chat "+chatID)
		return
	}
	if seq, done := l.acts[actKey(s.User.ID, f.ID)]; done { // sent again after a reconnect
		s.inTurn(f, chatID)
		s.answer(f, l, seq)
		return
	}
	if f.Event != "chats:get" {
		if err := chat.Check(l.Chat, s.User.ID, f.Event); err != nil {
			s.RefuseFinally(f, chatID, err.(*wire.Error))
			return
		}
	}
	if s.fails(f, chatID) {
		return
	}
	own := wire.NewObject(nil).Str("chatId", chatID).Str("userId", s.User.ID)
	switch f.Event {
	case "chats:get":
		s.Reply(f.ID, wire.NewObject(nil).Raw("chat", s.whole(l, inParts)).Done())
	case chat.EventMessage:
		var text string
		_ = wire.Read(f.Data, "message", &text)
		own.Raw("message", s.model.message(l, s.User.ID, text))
		s.answer(f, l, s.model.append(s, l, f, own.Done()))
	case chat.EventImport:
		own.Raw("history", s.model.imported(l, f.Data))
		s.answer(f, l, s.model.append(s, l, f, own.Done()))
	case chat.EventRead:
		own.Raw("message", wire.NewObject(nil).Str("id", messageID).Str("chat", chatID).Done())
		s.answer(f, l, s.model.append(s, l, f, own.Done()))
	case chat.EventClose, chat.EventLeave:
		s.answer(f, l, s.model.append(s, l, f, own.Raw("user", s.User.Raw).Done()))
	case chat.EventJoin:
		s.answer(f, l, s.model.append(s, l, f, wire.NewObject(nil).Str("chatId", chatID).Raw("chat", wire.NewObject(nil).Str("id", chatID).Done()).
			Raw("user", s.User.Raw).Str("sender", s.User.ID).Str("mode", "").Bool("transfer", false).Done()))
	case chat.EventActivity:
		var kind string
		_ = wire.Read(f.Data, "type", &kind)
		for _, other := range s.model.sessions {
			if other != s && l.has(other.User.ID) {
				other.send(wire.Frame{Event: f.Event, Data: own.Str("type", kind).Done()})
			}
		}
		s.Reply(f.ID, wire.Raw(`{"success":true}`))
	case chat.EventAssign: // no agent is available: agents of tests join by themselves
		s.Reply(f.ID, wire.Raw(`{}`))
	default:
		s.Refuse(f.ID, wire.CodeNotFound, "unknown event "+f.Event)
	}
}

// StartChat creates a chat for a user who has no connection.
func (m *Model) StartChat(token string) {
	m.someone(token, wire.Frame{ID: "start", Event: chat.EventCreate})
}

// Say sends a message for a user who has no connection.
func (m *Model) Say(token, chatID, text string) {
	m.someone(token, wire.Frame{ID: text, Event: chat.EventMessage, Data: wire.NewObject(nil).Str("chatId", chatID).Str("message", text).Done()})
}

func (m *Model) someone(token string, f wire.Frame) {
	fault := m.Fault
	m.Fault = nil
	s := &Session{model: m, User: m.users[token]}
	s.handle(f)
	m.Fault = fault
}

func (s *Session) create(f wire.Frame) {
	for _, l := range s.model.chats {
		if seq, done := l.acts[actKey(s.User.ID, f.ID)]; done {
			s.answer(f, l, seq)
			return
		}
		if l.Creator == s.User.ID && l.Status != chat.Closed {
			s.Refuse(f.ID, wire.CodeConflict, "User already has a chat")
			return
		}
	}
	l := &log{Chat: chat.Chat{ID: "chat" + strconv.Itoa(len(s.model.chats)+1), Status: chat.Waiting, Creator: s.User.ID}, acts: map[string]uint64{}}
	s.model.chats = append(s.model.chats, l)
	about := wire.NewObject(nil).Str("id", l.ID).Str("status", "waiting").Str("creator", s.User.ID).Done()
	s.answer(f, l, s.model.append(s, l, f, wire.NewObject(nil).Str("chatId", l.ID).Str("userId", s.User.ID).Raw("chat", about).Raw("user", s.User.Raw).Done()))
}

// message makes the message of the next entry.
func (m *Model) message(l *log, sender, text string) wire.Raw {
	message := wire.NewObject(nil).Str("id", l.ID+"."+strconv.FormatUint(m.seq+1, 10)).Str("chat", l.ID).Str("sender", sender).
		Str("type", "text").Str("message", text).Done()
	l.history = append(l.history, message)
	return message
}

// imported makes messages of the entries in a request.
func (m *Model) imported(l *log, data wire.Raw) wire.Raw {
	var history wire.Raw
	var messages []wire.Raw
	_ = wire.Read(data, "history", &history)
	_ = wire.Items(history, func(entry wire.Raw) error {
		var sender, text string
		err := wire.Read(entry, "sender", &sender, "message", &text)
		messages = append(messages, wire.NewObject(nil).Str("id", fmt.Sprintf("%s.%d.%d", l.ID, m.seq+1, len(messages))).Str("chat", l.ID).
			Str("sender", sender).Str("type", "text").Str("message", text).Bool("imported", true).Done())
		return err
	})
	l.history = append(l.history, messages...)
	return wire.AppendArray(nil, messages)
}

// append appends an entry to the chat's log and pushes it to everyone who was or is in
// the chat, except to the session that requested it.
func (m *Model) append(s *Session, l *log, f wire.Frame, data wire.Raw) (seq uint64) {
	m.seq++
	e := chat.Entry{Seq: m.seq, Event: f.Event, EventID: f.ID, By: s.User.ID, Data: bytes.Clone(data)}
	before := *l
	next, err := chat.Apply(l.Chat, e)
	if err != nil {
		panic("coretest: an entry of the model's own: " + err.Error())
	}
	l.Chat, l.entries = next, append(l.entries, e)
	l.acts[actKey(s.User.ID, f.ID)] = e.Seq
	for _, other := range m.sessions {
		if other != s && (before.has(other.User.ID) || l.has(other.User.ID)) {
			other.push(e, before.Seq)
		}
	}
	return e.Seq
}

// answer answers a request by its entry, the first time and when it is sent again.
func (s *Session) answer(f wire.Frame, l *log, seq uint64) {
	for i, e := range l.entries {
		if e.Seq != seq {
			continue
		}
		if s.unsure {
			s.unsure = false
			s.Refuse(f.ID, wire.CodeUnsure, "the store does not say whether it has it")
			s.push(e, l.prev(i)) // but the log has it
			return
		}
		o := wire.NewObject(nil)
		var message, history wire.Raw
		switch _ = wire.Read(e.Data, "message", &message, "history", &history); e.Event {
		case chat.EventCreate:
			o.Raw("chat", s.whole(l, false))
		case chat.EventMessage:
			o.Raw("message", message)
		case chat.EventImport:
			o.Raw("history", history)
		case chat.EventRead:
			o.Raw("message", message).Str("userId", e.By).Bool("success", true)
		default:
			o.Bool("success", true)
		}
		s.Reply(f.ID, o.Uint("seq", e.Seq).Uint("prev", l.prev(i)).Done())
	}
}
