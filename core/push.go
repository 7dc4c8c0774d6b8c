package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// receiveFrame handles one frame from the server. A frame that cannot be read may
// have been an answer or a push, so that the connection is replaced: on the new
// one requests are sent again, and the chats come as snapshots.
func (m *Machine) receiveFrame(text []byte) {
	f, err := wire.Parse(text)
	if err != nil {
		m.reportDefect("", "a frame from the server cannot be read: %s", err)
		for _, c := range m.chats {
			c.stale = true
		}
		m.giveUpConnection(reasonLost)
		return
	}
	first := m.hear()
	switch {
	case f.Event == wire.EventPing:
		m.sendFrame(wire.Frame{Event: wire.EventPong})
	case f.Event == wire.EventPong:
	case f.Event == wire.EventBye:
		m.bye(f.Data)
	case f.IsReply() && m.conn.phase == connOpening && f.ID == m.conn.opening:
		m.sessionAnswered(f)
	case f.Event == wire.EventHistory:
		if first && m.conn.phase == connOpening {
			m.arm(TimerOpen, m.options.OpenWithin)
		}
		m.historyPart(f.Data)
	case m.conn.phase != connOpen && f.ID+f.Event != "":
		m.tooEarly(f.Event + f.ID)
	case f.IsReply():
		m.answered(f.ID, readAnswer(f))
	case f.Event != "":
		p, err := readPush(f)
		if err != nil {
			m.reportDefect("", "the server's push %s: %s", f.Event, err)
			return
		}
		m.push(p)
	}
}

// receiveSaid is receiveFrame for a frame with a message.
func (m *Machine) receiveSaid(in Said) {
	m.hear()
	said := content{message: in.Message, said: message{id: in.MessageID, sender: in.Sender, imported: in.Imported, raw: in.Message}}
	switch {
	case m.conn.phase != connOpen && in.Request != "":
		m.tooEarly(in.Request)
	case m.conn.phase != connOpen:
		m.tooEarly(chat.EventMessage)
	case in.Request != "":
		m.answered(in.Request, answer{data: in.Data, reply: reply{content: said, seq: in.Seq, prev: in.Prev}})
	default:
		m.push(&push{
			Entry:   chat.Entry{Seq: in.Seq, Event: chat.EventMessage, By: in.UserID, Data: in.Data},
			content: said, prev: in.Prev, chatID: in.ChatID,
		})
	}
}

// hear notes that the server has said something, and tells whether it is the first time
// on this connection.
func (m *Machine) hear() (first bool) {
	first = !m.conn.heard
	m.conn.lastHeard, m.conn.heard, m.conn.awaitingPong = m.now, true, false
	return first
}

func (m *Machine) tooEarly(what string) {
	m.reportDefect("", "the server sent %q before the session was open", what)
}

// push handles what others did, or the same user on another connection.
func (m *Machine) push(p *push) {
	if p.EventID != "" && m.ownPush(p) {
		return
	}
	c := m.replica(p.chatID)
	switch {
	case p.Seq == 0: // typing and the like, which are in no log
	case c == nil: // a chat without a replica, such as one that another tab created
		m.resyncUnknown(p.chatID)
	case p.Seq <= c.Seq:
		return // applied before
	case !m.inOrder(c, p.Seq, p.prev):
		c = nil // the snapshot will emit it to the chat's listeners
	default:
		m.apply(c, p.Entry)
		if !m.addToHistory(c, p.Event, p.content, "") {
			return
		}
	}
	switch {
	case c == nil:
	case p.Event == chat.EventQueue:
		m.setInQueue(c, queuePosition(p.details) > 0)
	case p.Event == chat.EventRedact: // of what the page has, too
		c.redacted = true
		m.resync(c)
	case p.Event == chat.EventRemove: // with an empty chat, which takes its place
		_, _ = m.applySnapshot(wire.Member(p.Data, "chat"), Config{}, 0)
	}
	m.do(Emit{To: ToEvents, Event: p.Event, Data: p.Data})
	m.emitDocumented(c, p)
}

// ownPush handles a push that this client's own request caused. False means that
// no such request or upload is pending.
func (m *Machine) ownPush(p *push) bool {
	if t := m.uploadOf(p.EventID); t != nil && p.message != nil {
		own := reply{seq: p.Seq, prev: p.prev, content: p.content}
		m.show(t, own)
		m.uploaded(t, own)
		if !t.active && m.shown(t) { // else the answer to the attempt ends it
			m.endTransfer(t)
		}
		return true
	}
	r := m.pendingRequest(p.EventID)
	if r != nil {
		m.replayed(r, p)
	}
	return r != nil
}

// replayed handles a push caused by our own request whose reply was lost. For
// messages and imports the push has everything, so that it ends the request. All
// other requests wait for the reply to the re-sent request, and so do those that
// are deferred: until it is re-sent, the server accepts no later one.
func (m *Machine) replayed(r *request, p *push) {
	if r.sent && (r.event == chat.EventMessage || r.event == chat.EventImport && r.stored) {
		m.dequeue(r.id)
		m.done(r, answer{
			data:  wire.NewObject(nil).Bool("success", true).Uint("seq", p.Seq).Uint("prev", p.prev).RawIf("message", p.message).RawIf("history", p.history).Done(),
			reply: reply{content: p.content, seq: p.Seq, prev: p.prev},
		})
		return
	}
	if c := m.replica(p.chatID); c != nil && m.inOrder(c, p.Seq, p.prev) {
		m.apply(c, p.Entry)
		m.addToHistory(c, p.Event, p.content, r.id)
	}
}

