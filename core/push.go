package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// frame: one message from the server. One that cannot be read may be an answer, or
// news: a new connection brings the one, and the chats as they are for the other.
func (m *machine) frame(text []byte) {
	f, err := wire.Parse(text)
	if err != nil {
		m.complain("", "the server sent a frame that cannot be read: %s", err)
		for _, c := range m.chats {
			c.behind = true
		}
		m.giveUpConnection(reasonLost)
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
	case f.Event == wire.EventHistory:
		m.part(f.Data)
	case m.conn.phase != connOpen && f.ID+f.Event != "":
		m.complain("", "the server sent %q before the session was open", f.Event+f.ID)
	case f.IsReply():
		m.answered(f)
	case f.Event != "":
		m.push(f)
	}
}

// push: what others did, or this user on another connection.
func (m *machine) push(f wire.Frame) {
	data := wire.Raw(bytes.Clone(f.Data))
	p, err := readPush(data)
	if err == nil && f.Seq != 0 {
		_, err = chat.Text(data, "chatId")
	}
	if err == nil && (f.Event == chat.EventMessage || f.Event == chat.EventRead) {
		_, err = chat.Text(p.message, "id")
	}
	if err != nil {
		m.complain("", "the server's %s: %s", f.Event, err)
		return
	}
	entry := chat.Entry{Seq: f.Seq, Event: f.Event, EventID: f.EventID, By: p.userID, Data: data}
	if t := m.uploading(f.EventID); t != nil && p.message != nil {
		m.uploaded(t, reply{seq: f.Seq, prev: f.Prev, message: p.message})
		return
	}
	if r := m.waiting(f.EventID); r != nil {
		m.replayed(r, entry, f.Prev, p)
		return
	}
	c := m.held(p.chatID)
	switch {
	case c == nil && f.Seq != 0: // a chat that this client did not know, such as one of another tab
		m.stranger(p.chatID)
	case c != nil && f.Seq != 0 && f.Seq <= c.Seq:
		return // told before
	case c != nil && f.Seq != 0 && !m.inOrder(c, f.Seq, f.Prev):
		c = nil // its listeners are told when the snapshot is here
	case c != nil && f.Seq != 0:
		m.apply(c, entry)
		switch {
		case f.Event == chat.EventMessage:
			if !m.said(c, p.message) {
				return
			}
		case p.history != nil && f.Event == chat.EventImport:
			m.do(Said{ChatID: c.ID, Messages: p.history})
		}
	}
	if c != nil && f.Event == chat.EventQueue {
		m.queued(c, queuePosition(p.data) > 0)
	}
	m.do(Emit{To: ToEvents, Event: f.Event, Data: data})
	m.document(c, f.Event, p, data)
}

// replayed: a replay tells of this client's own act, whose answer was lost. Of a
// message it tells all; what else an answer says, such as the agent found, comes
// with the answer to the request, which has been sent again. So will what was put
// off: until then the server lets nothing past it.
func (m *machine) replayed(r *request, e chat.Entry, prev uint64, p push) {
	if r.sent && (r.event == chat.EventMessage || r.event == chat.EventImport && r.stored) {
		m.take(r.id)
		m.done(r, wire.NewObject(nil).Bool("success", true).Uint("seq", e.Seq).Uint("prev", prev).RawIf("message", p.message).RawIf("history", p.history).Done())
		return
	}
	if c := m.held(p.chatID); c != nil && m.inOrder(c, e.Seq, prev) {
		m.apply(c, e)
		switch {
		case r.event == chat.EventMessage:
			m.said(c, p.message)
		case r.event == chat.EventImport:
			m.do(Said{r.chatID, r.id, p.history})
		}
	}
}

type push struct {
	chatID, userID         string
	message, history, data wire.Raw
}

func readPush(data wire.Raw) (p push, err error) {
	if wire.IsNull(data) {
		return p, nil
	}
	var user wire.Raw
	err = wire.Read(data, "chatId", &p.chatID, "userId", &p.userID, "user", &user, "message", &p.message, "history", &p.history, "data", &p.data)
	if err == nil && p.userID == "" && user != nil {
		err = wire.Read(user, "id", &p.userID)
	}
	return p, err
}

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
	case chat.EventQueue:
		return "queue:update"
	case chat.EventExpiryAlert:
		return "chat:timer:expiryAlert"
	}
	return ""
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
	if event == chat.EventRead && !own {
		m.tellRead(c.ID, p.message)
	}
	switch event {
	case chat.EventJoin, chat.EventLeave: // one's own coming and going is no news (interface notes, b.3 rule 7)
		if own {
			return
		}
	case chat.EventActivity: // listeners look the user up without a guard (interface notes, a.3)
		if own || !c.Users.Has(p.userID) || !isTyping(activityType(data)) {
			return
		}
	case chat.EventQueue:
		data = p.data
	}
	m.toChat(c.ID, name, data)
}

// activityType gives what a user does, "" if that is not told.
func activityType(data wire.Raw) (name string) {
	_ = wire.Read(data, "type", &name) // what is no text is none of the documented
	return name
}

// queuePosition is from 1; 0 means that the chat does not wait in the queue.
func queuePosition(data wire.Raw) (position uint64) {
	if !wire.IsNull(data) {
		_ = wire.Read(data, "queuePosition", &position) // what is no number is no position
	}
	return position
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
	c.gap, c.told = true, max(c.told, seq)
	m.reload(c)
	return false
}

// reach is the furthest position of a chat that this client knows of.
func (m *machine) reach(chatID string) uint64 {
	if c := m.held(chatID); c != nil {
		return max(c.Seq, c.told)
	}
	return 0
}

func (m *machine) apply(c *held, e chat.Entry) {
	next, err := chat.Apply(c.Chat, e)
	if err != nil {
		m.tell("error", errorJSON(refusal(err), c.ID))
		m.reload(c)
		return
	}
	c.Chat = next
	m.do(At{c.ID, c.Seq})
	switch e.Event {
	case chat.EventJoin, chat.EventLeave, chat.EventIntervene, chat.EventTransfer, chat.EventClose:
		m.patch(c)
		if next.Status != chat.Waiting {
			m.queued(c, false)
		}
	}
	if next.Status == chat.Closed {
		m.endTransfers(c.ID, wire.Errorf(wire.CodeGone, "chat %q was closed", c.ID))
	}
}

// queued tells the page whether the chat waits in the queue, if that is news.
func (m *machine) queued(c *held, yes bool) {
	if c.queued != yes {
		c.queued = yes
		m.do(PatchChat{c.ID, wire.NewObject(nil).Bool("inQueue", yes).Done()})
	}
}

// patch tells the page who is in the chat, whether it is open, and its room.
func (m *machine) patch(c *held) {
	m.do(PatchChat{c.ID, wire.NewObject(nil).Raw("users", c.Users.JSON()).Raw("watchers", c.Watchers.JSON()).
		Str("status", c.Status.String()).Bool("closed", c.Status == chat.Closed).RawIf("room", c.Room).Done()})
}
