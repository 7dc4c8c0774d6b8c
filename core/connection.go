package core

import (
	"time"

	"parley/core/wire"
)

// connPhase is where the connection is:
//
//	down --dial--> dialing --opened--> opening --session:open answered--> open
//	  ^                 any of them --lost, bye, time-out--                |
//	  +--------------------------------------------------------------------+
type connPhase int

const (
	connDown connPhase = iota
	connDialing
	connOpening
	connOpen
)

type connection struct {
	epoch        int
	phase        connPhase
	opening      string   // id of the session:open request
	attempt      int      // failed in a row, for the back-off
	lostAt       deadline // when the connection was lost, 0 if it has held since
	redial       deadline // when the next attempt comes
	lastHint     deadline // when the page last said that it is worth trying
	hintPending  bool     // it has said so again since, too soon for another ping
	partCount    int      // of histories, in a row
	lastHeard    deadline // when the server last said anything
	code         int      // with which the last socket closed; for people, no meaning is taken from it
	awaitingPong bool     // a ping is out and nothing has been heard since

	deferred bool // what is stored waits, after an entry that the server could not take
	retryDue bool // and has waited long enough
	retries  int  // in a row
}

// Reasons why there is no connection, as pages are told.
const (
	reasonLost    = "lost"    // it broke, or could not be made
	reasonSilent  = "silent"  // the server does not answer, though the socket is open
	reasonLate    = "timeout" // it did not come about in time
	reasonServer  = "server"  // the server said goodbye
	reasonRefused = "refused" // the server cannot open sessions now
	reasonEnded   = "ended"   // the session has ended
)

// dial: down --> dialing.
func (m *machine) dial() {
	m.conn.epoch++
	m.conn.phase = connDialing
	m.disarm(TimerRedial)
	m.arm(TimerOpen, m.options.OpenWithin)
	m.do(Dial{m.conn.epoch, m.app.Socket})
	m.notifyConnection("connecting", "", 0)
}

// opened: dialing --> opening.
func (m *machine) opened() {
	if m.conn.phase != connDialing {
		return
	}
	m.conn.phase = connOpening
	m.sendFrame(m.sessionOpen())
}

// connected: opening --> open.
func (m *machine) connected() {
	m.conn.phase = connOpen
	m.disarm(TimerOpen)
	m.arm(TimerStable, m.options.StableAfter)
	m.arm(TimerHeartbeat, m.options.HeartbeatEvery)
	m.conn.lastHeard, m.conn.awaitingPong, m.conn.hintPending = m.now, false, false
	m.resetDeferred()
}

// lost: dialing, opening or open --> down; the next attempt comes after the
// back-off, or after atLeast if the server asked for more.
func (m *machine) lost(atLeast time.Duration, reason string) {
	m.down()
	if m.session.Token == "" {
		return
	}
	if m.conn.lostAt == 0 {
		m.conn.lostAt = m.now
	}
	lostFor := time.Duration(m.now-m.conn.lostAt) * time.Millisecond
	// Those whom the server sends away together come back one by one.
	delay := atLeast + m.options.backoff(m.conn.attempt, lostFor, m.random)
	m.conn.attempt++
	m.conn.redial = m.after(delay)
	m.arm(TimerRedial, delay)
	m.notifyConnection("waiting", reason, m.wall+delay.Milliseconds())
}

// giveUpConnection: any but down --> down, by us; it is tried again.
func (m *machine) giveUpConnection(reason string) {
	m.do(Hangup{m.conn.epoch})
	m.lost(0, reason)
}

// hangup: any --> down, by us.
func (m *machine) hangup() {
	if m.conn.phase == connDown {
		m.disarm(TimerRedial)
		return
	}
	m.do(Hangup{m.conn.epoch})
	m.down()
	m.notifyConnection("closed", reasonEnded, 0)
}

func (m *machine) down() {
	m.conn.phase = connDown
	m.disarm(TimerOpen)
	m.disarm(TimerStable)
	m.disarm(TimerHeartbeat)
	m.resetDeferred()
	for _, r := range m.queue {
		r.sent, r.maybeReceived = false, r.maybeReceived || r.sent
	}
	for _, c := range m.chats { // snapshots come anew
		c.missed, c.foundLast = nil, false
	}
	m.conn.partCount = 0
}

