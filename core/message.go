package core

import (
	"unicode/utf8"

	"parley/core/chat"
	"parley/core/wire"
)

// sendMessage queues text for sending. It exists from now on: its id is told to
// the caller, it is sent when it is stored, and it has no time-out of its own.
func (m *machine) sendMessage(in SendMessage) {
	if err := m.checkText(in.Text); err != nil {
		m.reject(in.Call, err)
		return
	}
	if !m.check(in.Call, in.ChatID, chat.EventMessage) {
		return
	}
	r := &request{event: chat.EventMessage, chatID: in.ChatID, call: in.Call, stored: true,
		data: about(in.ChatID).Str("message", in.Text).Done()}
	if m.ask(r) {
		m.do(Created{in.Call, r.id, in.Text, m.session.ID})
	}
}

func (m *machine) checkText(text string) *wire.Error {
	if text == "" {
		return wire.Errorf(wire.CodeBadRequest, "message is empty")
	}
	if n := utf8.RuneCountInString(text); n > m.options.MessageLength {
		return wire.Errorf(wire.CodeTooLarge, "message is %d characters long, the limit is %d", n, m.options.MessageLength)
	}
	return nil
}

func (m *machine) readMessage(in ReadMessage) {
	if !m.check(in.Call, in.ChatID, chat.EventRead) {
		return
	}
	data := about(in.ChatID).Str("messageId", in.MessageID)
	if in.UpTo {
		data.Bool("upTo", true)
	}
	m.ask(&request{event: chat.EventRead, chatID: in.ChatID, call: in.Call, stored: true, data: data.Done()})
}

func (m *machine) sendActivity(in SendActivity) {
	if !isTyping(in.Type) {
		m.reject(in.Call, wire.Errorf(wire.CodeBadRequest, `type must be "writing", "stop-writing" or "not-writing", not %q`, in.Type))
		return
	}
	if !m.check(in.Call, in.ChatID, chat.EventActivity) {
		return
	}
	data := about(in.ChatID).Str("type", in.Type)
	m.ask(&request{event: chat.EventActivity, chatID: in.ChatID, call: in.Call, data: data.Done()})
}

// isTyping tells whether this is a documented type of activity. The server has
// more of them: that a user's connection is lost, for one.
func isTyping(kind string) bool {
	return kind == "writing" || kind == "stop-writing" || kind == "not-writing"
}
