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
	if !m.checkAct(in.Call, in.ChatID, chat.EventMessage) {
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
	if !m.checkAct(in.Call, in.ChatID, chat.EventRead) {
		return
	}
	data := about(in.ChatID).Str("messageId", in.MessageID)
	if in.UpTo {
		data.Bool("upTo", true)
	}
	m.ask(&request{event: chat.EventRead, chatID: in.ChatID, call: in.Call, stored: true, data: data.Done()})
}

// importHistory queues entries of an earlier conversation. They are stored, have
// no time-out, and a refusal is told to the chat's listeners too. The answer is
// brief: what was imported now, as the log has it.
func (m *machine) importHistory(in ImportHistory) {
	r := &request{event: chat.EventImport, chatID: in.ChatID, call: in.Call, stored: true,
		data: about(in.ChatID).Raw("history", in.History).Bool("brief", true).Done()}
	if err := m.allowed(in.ChatID, chat.EventImport); err != nil {
		m.refuse(r, err)
		return
	}
	if m.ask(r) {
		m.do(Created{Call: in.Call, EventID: r.id})
	}
}

func (m *machine) sendActivity(in SendActivity) {
	if !isTyping(in.Type) {
		m.reject(in.Call, wire.Errorf(wire.CodeBadRequest, `type must be "writing", "stop-writing" or "not-writing", not %q`, in.Type))
		return
	}
	if !m.checkAct(in.Call, in.ChatID, chat.EventActivity) {
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

// tellMessage tells the extras' listeners what became of a message: pending, sent,
// failed or discarded; see tellRead for the last of its states.
func (m *machine) notifyMessage(r *request, state string, message wire.Raw, err *wire.Error) {
	if r.event != chat.EventMessage || !r.stored {
		return
	}
	var text string
	_ = wire.Read(r.data, "message", &text) // was written here
	o := about(r.chatID).Str("eventId", r.id).Str("state", state).Str("text", text).RawIf("message", message)
	if err != nil {
		o.Raw("error", err.Append(nil))
	}
	m.notify("message", o.Done())
}

// tellRead tells that another has read a message of this user's.
func (m *machine) notifyRead(chatID string, raw wire.Raw) {
	if msg, err := readMessage(raw); err == nil && msg.sender == m.session.ID {
		m.notify("message", about(chatID).Str("state", "read").Raw("message", raw).Done())
	}
}

// record adds what an entry says to the chat's history. importID is the id of this
// client's own request if the entry is its import, else "". False means that the
// entry repeats the newest message.
func (m *machine) addToHistory(c *replica, event string, said content, importID string) bool {
	switch {
	case event == chat.EventMessage:
		return m.appendMessage(c, said.message)
	case event == chat.EventImport && said.history != nil:
		m.do(AppendMessages{c.ID, importID, said.history})
	}
	return true
}

// said adds a message to the history; false means that the newest there came again,
// as another entry.
func (m *machine) appendMessage(c *replica, raw wire.Raw) bool {
	msg, _ := readMessage(raw) // was read before
	if msg.id == c.lastMessage {
		m.reportDefect(c.ID, "the server repeats message %q of chat %q", msg.id, c.ID)
		return false
	}
	c.lastMessage = msg.id
	m.do(AppendMessages{ChatID: c.ID, Messages: wire.AppendArray(nil, []wire.Raw{raw})})
	return true
}

type message struct {
	id, sender string
	imported   bool // it is no news
	raw        wire.Raw
}

// readMessage reads what matters here.
func readMessage(raw wire.Raw) (message, error) {
	msg := message{raw: raw}
	err := wire.Read(raw, "id", &msg.id, "sender", &msg.sender, "imported", &msg.imported)
	return msg, err
}
