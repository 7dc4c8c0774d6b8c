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
	id            string
	event         string
	data          wire.Raw
	chatID        string       // of the chat it is about, "" if none
	call          Call         // who waits, 0 for nobody
	config        Config       // of a chat to be held
	passThrough   bool         // the caller gets the answer's data as they are, and no chat is held for it
	stored        bool         // it is in the outbox and has no deadline of its own
	write         uint64       // the last write of the store before it, which it waits for
	resync        *resyncState // that it is for, nil if the page asked
	highWater     uint64       // of a chat to be held, the position that was known when it was asked for
	deadline      deadline
	sent          bool // on the connection of now
	maybeReceived bool // the server may have it: it was sent on another connection, or by another page
	inherited     bool // a page that has ended left it
}

// ask queues a request, and sends it if there is a connection; false means that
// it was refused and its call rejected.
func (m *machine) ask(r *request) bool {
	if err := m.checkReady(); err != nil {
		m.refuse(r, err)
		return false
	}
	m.drainOnly = false
	r.id = m.newID()
	if err := m.checkSize(r); err != nil {
		m.refuse(r, err)
		return false
	}
	if !r.stored {
		r.deadline, m.newDeadline = m.after(m.options.RequestWithin), true
	}
	m.enqueue(r)
	return true
}

// enqueue puts a request behind the others, and into the store if it belongs there.
func (m *machine) enqueue(r *request) {
	m.queue = append(m.queue, r)
	if r.stored {
		m.writes++
		m.do(Persist{r.id, r.record(m.session, m.wall), r.call, m.writes})
		m.notifyMessage(r, "pending", nil, nil)
	}
	r.write = m.writes
	m.send(r)
}

// bytesOf gives how many bytes the data of requests are.
func bytesOf(queue []*request) (bytes int) {
	for _, r := range queue {
		bytes += len(r.data)
	}
	return bytes
}

func (m *machine) checkReady() *wire.Error {
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
func (m *machine) checkSize(r *request) *wire.Error {
	f := r.frame()
	if size := len(f.Append(nil)); size > m.options.FrameBytes {
		return wire.Errorf(wire.CodeTooLarge, "%s is %d bytes long, the limit is %d", r.event, size, m.options.FrameBytes)
	}
	return nil
}

// holds tells whether the request is this one and its chat is to be held.
func (r *request) opensChat(event string) bool { return r.event == event && !r.passThrough }

func (r *request) frame() wire.Frame { return wire.Frame{ID: r.id, Event: r.event, Data: r.data} }

// send sends a request, unless it is not its turn yet: what is to outlive the page
// is in the store first, and nothing overtakes it; what ended pages left was there
// before it, the part too that still is in the store alone.
func (m *machine) send(r *request) {
	if m.conn.phase == connOpen && !r.sent && r.write <= m.writesDone && !(r.stored && (m.conn.deferred || m.moreStored && !r.inherited)) {
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
func (m *machine) pendingRequest(id string) *request {
	for _, r := range m.queue {
		if r.id == id {
			return r
		}
	}
	return nil
}

// take removes the request with this id from the queue.
func (m *machine) dequeue(id string) *request {
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
		m.deleteRecord(r.id)
	}
	if r.stored && r.event == chat.EventMessage {
		m.keepFailed(r)
		m.notifyMessage(r, "failed", nil, err)
	}
	m.refuse(r, err)
}

// refuse tells that a request has failed. What is stored may be from an earlier
// page, so that nobody waits for it, and an import goes on in the background:
// listeners are told.
func (m *machine) refuse(r *request, err *wire.Error) {
	if r.resync != nil {
		m.resyncEnded(r.resync, err)
		return
	}
	late := err.Code == wire.CodeGone && (r.event == chat.EventRead || r.event == chat.EventClose) // it has no use any more
	if r.stored && (r.call == 0 && !late || r.event == chat.EventImport) {
		m.notify("error", errorJSON(err, r.chatID))
	}
	if r.stored && r.event == chat.EventImport {
		m.emitToChat(r.chatID, "error", errorJSON(err, r.chatID))
	}
	m.reject(r.call, err)
}

// check refuses an act that the chat as it stands does not allow. A chat that
// is not held is for the server to judge.
func (m *machine) checkAct(call Call, chatID, event string) bool {
	err := m.allowed(chatID, event)
	if err != nil {
		m.reject(call, err)
	}
	return err == nil
}

func (m *machine) allowed(chatID, event string) *wire.Error {
	if c := m.replica(chatID); c != nil && m.session.Token != "" {
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
	m.idCount++
	m.lastIDTime = max(m.lastIDTime, m.now)
	if m.idCount&0xffff == 0 {
		m.lastIDTime++
	}
	return hex(uint64(m.lastIDTime), 12) + hex(m.idCount&0xffff, 4) + hex(m.random, 16)
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
	r := m.pendingRequest(f.ID)
	switch {
	case r == nil && f.ID == "":
		m.notify("error", errorJSON(f.Error, "")) // without an id, only an error is a reply
	case r == nil:
	case f.Error == nil:
		m.dequeue(r.id)
		m.conn.retries = 0
		m.done(r, f.Data)
	case r.stored && f.Error.Retryable():
		m.deferRequest(r, f.Error)
	default:
		m.dequeue(r.id)
		m.fail(r, f.Error)
	}
	if m.conn.retryDue {
		m.resendDeferred()
	}
	if m.drainOnly {
		m.endIfDrained()
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
	if r.passThrough {
		event = ""
	}
	switch event {
	case chat.EventCreate, eventGet:
		m.chatReceived(r, reply.chat)
	case chat.EventMessage:
		m.messageSent(r, reply)
	case chat.EventImport:
		m.ownAct(r, reply)
		if m.replica(r.chatID) != nil && reply.history != nil {
			m.do(AppendMessages{r.chatID, r.id, reply.history})
		}
		m.settle(r.call, nil)
	default:
		m.ownAct(r, reply)
		m.settle(r.call, bytes.Clone(data))
	}
}

// chatReceived ends a request for a chat with the server's snapshot of it.
func (m *machine) chatReceived(r *request, snapshot wire.Raw) {
	id, err := m.applySnapshot(snapshot, r.config, r.highWater)
	if err == nil && r.chatID != "" && id != r.chatID {
		err = wire.Errorf(wire.CodeInternal, "the server gave chat %q for it", id)
	}
	switch {
	case err != nil:
		m.refuse(r, err)
	case r.resync != nil:
		m.resyncEnded(r.resync, nil)
	default:
		m.settle(r.call, wire.AppendString(nil, id))
	}
}

// messageSent ends the request of a message.
func (m *machine) messageSent(r *request, reply reply) {
	if m.ownAct(r, reply) && r.call == 0 { // from an earlier page: to this one it is news, as from another tab
		m.emitToChat(r.chatID, "message:received", by(r.chatID, m.session.ID).Raw("message", reply.message).Done())
	}
	m.notifyMessage(r, "sent", reply.message, nil)
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
	c := m.replica(r.chatID)
	if c == nil || reply.seq == 0 || !m.inOrder(c, reply.seq, reply.prev) {
		return false
	}
	e := chat.Entry{Seq: reply.seq, Event: r.event, EventID: r.id, By: m.session.ID}
	switch r.event {
	case chat.EventIntervene, eventAccept: // who is in the chat now is for the server to say
		m.resync(c)
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
	if r.event != chat.EventImport || r.passThrough { // done adds what the page imported
		m.addToHistory(c, r.event, reply.content, "")
	}
	return true
}
