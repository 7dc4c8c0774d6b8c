package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// eventAccept takes an invitation, which makes the agent a member.
const eventAccept = "invitations:accept"

// documented gives the name in the interface of a push on a chat, "" if it has
// none there.
func documented(event string) string {
	switch event {
	case chat.EventJoin:
		return "user:joined"
	case chat.EventLeave:
		return "user:left"
	case chat.EventActivity:
		return "user:activity"
	case chat.EventMessage:
		return "message:received"
	case chat.EventRead:
		return "message:read"
	case chat.EventClose:
		return "chat:closed"
	case chat.EventIntervene:
		return "chat:intervened"
	case chat.EventAlone:
		return "forever:alone"
	}
	return ""
}

// frame: one message from the server.
func (m *machine) frame(text []byte) {
	f, err := wire.Parse(text)
	if err != nil {
		m.tell("error", errorJSON(wire.Errorf(wire.CodeInternal, "the server sent a frame that cannot be read: %s", err), ""))
		return
	}
	m.conn.heard, m.conn.pinged = m.now, false
	switch {
	case f.Event == wire.EventPing:
		m.sendFrame(wire.Frame{Event: wire.EventPong})
	case f.Event == wire.EventPong:
	case f.Event == wire.EventBye:
		m.bye(f.Data)
	case f.IsReply() && m.conn.phase == connOpening && f.ID == m.conn.opening:
		m.sessionAnswered(f)
	case f.IsReply():
		m.answered(f)
	case f.Event != "":
		m.push(f)
	}
}

// answered ends the request that the reply names. A reply to what waits no
// longer, after a time-out or because a replay told of it first, is dropped.
func (m *machine) answered(f wire.Frame) {
	r := m.take(f.ID)
	switch {
	case r == nil && f.ID == "" && f.Error != nil:
		m.tell("error", errorJSON(f.Error, ""))
	case r == nil:
	case f.Error != nil:
		m.fail(r, f.Error)
	default:
		m.done(r, f.Data)
	}
}

// done ends a request with its answer, after the chat has taken the act in.
func (m *machine) done(r *request, data wire.Raw) {
	if r.stored {
		m.do(Persist{Key: r.id})
	}
	reply, err := readReply(data)
	if err != nil {
		m.reject(r.call, wire.Errorf(wire.CodeInternal, "the server's answer to %s: %s", r.event, err))
		return
	}
	switch {
	case r.holds(chat.EventCreate) || r.holds(eventGet):
		id, err := m.adopt(reply.chat, r.config)
		if err != nil {
			m.reject(r.call, err)
			return
		}
		m.settle(r.call, wire.AppendString(nil, id))
	case r.event == chat.EventMessage && !r.whole:
		if m.ownAct(r, reply) && r.call == 0 { // from an earlier page: to this one it is news, as from another tab
			m.toChat(r.chatID, "message:received", by(r.chatID, m.session.ID).Raw("message", reply.message).Done())
		}
		m.settle(r.call, wire.NewObject(nil).Str("eventId", r.id).Raw("message", reply.message).Done())
	default:
		m.ownAct(r, reply)
		m.settle(r.call, bytes.Clone(data))
	}
}

type reply struct {
	seq, prev     uint64
	chat, message wire.Raw
}

func readReply(data wire.Raw) (r reply, err error) {
	if wire.IsNull(data) {
		return r, nil
	}
	err = wire.Read(data, "seq", &r.seq, "prev", &r.prev, "chat", &r.chat, "message", &r.message)
	r.message = bytes.Clone(r.message)
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
	case chat.EventLeave:
		e.Data = wire.NewObject(nil).Str("userId", m.session.ID).Done()
	case chat.EventJoin:
		var mode string
		_ = wire.Read(r.data, "mode", &mode) // the server took it, so it is a string
		e.Data = wire.NewObject(nil).Raw("user", m.user).Str("mode", mode).Done()
	}
	m.apply(c, e)
	if r.event == chat.EventMessage {
		m.said(c, reply.message)
	}
	return true
}

// inOrder tells whether the entry is the next one of the chat. One that was
// seen already is not, and neither is one after a gap: then the chat is loaded
// anew, and what was missed is told from the snapshot.
func (m *machine) inOrder(c *held, seq, prev uint64) bool {
	if seq <= c.Seq {
		return false
	}
	if prev == c.Seq && !c.behind {
		return true
	}
	m.reload(c)
	return false
}