func (m *machine) fired(t Timer) {
	switch t {
	case TimerRedial:
		if m.conn.phase == connDown && m.session.Token != "" {
			m.dial()
		}
	case TimerOpen:
		if m.conn.phase == connDialing || m.conn.phase == connOpening {
			m.giveUpConnection(reasonLate)
		}
	case TimerStable:
		if m.conn.phase == connOpen {
			m.conn.attempt, m.conn.lostAt = 0, 0
		}
	case TimerHeartbeat:
		m.heartbeat()
	case TimerRetry:
		if m.conn.deferred {
			m.conn.retryDue = true
			m.resendDeferred()
		}
	case TimerDeadline:
		m.newDeadline = true
		if !m.firedLate() {
			m.alarmAt = 0
			m.expire()
		}
	}
}

// heartbeat pings after a silence, and gives the connection up when the ping
// stays unanswered: a half-open socket reports nothing by itself. Any frame
// proves life. Timers of hidden pages run late, so that silence is judged by the
// probe and never by the clock alone.
func (m *machine) heartbeat() {
	if m.conn.phase != connOpen {
		return
	}
	if m.conn.awaitingPong {
		m.giveUpConnection(reasonSilent)
		return
	}
	if m.conn.hintPending {
		m.conn.hintPending = false
		m.hint()
		return
	}
	every := m.options.HeartbeatEvery
	if silent := time.Duration(m.now-m.conn.lastHeard) * time.Millisecond; silent < every {
		m.arm(TimerHeartbeat, every-silent)
		return
	}
	m.probe(m.options.HeartbeatWait)
}

// probe pings and waits.
func (m *machine) probe(wait time.Duration) {
	m.conn.awaitingPong = true
	m.sendFrame(wire.Frame{Event: wire.EventPing})
	m.arm(TimerHeartbeat, wait)
}

// page: what the browser says of the network is a hint, the probe is the proof.
func (m *machine) page(e PageEvent) {
	if e == PageHidden { // it may be the last that is heard of it: what waits for the store goes now
		m.stored(m.writes)
	}
	if e != PageOnline && e != PageVisible || m.session.Token == "" {
		return
	}
	m.hint()
}

// hint: it is worth trying at once, as the wait was for a network that was away, or
// somebody asks for it. That may be said many times a second: more than one attempt, or
// ping, in a while comes of it only when that has passed, and the back-off begins
// anew only when the last hint is long ago.
func (m *machine) hint() {
	next := m.conn.lastHint + m.options.ProbeWait.Milliseconds()
	soon := time.Duration(next-m.now) * time.Millisecond
	switch {
	case m.conn.phase == connDown && soon > 0:
		if next < m.conn.redial {
			m.conn.redial = next
			m.arm(TimerRedial, soon)
		}
	case m.conn.phase == connDown:
		if m.now-m.conn.lastHint >= m.options.BackoffYoung.Milliseconds() {
			m.conn.attempt = 0
		}
		m.conn.lastHint = m.now
		m.dial()
	case m.conn.phase != connOpen || m.conn.awaitingPong || m.conn.hintPending:
	case soon > 0:
		m.conn.hintPending = true
		m.arm(TimerHeartbeat, soon)
	default:
		m.conn.lastHint = m.now
		m.probe(m.options.ProbeWait)
	}
}

// bye is the server's last word; it leaves the closing to us.
func (m *machine) bye(data wire.Raw) {
	var retryAfter uint64 // seconds
	if err := wire.Read(data, "retryAfter", &retryAfter); err != nil {
		retryAfter = 0 // a bye is a bye, whatever it says
	}
	m.do(Hangup{m.conn.epoch})
	m.lost(time.Duration(min(retryAfter, 3600))*time.Second, reasonServer)
}

// tellConnection tells of the connection's state; next is when the next attempt
// comes, in unix milliseconds, 0 for none.
func (m *machine) notifyConnection(state, reason string, next int64) {
	o := wire.NewObject(nil).Str("state", state).StrIf("reason", reason).Int("code", int64(m.conn.code))
	if next > 0 {
		o.Int("nextTry", next)
	}
	m.notify("connection", o.Done())
}
