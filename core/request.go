package core

import (
	"bytes"
	"parley/core/chat"
	"parley/core/wire"
	"strconv"
)

// request is one that waits for its answer. It is sent again, unchanged, on
// each new connection until the answer comes or its deadline passes.
type request struct {
	id       string
	event    string
	data     wire.Raw
	chatID   string // of the chat it is about, "" if none
	call     Call   // who waits, 0 for nobody
	config   Config // of a chat to be held
	whole    bool   // the caller gets the answer's data as they are, and no chat is held for it
	stored   bool   // it is in the outbox and has no deadline of its own
	write    uint64 // the last write of the store before it, which it waits for
	load     *load  // that it is for, nil if the page asked
	reach    uint64 // of a chat to be held, the position that was known when it was asked for
	deadline deadline
	sent     bool // on the connection of now
	unsure   bool // the server may have it: it was sent on another connection, or by another page
	earlier  bool // a page that has ended left it
}

// ask queues a request, and sends it if there is a connection; false means that
// it was refused and its call rejected.
func (m *machine) ask(r *request) bool {
	if err := m.mayAsk(); err != nil {
		m.refuse(r, err)
		return false
	}
	m.leftover = false
	r.id = m.newID()
	if err := m.tooLong(r); err != nil {
		m.refuse(r, err)
		return false
	}
	if !r.stored {
		r.deadline, m.due = m.after(m.options.RequestWithin), true
	}
	m.enqueue(r)
	return true
}

// enqueue puts a request behind the others, and into the store if it belongs there.
func (m *machine) enqueue(r *request) {
	m.queue = append(m.queue, r)
	if r.stored {
		m.written++
		m.do(Persist{r.id, r.record(m.session, m.wall), r.call, m.written})
		m.tellMessage(r, "pending", nil, nil)
	}
	r.write = m.written
	m.send(r)
}

// bytesOf gives how many bytes the data of requests are.
func bytesOf(queue []*request) (bytes int) {
	for _, r := range queue {
		bytes += len(r.data)
	}
	return bytes
}

func (m *machine) mayAsk() *wire.Error {
	switch {
	case m.phase != Ready:
		return errNotInit()
	case m.session.Token == "":
		return wire.Errorf(wire.CodeUnauthorized, "no user is logged in: call ICF.Lobby.init first")
	case len(m.queue) >= m.options.MaxPending || bytesOf(m.queue) >= m.options.PendingBytes:
		return wire.Errorf(wire.CodeTooMany, "%d requests wait for an answer already, of %d bytes", len(m.queue), bytesOf(m.queue))
	}
	return nil
}

// tooLong refuses what the server would not read.
func (m *machine) tooLong(r *request) *wire.Error {
	f := r.frame()
	if size := len(f.Append(nil)); size > m.options.FrameBytes {
		return wire.Errorf(wire.CodeTooLarge, "%s is %d bytes long, the limit is %d", r.event, size, m.options.FrameBytes)
	}
	return nil
}

// holds tells whether the request is this one and its chat is to be held.
func (r *request) holds(event string) bool { return r.event == event && !r.whole }

func (r *request) frame() wire.Frame { return wire.Frame{ID: r.id, Event: r.event, Data: r.data} }

// send sends a request, unless it is not its turn yet: what is to outlive the page
// is in the store first, and nothing overtakes it; what ended pages left was there
// before it, the part too that still is in the store alone.
func (m *machine) send(r *request) {
	if m.conn.phase == connOpen && !r.sent && r.write <= m.kept && !(r.stored && (m.conn.putOff || m.more && !r.earlier)) {
		r.sent = true
		m.sendFrame(r.frame())
	}
}

// flush sends what waits, in order.
func (m *machine) flush() {
	for _, r := range m.queue {
		m.send(r)
	}
}

// waiting gives the request with this id, nil if it does not wait for an answer.
func (m *machine) waiting(id string) *request {
	for _, r := range m.queue {
		if r.id == id {
			return r
		}
	}
	return nil
}

// take removes the request with this id from the queue.
func (m *machine) take(id string) *request {
	for i, r := range m.queue {
		if r.id == id {
			m.queue = append(m.queue[:i], m.queue[i+1:]...)
			return r
		}
	}
	return nil
}

// fail ends a request that is no longer in the queue.
func (m *machine) fail(r *request, err *wire.Error) {
	if r.stored {
		m.remove(r.id)
	}
	if r.stored && r.event == chat.EventMessage {
		m.keepFailed(r)
		m.tellMessage(r, "failed", nil, err)
	}
	m.refuse(r, err)
}

