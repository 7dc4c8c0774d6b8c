package core

import (
	"time"

	"parley/core/chat"
	"parley/core/wire"
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

// expire ends what has waited too long.
func (m *machine) expire() {
	if m.entry.kind != entryNone && m.entry.deadline <= m.now {
		m.giveUp()
	}
	waiting := m.queue[:0:0]
	var late []*request
	for _, r := range m.queue {
		if !r.stored && r.deadline <= m.now {
			late = append(late, r)
		} else {
			waiting = append(waiting, r)
		}
	}
	m.queue = waiting
	for _, r := range late {
		m.fail(r, wire.Errorf(wire.CodeTimeout, "%s was not answered within %s", r.event, m.options.RequestWithin))
	}
	m.move()
	for len(m.fetches) > 0 && m.fetches[0].deadline <= m.now { // they are in the order of their deadlines
		call := m.fetches[0].call
		m.fetches = m.fetches[1:]
		m.fetchEnded(call, wire.Errorf(wire.CodeTimeout, "the HTTP request was not answered within %s", m.options.RequestWithin))
	}
}

// late gives what came while the page slept, or its clock was set ahead, the time to
// get here before anything is given up: a timer that fires late tells of that.
func (m *machine) late() bool {
	m.grace = !m.grace && m.alarm != 0 && m.now-m.alarm > m.options.ProbeWait.Milliseconds()
	if m.grace {
		m.alarm = m.after(m.options.ProbeWait)
		m.arm(TimerDeadline, m.options.ProbeWait)
	}
	return m.grace
}

// watchDeadlines keeps one timer armed for the earliest deadline.
func (m *machine) watchDeadlines() {
	var first deadline
	consider := func(d deadline) {
		if first == 0 || d < first {
			first = d
		}
	}
	if m.entry.kind != entryNone {
		consider(m.entry.deadline)
	}
	for _, r := range m.queue {
		if !r.stored {
			consider(r.deadline)
			break // the queue is in the order of asking, so of deadlines
		}
	}
	if len(m.fetches) > 0 {
		consider(m.fetches[0].deadline)
	}
	for _, t := range m.transfers {
		if !t.moving && t.next > m.now {
			consider(t.next)
		}
	}
	for _, l := range m.wanted {
		if l.next > m.now {
			consider(l.next)
		}
	}
	if first == 0 || m.grace || m.alarm != 0 && m.alarm <= first {
		// No deadline, or a later one, leaves the timer as it is: when it fires it
		// finds nothing due, which is cheaper than setting it once per answer.
		return
	}
	m.alarm = first
	m.arm(TimerDeadline, time.Duration(max(first-m.now, 0))*time.Millisecond)
}
