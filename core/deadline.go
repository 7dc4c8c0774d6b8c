package core

import (
	"parley/core/wire"
	"time"
)

// expire ends what has waited too long.
func (m *machine) expire() {
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
		m.fail(r, wire.Errorf(wire.CodeTimeout, "%s was not answered within %s", r.event, m.options.RequestWithin))
	}
	m.startTransfers()
	for len(m.fetches) > 0 && m.fetches[0].deadline <= m.now { // they are in the order of their deadlines
		call := m.fetches[0].call
		m.fetches = m.fetches[1:]
		m.fetchEnded(call, wire.Errorf(wire.CodeTimeout, "the HTTP request was not answered within %s", m.options.RequestWithin))
	}
}

// late gives what came while the page slept, or its clock was set ahead, the time to
// get here before anything is given up: a timer that fires late tells of that.
func (m *machine) firedLate() bool {
	m.gracePeriod = !m.gracePeriod && m.alarmAt != 0 && m.now-m.alarmAt > m.options.ProbeWait.Milliseconds()
	if m.gracePeriod {
		m.alarmAt = m.after(m.options.ProbeWait)
		m.arm(TimerDeadline, m.options.ProbeWait)
	}
	return m.gracePeriod
}

// watchDeadlines keeps one timer armed for the earliest deadline.
func (m *machine) watchDeadlines() {
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
			break // the queue is in the order of asking, so of deadlines
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
	for _, l := range m.resyncs {
		if l.notBefore > m.now {
			consider(l.notBefore)
		}
	}
	if first == 0 || m.gracePeriod || m.alarmAt != 0 && m.alarmAt <= first {
		// No deadline, or a later one, leaves the timer as it is: when it fires it
		// finds nothing due, which is cheaper than setting it once per answer.
		return
	}
	m.alarmAt = first
	m.arm(TimerDeadline, time.Duration(max(first-m.now, 0))*time.Millisecond)
}
