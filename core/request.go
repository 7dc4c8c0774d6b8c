package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// request is a request to the server that has no answer yet. It is sent again,
// unchanged, on each new connection until the answer comes or its deadline passes.
type request struct {
	id            string
	event         string
	data          wire.Raw
	chatID        string       // the chat it is about, "" if none
	call          Call         // the caller that waits, 0 for none
	config        Config       // of the chat that it opens
	passThrough   bool         // the caller gets the answer's data unchanged, and no chat is opened
	stored        bool         // it is in the outbox, and has no deadline
	resync        *resyncState // the resync that it serves, nil if the page asked
	highWater     uint64       // the position known of the chat that it opens, when it was made
	deadline      deadline
	sent          bool // on the current connection
	maybeReceived bool // the server may have it: it was sent on an earlier connection, or by another page
	inherited     bool // an ended page left it
}

// ask queues a request, and sends it if the connection is open. False means that
// it was refused, and its call rejected.
func (m *Machine) ask(r *request) bool {
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

// enqueue appends a request to the queue, and sends it. If it is to be stored, that
// happens while it is under way: its id makes it harmless that the next page sends it
// again.
func (m *Machine) enqueue(r *request) {
	m.queue = append(m.queue, r)
	m.send(r)
	if r.stored {
		m.do(Persist{Key: r.id, Record: r.record(m.session, m.serverTime()), Call: r.call, Late: m.onItsWay(r)})
		m.notifyMessage(r, "pending", nil, nil)
	}
}

// onItsWay tells whether a request is with the system's network, on a connection that is
// hardly broken, since the server was heard a moment ago.
func (m *Machine) onItsWay(r *request) bool {
	const moment = 1000 // milliseconds
	return r.sent && m.conn.direct && m.now-m.conn.lastHeard < moment
}

// bytesOf gives the total size of the requests' data.
func bytesOf(queue []*request) (bytes int) {
	for _, r := range queue {
		bytes += len(r.data)
	}
	return bytes
}

// checkReady refuses requests without a session, and more than the queue may hold.
func (m *Machine) checkReady() *wire.Error {
	switch {
	case m.phase != Ready:
		return errNotInit()
	case m.session.Token == "":
		return wire.Errorf(wire.NotLoggedIn, "no user is logged in: call ICF.Lobby.init first")
	case len(m.queue) >= m.options.MaxPending || bytesOf(m.queue) >= m.options.PendingBytes:
		return wire.Errorf(wire.TooManyRequests, "the queue is full: %d requests with %d bytes wait for an answer", len(m.queue), bytesOf(m.queue))
	}
	return nil
}

// checkSize refuses a request whose frame is longer than the server's limit.
func (m *Machine) checkSize(r *request) *wire.Error {
	const around = 1024 // more than all beside data takes, but for the event that a page can name
	if len(r.data)+around < m.options.FrameBytes && len(r.event) < around/8 {
		return nil
	}
	f := r.frame()
	if size := len(f.Append(nil)); size > m.options.FrameBytes {
		return wire.Errorf(wire.RequestTooLong, "%s is %d bytes long; the limit is %d", r.event, size, m.options.FrameBytes)
	}
	return nil
}

// opensChat tells whether the request is for this event and opens its chat here.
func (r *request) opensChat(event string) bool { return r.event == event && !r.passThrough }

func (r *request) frame() wire.Frame { return wire.Frame{ID: r.id, Event: r.event, Data: r.data} }

// send sends a request if it may go now. Records left by ended pages go first,
// including those that are not yet loaded from the store.
func (m *Machine) send(r *request) {
	if m.conn.phase == connOpen && !r.sent && !(r.stored && (m.conn.deferred || m.moreStored && !r.inherited)) {
		r.sent = true
		m.sendFrame(r.frame())
	}
}

// flush sends all requests that may go now, in their order.
func (m *Machine) flush() {
	for _, r := range m.queue {
		m.send(r)
	}
}

// pendingRequest gives the request with this id, nil if none is pending.
func (m *Machine) pendingRequest(id string) *request {
	for _, r := range m.queue {
		if r.id == id {
			return r
		}
	}
	return nil
}

// dequeue removes the request with this id from the queue, if it is there.
func (m *Machine) dequeue(id string) {
	for i, r := range m.queue {
		if r.id == id {
			m.queue = append(m.queue[:i], m.queue[i+1:]...)
			return
		}
	}
}

// fail ends a request that is no longer in the queue.
func (m *Machine) fail(r *request, err *wire.Error) {
	if r.stored {
		m.deleteRecord(r.id)
	}
	if r.stored && r.event == chat.EventMessage {
		m.keepFailed(r)
		m.notifyMessage(r, "failed", nil, err)
	}
	m.refuse(r, err)
}

// refuse rejects the call of a request. Listeners hear of it too where no caller
// may be waiting: a stored request of an earlier page, or an import, which goes on
// in the background.
func (m *Machine) refuse(r *request, err *wire.Error) {
	if r.resync != nil {
		m.resyncEnded(r.resync, err)
		return
	}
	late := err.Code == wire.CodeGone && (r.event == chat.EventRead || r.event == chat.EventClose) // it would have no effect on a closed chat
	if r.stored && (r.call == 0 && !late || r.event == chat.EventImport) {
		m.notify("error", errorJSON(err, r.chatID))
	}
	if r.stored && r.event == chat.EventImport {
		m.emitToChat(r.chatID, "error", errorJSON(err, r.chatID))
	}
	m.reject(r.call, err)
}

// checkAct rejects a call whose act the chat does not allow in its present state.
// For a chat without a replica only the server can tell.
func (m *Machine) checkAct(call Call, chatID, event string) bool {
	err := m.allowed(chatID, event)
	if err != nil {
		m.reject(call, err)
	}
	return err == nil
}

func (m *Machine) allowed(chatID, event string) *wire.Error {
	if c := m.replica(chatID); c != nil && m.session.Token != "" {
		if err := chat.Check(c.Chat, m.session.ID, event); err != nil {
			return refusal(err)
		}
	}
	return nil
}

// refusal gives err as a wire.Error. chat does not wrap its errors, and errors.As would
// add 8 KB to the WebAssembly.
func refusal(err error) *wire.Error {
	if e, ok := err.(*wire.Error); ok {
		return e
	}
	return wire.Errorf(wire.Internal, "%s", err)
}

// newID makes a request's id of a time, a counter and a random number, in
// hexadecimal: ids sort by time, and no two clients make the same one.
func (m *Machine) newID() string {
	m.idCount++
	m.lastIDTime = max(m.lastIDTime, m.now)
	if m.idCount&0xffff == 0 {
		m.lastIDTime++
	}
	var id [32]byte
	hex(id[:12], uint64(m.lastIDTime))
	hex(id[12:16], m.idCount)
	hex(id[16:], m.random)
	return string(id[:])
}

// hex fills dst with the last digits of v.
func hex(dst []byte, v uint64) {
	const digits = "0123456789abcdef"
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = digits[v&15]
		v >>= 4
	}
}