// refuse tells that a request has failed. What is stored may be from an earlier
// page, so that nobody waits for it, and an import goes on in the background:
// listeners are told.
func (m *machine) refuse(r *request, err *wire.Error) {
	if r.load != nil {
		m.loaded(r.load, err)
		return
	}
	late := err.Code == wire.CodeGone && (r.event == chat.EventRead || r.event == chat.EventClose) // it has no use any more
	if r.stored && (r.call == 0 && !late || r.event == chat.EventImport) {
		m.tell("error", errorJSON(err, r.chatID))
	}
	if r.stored && r.event == chat.EventImport {
		m.toChat(r.chatID, "error", errorJSON(err, r.chatID))
	}
	m.reject(r.call, err)
}

// check refuses an act that the chat as it stands does not allow. A chat that
// is not held is for the server to judge.
func (m *machine) check(call Call, chatID, event string) bool {
	err := m.allowed(chatID, event)
	if err != nil {
		m.reject(call, err)
	}
	return err == nil
}

func (m *machine) allowed(chatID, event string) *wire.Error {
	if c := m.held(chatID); c != nil && m.session.Token != "" {
		if err := chat.Check(c.Chat, m.session.ID, event); err != nil {
			return refusal(err)
		}
	}
	return nil
}

func refusal(err error) *wire.Error {
	if e, ok := err.(*wire.Error); ok {
		return e
	}
	return wire.Errorf(wire.CodeInternal, "%s", err)
}

// newID makes a request's id: time, count and chance in hexadecimal, so that ids
// sort by time and no two clients make the same.
func (m *machine) newID() string {
	m.made++
	m.top = max(m.top, m.now)
	if m.made&0xffff == 0 {
		m.top++
	}
	return hex(uint64(m.top), 12) + hex(m.made&0xffff, 4) + hex(m.random, 16)
}

func hex(v uint64, width int) string {
	const zeros = "0000000000000000"
	s := strconv.FormatUint(v, 16)
	if len(s) >= width {
		return s
	}
	return zeros[:width-len(s)] + s
}

// eventAccept takes an invitation, which makes the agent a member.
const eventAccept = "invitations:accept"

// answered ends the request that the reply names. A reply to what waits no
// longer, after a time-out or because a replay told of it first, is dropped.
func (m *machine) answered(f wire.Frame) {
	r := m.waiting(f.ID)
	switch {
	case r == nil && f.ID == "":
		m.tell("error", errorJSON(f.Error, "")) // without an id, only an error is a reply
	case r == nil:
	case f.Error == nil:
		m.take(r.id)
		m.conn.retries = 0
		m.done(r, f.Data)
	case r.stored && f.Error.Retryable():
		m.putOff(r, f.Error)
	default:
		m.take(r.id)
		m.fail(r, f.Error)
	}
	if m.conn.retryDue {
		m.sendAgain()
	}
	if m.leftover {
		m.leftoverSent()
	}
}

// done ends a request with its answer, after the chat has applied what it did.
func (m *machine) done(r *request, data wire.Raw) {
	reply, err := readReply(data)
	if err != nil {
		m.fail(r, wire.Errorf(wire.CodeInternal, "the server's answer to %s: %s", r.event, err))
		return
	}
	if r.stored {
		m.do(Persist{Key: r.id}) // late is harmless: sent again, it has its effect once
	}
	event := r.event
	if r.whole {
		event = ""
	}
	switch event {
	case chat.EventCreate, eventGet:
		m.chatReceived(r, reply.chat)
	case chat.EventMessage:
		m.messageSent(r, reply)
	case chat.EventImport:
		m.ownAct(r, reply)
		if m.held(r.chatID) != nil && reply.history != nil {
			m.do(Said{r.chatID, r.id, reply.history})
		}
		m.settle(r.call, nil)
	default:
		m.ownAct(r, reply)
		m.settle(r.call, bytes.Clone(data))
	}
}

// chatReceived ends a request for a chat with the server's snapshot of it.
func (m *machine) chatReceived(r *request, snapshot wire.Raw) {
	id, err := m.adopt(snapshot, r.config, r.reach)
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
}

// messageSent ends the request of a message.
func (m *machine) messageSent(r *request, reply reply) {
	if m.ownAct(r, reply) && r.call == 0 { // from an earlier page: to this one it is news, as from another tab
		m.toChat(r.chatID, "message:received", by(r.chatID, m.session.ID).Raw("message", reply.message).Done())
	}
	m.tellMessage(r, "sent", reply.message, nil)
	m.settle(r.call, wire.NewObject(nil).Str("eventId", r.id).Raw("message", reply.message).Done())
}

type reply struct {
	content
	seq, prev uint64
	chat      wire.Raw
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
	if r.event != chat.EventImport || r.whole { // done adds what the page imported
		m.record(c, r.event, reply.content, "")
	}
	return true
}
