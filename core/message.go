package core

import (
	"unicode/utf8"

	"parley/core/chat"
	"parley/core/wire"
)

// sendMessage queues a text message. From now on it exists: Created gives the
// caller its id, it is sent once it is stored, and it has no time-out.
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

// checkText refuses an empty text, and one over the server's limit.
func (m *machine) checkText(text string) *wire.Error {
	if text == "" {
		return wire.Errorf(wire.CodeBadRequest, "message is empty")
	}
	if n := utf8.RuneCountInString(text); n > m.options.MessageLength {
		return wire.Errorf(wire.CodeTooLarge, "message is %d characters long; the limit is %d", n, m.options.MessageLength)
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

// importHistory queues entries of an earlier conversation. They are stored and have
// no time-out. A refusal is emitted to the chat's listeners too. The answer is
// brief: it has only these entries, as they are in the log.
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

// isTyping tells whether this is a documented type of activity. The server sends
// others too, such as that a user's connection was lost.
func isTyping(kind string) bool {
	return kind == "writing" || kind == "stop-writing" || kind == "not-writing"
}

// notifyMessage emits the state of a message: pending, sent, failed or discarded.
// notifyRead emits the last state, read.
func (m *machine) notifyMessage(r *request, state string, message wire.Raw, err *wire.Error) {
	if r.event != chat.EventMessage || !r.stored {
		return
	}
	var text string
	_ = wire.Read(r.data, "message", &text) // sendMessage wrote it
	o := about(r.chatID).Str("eventId", r.id).Str("state", state).Str("text", text).RawIf("message", message)
	if err != nil {
		o.Raw("error", err.Append(nil))
	}
	m.notify("message", o.Done())
}

// notifyRead emits that somebody else has read a message of this user.
func (m *machine) notifyRead(chatID string, raw wire.Raw) {
	if msg, err := readMessage(raw); err == nil && msg.sender == m.session.ID {
		m.notify("message", about(chatID).Str("state", "read").Raw("message", raw).Done())
	}
}

// addToHistory adds the messages of an entry to the chat's history. importID is the
// id of the request if the entry is this client's own import, else "". False means
// that the entry repeats the newest message.
func (m *machine) addToHistory(c *replica, event string, added content, importID string) bool {
	switch {
	case event == chat.EventMessage:
		return m.appendMessage(c, added.message)
	case event == chat.EventImport && added.history != nil:
		m.do(AppendMessages{c.ID, importID, added.history})
	}
	return true
}

// appendMessage adds a message to the history. False means that it has the id of
// the newest message there.
func (m *machine) appendMessage(c *replica, raw wire.Raw) bool {
	msg, _ := readMessage(raw) // it was read before without an error
	if msg.id == c.lastMessage {
		m.reportDefect(c.ID, "the server repeats message %q of chat %q", msg.id, c.ID)
		return false
	}
	c.lastMessage = msg.id
	m.do(AppendMessages{ChatID: c.ID, Messages: wire.AppendArray(nil, []wire.Raw{raw})})
	return true
}

// message is a message as far as the core reads it.
type message struct {
	id, sender string
	imported   bool // from an earlier conversation: not emitted as received
	raw        wire.Raw
}

func readMessage(raw wire.Raw) (message, error) {
	msg := message{raw: raw}
	err := wire.Read(raw, "id", &msg.id, "sender", &msg.sender, "imported", &msg.imported)
	return msg, err
}
