package core

import "parley/core/wire"

// maxFailed is how many refused messages are kept for Retry: the last ones.
const maxFailed = 100

// deferRequest keeps a stored request that the server cannot accept now. All
// stored requests wait until the server allows it and the back-off has passed, and are then sent in their
// order: the server accepts none before the one that failed.
//
//	sent --retryable refusal--> deferred --back-off--> sent
func (m *Machine) deferRequest(r *request, err *wire.Error) {
	r.sent = false
	r.maybeReceived = r.maybeReceived || err.Code != wire.CodeUnavailable && err.Code != wire.CodeTooMany && err.Code != wire.CodeNoSpace
	if !m.conn.deferred {
		m.conn.deferred = true
		m.arm(TimerRetry, seconds(err.RetryAfter)+m.options.RetryBase+jitter(m.options.RetryBase, m.options.BackoffLateCap, m.conn.retries, m.random))
		m.conn.retries++
	}
}

// resendDeferred sends the deferred requests, now that it is time. It waits for the
// answers to stored requests that are under way.
func (m *Machine) resendDeferred() {
	for _, r := range m.queue {
		if r.stored && r.sent {
			return
		}
	}
	m.conn.deferred, m.conn.retryDue = false, false
	m.flush()
}

// resetDeferred ends the waiting: a new connection sends all requests at once.
func (m *Machine) resetDeferred() {
	if m.conn.deferred {
		m.disarm(TimerRetry)
	}
	m.conn.deferred, m.conn.retryDue = false, false
}

// retry sends a pending message at once, or a refused one again.
func (m *Machine) retry(in Retry) {
	for i, r := range m.failed {
		if r.id != in.EventID {
			continue
		}
		if err := m.checkReady(); err != nil {
			m.reject(in.Call, err)
			return
		}
		m.failed = append(m.failed[:i:i], m.failed[i+1:]...)
		r.call, r.sent, r.inherited = in.Call, false, false
		m.enqueue(r)
		return
	}
	if m.pendingRequest(in.EventID) == nil {
		m.reject(in.Call, errUnknownEntry(in.EventID))
		return
	}
	switch {
	case m.conn.phase == connDown && m.session.Token != "":
		m.hint()
	case m.conn.deferred:
		m.disarm(TimerRetry)
		m.conn.retryDue = true
		m.resendDeferred()
	}
	m.settle(in.Call, wire.NewObject(nil).Str("eventId", in.EventID).Done())
}

// discard gives up a message that cannot have reached the server.
func (m *Machine) discard(in Discard) {
	for i, r := range m.failed {
		if r.id == in.EventID {
			m.failed = append(m.failed[:i:i], m.failed[i+1:]...)
			m.notifyMessage(r, "discarded", nil, nil)
			m.settle(in.Call, wire.Raw(`{"success":true}`))
			return
		}
	}
	r := m.pendingRequest(in.EventID)
	switch {
	case r == nil || !r.stored:
		m.reject(in.Call, errUnknownEntry(in.EventID))
		return
	case r.sent || r.maybeReceived:
		m.reject(in.Call, wire.Errorf(wire.MaybeSent, "the message may have reached the server already"))
		return
	}
	m.dequeue(r.id)
	m.deleteRecord(r.id)
	m.notifyMessage(r, "discarded", nil, nil)
	m.reject(r.call, wire.Errorf(wire.Discarded, "the message was discarded"))
	m.settle(in.Call, wire.Raw(`{"success":true}`))
	if m.conn.deferred { // the server may be waiting for this request; on a new connection it does not
		m.do(Hangup{m.conn.epoch})
		m.down()
		m.dial()
	}
}

func errUnknownEntry(id string) *wire.Error {
	return wire.Errorf(wire.NotPending, "no message with the eventId %q is pending or failed", id)
}

// keepFailed keeps a refused message for Retry, and drops the oldest one.
func (m *Machine) keepFailed(r *request) {
	if len(m.failed) == maxFailed {
		m.notifyMessage(m.failed[0], "discarded", nil, nil)
		m.failed = m.failed[1:]
	}
	m.failed = append(m.failed, r)
}
