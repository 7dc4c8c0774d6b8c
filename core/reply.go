package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// eventAccept takes an invitation, which makes the agent a member.
const eventAccept = "invitations:accept"

// answered ends the request that the reply names. A reply to what waits no
// longer, after a time-out or because a replay told of it first, is dropped.
func (m *machine) answered(f wire.Frame) {
	if r := m.waiting(f.ID); r != nil && r.stored && f.Error != nil && f.Error.Retryable() {
		r.unsure = r.unsure || f.Error.Code != wire.CodeUnavailable && f.Error.Code != wire.CodeTooMany
		m.putOff(r)
		return
	}
	r := m.take(f.ID)
	switch {
	case r == nil && f.ID == "" && f.Error != nil:
		m.tell("error", errorJSON(f.Error, ""))
	case r == nil:
	case f.Error != nil:
		m.fail(r, f.Error)
	default:
		m.conn.retries = 0
		m.done(r, f.Data)
	}
	m.sendAgain()
	m.leftoverSent()
}

// done ends a request with its answer, after the chat has taken the act in.
func (m *machine) done(r *request, data wire.Raw) {
	reply, err := readReply(data)
	if err != nil {
		m.fail(r, wire.Errorf(wire.CodeInternal, "the server's answer to %s: %s", r.event, err))
		return
	}
	if r.stored {
		m.do(Persist{Key: r.id}) // late is harmless: sent again, it has its effect once
	}
	switch {
	case r.holds(chat.EventCreate) || r.holds(eventGet):
		id, err := m.adopt(reply.chat, r.config, r.reach)
		if err == nil && r.chatID != "" && id != r.chatID {
			err = wire.Errorf(wire.CodeInternal, "the server gave chat %q for it", id)
		}
		switch {
		case err != nil:
			m.refuse(r, err)
		case r.load != nil:
			m.loaded(r.load, nil)
		default:
			m.settle(r.call, wire.AppendString(nil, id))
		}
	case r.event == chat.EventMessage && !r.whole:
		if m.ownAct(r, reply) && r.call == 0 { // from an earlier page: to this one it is news, as from another tab
			m.toChat(r.chatID, "message:received", by(r.chatID, m.session.ID).Raw("message", reply.message).Done())
		}
		m.tellMessage(r, "sent", reply.message, nil)
		m.settle(r.call, wire.NewObject(nil).Str("eventId", r.id).Raw("message", reply.message).Done())
	case r.event == chat.EventImport && !r.whole:
		m.ownAct(r, reply)
		if reply.history != nil && m.held(r.chatID) != nil {
			m.do(Said{r.chatID, r.id, reply.history})
		}
		m.settle(r.call, nil)
	default:
		m.ownAct(r, reply)
		m.settle(r.call, bytes.Clone(data))
	}
}

type reply struct {
	seq, prev              uint64
	chat, message, history wire.Raw
}

func readReply(data wire.Raw) (r reply, err error) {
	if wire.IsNull(data) {
		return r, nil
	}
	err = wire.Read(data, "seq", &r.seq, "prev", &r.prev, "chat", &r.chat, "message", &r.message, "history", &r.history)
	r.message, r.history = bytes.Clone(r.message), bytes.Clone(r.history)
	if err == nil && r.message != nil {
		_, err = readMessage(r.message)
	}
	return r, err
}

// ownAct applies what this client did itself: its reply stands where others
// have a push. False means that there was nothing to apply, or not any more.
func (m *machine) ownAct(r *request, reply reply) bool {
	c := m.held(r.chatID)
	if c == nil || reply.seq == 0 || !m.inOrder(c, reply.seq, reply.prev) {
		return false
	}
	e := chat.Entry{Seq: reply.seq, Event: r.event, EventID: r.id, By: m.session.ID}
	switch r.event {
	case chat.EventIntervene, eventAccept: // who is in the chat now is for the server to say
		m.reload(c)
		return false
	case chat.EventTransfer:
		e.Data = r.data
	case chat.EventLeave:
		e.Data = wire.NewObject(nil).Str("userId", m.session.ID).Done()
	case chat.EventJoin:
		var mode string
		_ = wire.Read(r.data, "mode", &mode) // the server took it, so it is a string
		e.Data = wire.NewObject(nil).Raw("user", m.user).Str("mode", mode).Done()
	}
	m.apply(c, e)
	switch {
	case r.event == chat.EventMessage:
		m.said(c, reply.message)
	case r.event == chat.EventImport && r.whole:
		m.do(Said{ChatID: c.ID, Messages: reply.history})
	}
	return true
}