// eventAccept accepts an invitation, which makes the agent a member of the chat.
const eventAccept = "invitations:accept"

// answered ends the request with this id. It drops the answer to a request that is no
// longer pending: it timed out, or a replayed push ended it.
func (m *Machine) answered(id string, a answer) {
	r := m.pendingRequest(id)
	switch {
	case r == nil && id == "":
		m.notify("error", errorJSON(a.refused, "")) // a reply without an id is an error
	case r == nil:
	case a.refused == nil:
		m.dequeue(r.id)
		m.conn.retries = 0
		m.done(r, a)
	case r.stored && a.refused.Retryable():
		m.deferRequest(r, a.refused)
	default:
		m.dequeue(r.id)
		m.fail(r, a.refused)
	}
	if m.conn.retryDue {
		m.resendDeferred()
	}
	if m.drainOnly {
		m.endIfDrained()
	}
}

// done ends a request with its answer, after applying it to the chat.
func (m *Machine) done(r *request, a answer) {
	if a.wrong != nil {
		m.fail(r, wire.Errorf(wire.BadAnswer, "the server's answer to %s: %s", r.event, a.wrong))
		return
	}
	reply := a.reply
	if r.stored {
		m.do(Persist{Key: r.id, Late: true}) // a request that is sent again has its effect once
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
		m.settle(r.call, a.data.Clone())
	}
}

// chatReceived ends a request that opens a chat, with the server's snapshot.
func (m *Machine) chatReceived(r *request, snapshot wire.Raw) {
	id, err := m.applySnapshot(snapshot, r.config, r.highWater)
	if err == nil && r.chatID != "" && id != r.chatID {
		err = wire.Errorf(wire.BadAnswer, "the server answered with chat %q instead of %q", id, r.chatID)
	}
	switch {
	case err != nil:
		m.refuse(r, err)
	case r.resync != nil:
		m.resyncEnded(r.resync, nil)
	default:
		if r.event == chat.EventCreate { // a tab that restored the session before it had a chat has removed it
			m.do(SaveSession{m.session})
		}
		m.settle(r.call, wire.AppendString(nil, id))
	}
}

// messageSent ends the request that sent a message.
func (m *Machine) messageSent(r *request, reply reply) {
	if m.ownAct(r, reply) && r.call == 0 { // an earlier page sent it: new to this page, like a message of another tab
		m.emitToChat(r.chatID, "message:received", by(r.chatID, m.session.ID).Raw("message", reply.message).Done())
	}
	m.notifyMessage(r, "sent", reply.message, nil)
	m.settle(r.call, wire.NewObject(make([]byte, 0, len(reply.message)+64)).Str("eventId", r.id).Raw("message", reply.message).Done())
}

// answer is the answer to a request.
type answer struct {
	refused *wire.Error // nil if the server has done it
	data    wire.Raw
	reply   reply // what the data have
	wrong   error // why they cannot be read
}

func readAnswer(f wire.Frame) (a answer) {
	a.refused, a.data = f.Error, f.Data
	a.reply, a.wrong = readReply(f.Data)
	return a
}

// reply is the data of a reply, as far as the core reads them.
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
		r.said, err = readMessage(r.message)
	}
	return r, err
}

// ownAct applies this client's own act to the chat: the reply takes the place of
// the push that others get. False means that there is nothing to apply, or that
// it is applied already.
func (m *Machine) ownAct(r *request, reply reply) bool {
	c := m.replica(r.chatID)
	if c == nil || reply.seq == 0 || !m.inOrder(c, reply.seq, reply.prev) {
		return false
	}
	e := chat.Entry{Seq: reply.seq, Event: r.event, EventID: r.id, By: m.session.ID}
	switch r.event {
	case chat.EventIntervene, eventAccept: // only the server knows who is in the chat now
		m.resync(c)
		return false
	case chat.EventTransfer:
		e.Data = r.data
	case chat.EventLeave:
		e.Data = wire.NewObject(nil).Str("userId", m.session.ID).Done()
	case chat.EventJoin:
		var mode string
		_ = wire.Read(r.data, "mode", &mode) // the server has accepted it, so it is a string
		e.Data = wire.NewObject(nil).Raw("user", m.user).Str("mode", mode).Done()
	}
	m.apply(c, e)
	if r.event != chat.EventImport || r.passThrough { // done adds what the page imports
		m.addToHistory(c, r.event, reply.content, "")
	}
	return true
}
