package core

import (
	"strconv"
	"unicode/utf8"

	"parley/core/chat"
	"parley/core/wire"
)

// sendMessage queues a text message. From now on it exists: Created gives the
// caller its id, it is sent and stored, and it has no time-out.
func (m *Machine) sendMessage(in SendMessage) {
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
func (m *Machine) checkText(text string) *wire.Error {
	if text == "" {
		return wire.Errorf(wire.MessageEmpty, "message is empty")
	}
	if n := utf8.RuneCountInString(text); n > m.options.MessageLength {
		return wire.Errorf(wire.MessageTooLong, "message is %d characters long; the limit is %d", n, m.options.MessageLength)
	}
	return nil
}

func (m *Machine) readMessage(in ReadMessage) {
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
func (m *Machine) importHistory(in ImportHistory) {
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

func (m *Machine) sendActivity(in SendActivity) {
	if !isTyping(in.Type) {
		m.reject(in.Call, wire.Errorf(wire.BadArgument, `type must be "writing", "stop-writing" or "not-writing", not %q`, in.Type))
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
func (m *Machine) notifyMessage(r *request, state string, message wire.Raw, err *wire.Error) {
	if r.event != chat.EventMessage || !r.stored {
		return
	}
	const around = 256 // what is beside text and message
	o := wire.NewObject(make([]byte, 0, len(r.data)+len(message)+around)).Str("chatId", r.chatID).Str("eventId", r.id).Str("state", state).
		Raw("text", wire.Member(r.data, "message")).RawIf("message", message)
	if err != nil {
		o.Raw("error", err.Append(nil))
	}
	m.notify("message", o.Done())
}

// notifyRead emits that somebody else has read a message of this user.
func (m *Machine) notifyRead(chatID string, raw wire.Raw) {
	if msg, err := readMessage(raw); err == nil && msg.sender == m.session.ID {
		m.notify("message", about(chatID).Str("state", "read").Raw("message", raw).Done())
	}
}

// addToHistory adds the messages of an entry to the chat's history. importID is the
// id of the request if the entry is this client's own import, else "". False means
// that the entry repeats the newest message.
func (m *Machine) addToHistory(c *replica, event string, added content, importID string) bool {
	switch {
	case event == chat.EventMessage:
		return m.appendMessage(c, added.said)
	case event == chat.EventImport && added.history != nil:
		m.do(AppendMessages{c.ID, importID, added.history})
	}
	return true
}

// appendMessage adds a message to the history. False means that it has the id of
// the newest message there.
func (m *Machine) appendMessage(c *replica, msg message) bool {
	if msg.id == c.lastMessage {
		m.reportDefect(c.ID, "the server repeats message %q of chat %q", msg.id, c.ID)
		return false
	}
	c.lastMessage = msg.id
	m.do(AppendMessages{ChatID: c.ID, Messages: wire.AppendArray(nil, []wire.Raw{msg.raw})})
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

// record gives what the outbox keeps of a request, so that a later page can send it
// again with the same id. Its age counts by the server's time, now.
func (r *request) record(s Session, now int64) wire.Raw {
	return wire.NewObject(make([]byte, 0, len(r.data)+256)).Str("id", r.id).Str("appId", s.AppID).Str("userId", s.ID).Str("chatId", r.chatID).
		Str("event", r.event).Raw("data", r.data).Int("at", now).Done()
}

// deleteRecord deletes the record of a request that was given up. This is done at
// once: a later page would send what it finds.
func (m *Machine) deleteRecord(id string) { m.do(Persist{Key: id}) }

// queueOutbox queues the requests that earlier pages of this user left, before this
// page's own. They are sorted by their ids, and so by time. Records of other users
// stay in the outbox until they are too old. The caller limits the batch size.
func (m *Machine) queueOutbox() {
	rest := m.outbox[:0:0]
	place := 0 // after the inherited ones that are queued already
	for i, r := range m.queue {
		if r.inherited {
			place = i + 1
		}
	}
	for _, raw := range m.outbox {
		r, owner, at, err := readRecord(raw)
		own := owner.AppID == m.session.AppID && owner.ID == m.session.ID
		switch {
		case err != nil:
			m.reportDefect(r.chatID, "a stored message cannot be read and was discarded: %s", err)
			if r.id != "" {
				m.deleteRecord(r.id)
			}
		case m.serverTime()-at > m.options.OutboxLife.Milliseconds() && !(own && at == 0):
			m.fail(r, wire.Errorf(wire.MessageTooOld, "a stored message was older than %s and was discarded", m.options.OutboxLife))
		case !own:
			rest = append(rest, raw)
		case m.checkSize(r) != nil:
			m.fail(r, m.checkSize(r))
		case m.pendingRequest(r.id) != nil: // it is queued already
		default:
			r.call = m.calls[r.id]
			r.inherited = r.call == 0
			delete(m.calls, r.id)
			m.queue = append(m.queue[:place], append([]*request{r}, m.queue[place:]...)...)
			place++
			m.notifyMessage(r, "pending", nil, nil)
		}
	}
	m.outbox = rest
}

// addToOutbox appends records of ended pages to the outbox. Newest is the id of the
// newest record that is still in the store, or "".
func (m *Machine) addToOutbox(records []wire.Raw, newest string) {
	m.outbox = append(m.outbox, records...)
	if n := len(records); n > 0 && newest == "" {
		_ = wire.Read(records[n-1], "id", &newest) // a broken record has no place in the order
	}
	m.sortIDsAfter(newest)
}

// sortIDsAfter makes later ids sort after that of a record of an earlier page, even
// if the clock has been set back since.
func (m *Machine) sortIDsAfter(id string) {
	const absurd = 1 << 47 // the year 6429; ids after it would not have 12 digits for long
	if len(id) == 32 {
		if made, err := strconv.ParseUint(id[:12], 16, 64); err == nil && made < absurd {
			m.lastIDTime = max(m.lastIDTime, int64(made)+1)
		}
	}
}

// adoptOutbox takes over records of ended pages.
func (m *Machine) adoptOutbox(in Adopt) {
	m.addToOutbox(in.Outbox, in.Newest)
	m.moreStored, m.askedForMore = in.Newest != "", false
	if m.logged {
		m.queueOutbox()
		m.flush()
		if m.drainOnly {
			m.endIfDrained()
		}
	}
}

// takeMore asks for the next batch of records once the server has answered the last
// one, so that memory never holds more than one batch.
func (m *Machine) takeMore() {
	if m.askedForMore || !m.logged {
		return
	}
	for _, r := range m.queue {
		if r.inherited {
			return
		}
	}
	m.askedForMore = true
	m.do(TakeMore{})
}

// clearOutbox deletes the records of a user who logs out. The requests of this page
// are rejected by endSession.
func (m *Machine) clearOutbox(s Session) {
	rest := m.outbox[:0:0]
	for _, raw := range m.outbox {
		if r, owner, _, _ := readRecord(raw); r.id != "" && owner.AppID == s.AppID && owner.ID == s.ID {
			m.deleteRecord(r.id)
		} else {
			rest = append(rest, raw)
		}
	}
	m.outbox = rest
}

// readRecord reads what record wrote. The owner has no token, because the user's next
// session may send the request too.
func readRecord(raw wire.Raw) (r *request, owner Session, at int64, err error) {
	r = &request{stored: true, maybeReceived: true}
	var made uint64
	_ = wire.Read(raw, "id", &r.id, "appId", &owner.AppID, "userId", &owner.ID) // as far as possible: a broken record is deleted by its id
	err = wire.Read(raw, "id", &r.id, "appId", &owner.AppID, "userId", &owner.ID, "chatId", &r.chatID, "event", &r.event, "data", &r.data, "at", &made)
	if err == nil {
		err = wire.CheckID(r.id)
	}
	if err == nil && (!isStored(r.event) || r.data.Kind() != '{' || !wire.Valid(raw)) {
		err = wire.Errorf(wire.BadRecord, "%q is not a request that is stored, or it has no data", r.event)
	}
	r.data = r.data.Clone()
	return r, owner, int64(made), err
}

// isStored tells whether requests of this event are stored.
func isStored(event string) bool {
	switch event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}