// push is a push as far as the core reads it.
type push struct {
	chat.Entry // By is the user that the push is about
	content
	prev    uint64
	chatID  string
	details wire.Raw // the member "data" of its data
}

// content is what an entry adds to the history of its chat.
type content struct {
	message, history wire.Raw
	said             message // what message says
}

// readPush reads a push. It copies the data, because the frame's memory is reused.
func readPush(f wire.Frame) (p *push, err error) {
	p = &push{Entry: chat.Entry{Seq: f.Seq, Event: f.Event, EventID: f.EventID, Data: bytes.Clone(f.Data)}, prev: f.Prev}
	if !wire.IsNull(p.Data) {
		var user wire.Raw
		err = wire.Read(p.Data, "chatId", &p.chatID, "userId", &p.By, "user", &user, "message", &p.message, "history", &p.history, "data", &p.details)
		if err == nil && p.By == "" && user != nil {
			err = wire.Read(user, "id", &p.By)
		}
	}
	if err == nil && p.Seq != 0 && p.chatID == "" {
		err = wire.Errorf(wire.BadEntry, "has no chatId")
	}
	if err == nil && (p.Event == chat.EventMessage || p.Event == chat.EventRead) {
		if p.said, err = readMessage(p.message); err != nil || p.said.id == "" {
			p.said.id, err = chat.Text(p.message, "id") // another member of a wrong type is left out
		}
	}
	return p, err
}

// documentedName gives the name that the documented interface has for a push on a
// chat, "" if it has none.
func documentedName(event string) string {
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

// emitDocumented emits the documented event of a push, if there is one.
func (m *Machine) emitDocumented(c *replica, p *push) {
	if p.Event == chat.EventInfo {
		m.do(Emit{To: ToLobby, Event: "system:info", Data: p.Data})
		return
	}
	name := documentedName(p.Event)
	if c == nil || name == "" {
		return
	}
	own, data := p.By == m.session.ID, p.Data
	switch p.Event {
	case chat.EventRead:
		if !own {
			m.notifyRead(c.ID, p.message)
		}
	case chat.EventJoin, chat.EventLeave: // not emitted for the page's own user (interface notes, b.3 rule 7)
		if own {
			return
		}
	case chat.EventActivity: // listeners assume that the user is in the chat (interface notes, a.3)
		if own || !c.Users.Has(p.By) || !isTyping(activityType(data)) {
			return
		}
	case chat.EventQueue:
		data = p.details
	}
	m.emitToChat(c.ID, name, data)
}

// activityType gives the type of an activity, "" if it has none.
func activityType(data wire.Raw) (name string) {
	_ = wire.Read(data, "type", &name) // another type than string is not documented
	return name
}

// queuePosition gives the position in the queue, from 1. 0 means that the chat is
// not in the queue.
func queuePosition(data wire.Raw) (position uint64) {
	if !wire.IsNull(data) {
		_ = wire.Read(data, "queuePosition", &position) // what is not a number is no position
	}
	return position
}

// inOrder tells whether the entry is the next one of the chat. An entry that was
// applied already is not. Neither is one after a gap: then the chat is loaded again,
// and the snapshot emits what was missed.
func (m *Machine) inOrder(c *replica, seq, prev uint64) bool {
	if seq <= c.Seq {
		return false
	}
	if prev == c.Seq && !c.stale {
		return true
	}
	c.reportGap, c.announced = true, max(c.announced, seq)
	m.resync(c)
	return false
}

// highWater gives the highest position of a chat that this client has heard of.
func (m *Machine) highWater(chatID string) uint64 {
	if c := m.replica(chatID); c != nil {
		return max(c.Seq, c.announced)
	}
	return 0
}

// apply applies an entry to the replica, and shows the page the result.
func (m *Machine) apply(c *replica, e chat.Entry) {
	next, err := chat.Apply(c.Chat, e)
	if err != nil {
		m.notify("error", errorJSON(refusal(err), c.ID))
		m.resync(c)
		return
	}
	c.Chat = next
	m.do(At{c.ID, c.Seq})
	switch e.Event {
	case chat.EventJoin, chat.EventLeave, chat.EventIntervene, chat.EventTransfer, chat.EventClose:
		m.patch(c)
		if next.Status != chat.Waiting {
			m.setInQueue(c, false)
		}
	}
	if next.Status == chat.Closed {
		m.endTransfers(c.ID, wire.Errorf(wire.ChatClosed, "chat %q was closed", c.ID))
	}
}

// setInQueue shows the page whether the chat waits in the queue, if that changed.
func (m *Machine) setInQueue(c *replica, yes bool) {
	if c.inQueue != yes {
		c.inQueue = yes
		m.do(PatchChat{c.ID, wire.NewObject(nil).Bool("inQueue", yes).Done()})
	}
}

// patch shows the page who is in the chat, its status and its room.
func (m *Machine) patch(c *replica) {
	m.do(PatchChat{c.ID, wire.NewObject(nil).Raw("users", c.Users.JSON()).Raw("watchers", c.Watchers.JSON()).
		Str("status", c.Status.String()).Bool("closed", c.Status == chat.Closed).RawIf("room", c.Room).Done()})
}
