package core

import (
	"time"

	"parley/core/wire"
)

// expire ends logins, requests and fetches whose deadline has passed.
func (m *Machine) expire() {
	if m.pendingLogin.kind != loginNone && m.pendingLogin.deadline <= m.now {
		m.loginTimedOut()
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
		m.fail(r, wire.Errorf(wire.NoAnswer, "the server did not answer %s within %s", r.event, m.options.RequestWithin))
	}
	m.endOverdueUploads()
	m.startTransfers()
	for len(m.fetches) > 0 && m.fetches[0].deadline <= m.now { // sorted by deadline
		call := m.fetches[0].call
		m.fetches = m.fetches[1:]
		m.fetchEnded(call, wire.Errorf(wire.NoAnswer, "the server did not answer the HTTP request within %s", m.options.RequestWithin))
	}
}

// firedLate tells whether the deadline timer has fired late, which means that the
// page slept or its clock was set ahead. It then starts a grace period, so that
// what arrived meanwhile is handled before anything expires.
func (m *Machine) firedLate() bool {
	m.gracePeriod = !m.gracePeriod && m.alarmAt != 0 && m.now-m.alarmAt > m.options.ProbeWait.Milliseconds()
	if m.gracePeriod {
		m.alarmAt = m.after(m.options.ProbeWait)
		m.arm(TimerDeadline, m.options.ProbeWait)
	}
	return m.gracePeriod
}

// watchDeadlines keeps one timer armed for the earliest deadline.
func (m *Machine) watchDeadlines() {
	var first deadline
	consider := func(d deadline) {
		if first == 0 || d < first {
			first = d
		}
	}
	if m.pendingLogin.kind != loginNone {
		consider(m.pendingLogin.deadline)
	}
	for _, r := range m.queue {
		if !r.stored {
			consider(r.deadline)
			break // the queue is sorted by deadline
		}
	}
	if len(m.fetches) > 0 {
		consider(m.fetches[0].deadline)
	}
	for _, t := range m.transfers {
		if !t.active && t.notBefore > m.now {
			consider(t.notBefore)
		}
	}
	for _, s := range m.resyncs {
		if s.notBefore > m.now {
			consider(s.notBefore)
		}
	}
	if first == 0 || m.gracePeriod || m.alarmAt != 0 && m.alarmAt <= first {
		// The timer stays as it is when there is no deadline or a later one. It then
		// finds nothing due, which costs less than setting it for each answer.
		return
	}
	m.alarmAt = first
	m.arm(TimerDeadline, time.Duration(max(first-m.now, 0))*time.Millisecond)
}
