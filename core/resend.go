package core

import (
	"parley/core/wire"
)

// Messages that were refused stay at hand in this page, the last of them.
const maxFailed = 100

// putOff keeps a stored request that the server cannot take now. Nothing stored is
// sent until it is time to try again; then all of it is, in its order, as the
// server lets nothing past what has failed.
//
//	sent --retryable refusal--> put off --back-off--> sent
func (m *machine) deferRequest(r *request, err *wire.Error) {
	r.sent = false
	r.maybeReceived = r.maybeReceived || err.Code != wire.CodeUnavailable && err.Code != wire.CodeTooMany
	if !m.conn.deferred {
		m.conn.deferred = true
		m.arm(TimerRetry, m.options.RetryBase+jitter(m.options.RetryBase, m.options.BackoffLateCap, m.conn.retries, m.random))
		m.conn.retries++
	}
}

// sendAgain sends what was put off, now that it is time, unless the server has yet
// to answer stored requests that were sent.
func (m *machine) resendDeferred() {
	for _, r := range m.queue {
		if r.stored && r.sent {
			return
		}
	}
	m.conn.deferred, m.conn.retryDue = false, false
	m.flush()
}

// notPutOff: a new connection begins with what has not got through.
func (m *machine) resetDeferred() {
	if m.conn.deferred {
		m.disarm(TimerRetry)
	}
	m.conn.deferred, m.conn.retryDue = false, false
}

// retry: the page does not want to wait any longer, or asks again for what was
// refused.
func (m *machine) retry(in Retry) {
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

// discard gives up a message that the server cannot have.
func (m *machine) discard(in Discard) {
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
		m.reject(in.Call, wire.Errorf(wire.CodeConflict, "the message may have reached the server already"))
		return
	}
	m.dequeue(r.id)
	m.deleteRecord(r.id)
	given := wire.Errorf(wire.CodeDiscarded, "the message was discarded")
	m.notifyMessage(r, "discarded", nil, nil)
	m.reject(r.call, given)
	m.settle(in.Call, wire.Raw(`{"success":true}`))
	if m.conn.deferred { // the server may wait for this very one; a new connection begins anew
		m.do(Hangup{m.conn.epoch})
		m.down()
		m.dial()
	}
}

func errUnknownEntry(id string) *wire.Error {
	return wire.Errorf(wire.CodeNotFound, "nothing with the eventId %q waits", id)
}

func (m *machine) keepFailed(r *request) {
	if len(m.failed) == maxFailed {
		m.notifyMessage(m.failed[0], "discarded", nil, nil)
		m.failed = m.failed[1:]
	}
	m.failed = append(m.failed, r)
}