// reload asks for a chat anew, unless that has been done.
func (m *machine) reload(c *held) {
	c.behind = true
	if !m.loading(c.ID) {
		m.ask(&request{event: eventGet, chatID: c.ID, data: getData(c.ID)})
	}
}

func (m *machine) apply(c *held, e chat.Entry) {
	next, err := chat.Apply(c.Chat, e)
	if err != nil {
		m.tell("error", errorJSON(refusal(err), c.ID))
		m.reload(c)
		return
	}
	changed := e.Event != chat.EventMessage && e.Event != chat.EventRead
	c.Chat = next
	if changed {
		m.patch(c)
	}
}

func (m *machine) said(c *held, raw wire.Raw) {
	if msg, err := readMessage(raw); err == nil {
		c.last = msg.id
	}
	m.do(Said{c.ID, raw})
}

// push: what others did, or this user on another connection.
func (m *machine) push(f wire.Frame) {
	data := wire.Raw(bytes.Clone(f.Data))
	p, err := readPush(data)
	if err != nil {
		m.tell("error", errorJSON(wire.Errorf(wire.CodeInternal, "the server's %s: %s", f.Event, err), ""))
		return
	}
	entry := chat.Entry{Seq: f.Seq, Event: f.Event, EventID: f.EventID, By: p.userID, Data: data}
	if r := m.waiting(f.EventID); r != nil {
		m.replayed(r, entry, f.Prev, p)
		return
	}
	c := m.held(p.chatID)
	switch {
	case c == nil && f.Seq != 0 && !m.loading(p.chatID):
		// A chat that this client did not know, such as one of another tab.
		m.ask(&request{event: eventGet, chatID: p.chatID, data: getData(p.chatID)})
	case c != nil && f.Seq != 0 && f.Seq <= c.Seq:
		return // told before
	case c != nil && f.Seq != 0 && !m.inOrder(c, f.Seq, f.Prev):
		c = nil // its listeners are told when the snapshot is here
	case c != nil && f.Seq != 0:
		m.apply(c, entry)
		if p.message != nil && f.Event == chat.EventMessage {
			m.said(c, p.message)
		}
	}
	m.do(Emit{To: ToEvents, Event: f.Event, Data: data})
	m.document(c, f.Event, p, data)
}

// replayed: a replay tells of this client's own act, whose answer was lost. Of a
// message it tells all; what else an answer says, such as the agent found, comes
// with the answer to the request, which has been sent again.
func (m *machine) replayed(r *request, e chat.Entry, prev uint64, p push) {
	if r.event == chat.EventMessage {
		m.take(r.id)
		m.done(r, wire.NewObject(nil).Bool("success", true).Uint("seq", e.Seq).Uint("prev", prev).RawIf("message", p.message).Done())
		return
	}
	if c := m.held(p.chatID); c != nil && m.inOrder(c, e.Seq, prev) {
		m.apply(c, e)
	}
}

// document tells the documented event, if the push has one.
func (m *machine) document(c *held, event string, p push, data wire.Raw) {
	if event == chat.EventInfo {
		m.do(Emit{To: ToLobby, Event: "system:info", Data: data})
		return
	}
	name := documented(event)
	if c == nil || name == "" {
		return
	}
	own := p.userID == m.session.ID
	switch event {
	case chat.EventJoin, chat.EventLeave: // one's own coming and going is no news (interface notes, b.3 rule 7)
		if own {
			return
		}
	case chat.EventActivity: // listeners look the user up without a guard (interface notes, a.3)
		if own || !c.Users.Has(p.userID) {
			return
		}
	}
	m.toChat(c.ID, name, data)
}

// loading tells whether a chat is being loaded.
func (m *machine) loading(chatID string) bool {
	for _, r := range m.queue {
		if r.holds(eventGet) && r.chatID == chatID {
			return true
		}
	}
	return false
}

type push struct {
	chatID, userID string
	message        wire.Raw
}

func readPush(data wire.Raw) (p push, err error) {
	if wire.IsNull(data) {
		return p, nil
	}
	var user wire.Raw
	err = wire.Read(data, "chatId", &p.chatID, "userId", &p.userID, "user", &user, "message", &p.message)
	if err == nil && p.userID == "" && user != nil {
		err = wire.Read(user, "id", &p.userID)
	}
	return p, err
}
