package core

import (
	"time"

	"parley/core/wire"
)

// connPhase is the phase of the connection:
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
	carrier
	epoch        int
	phase        connPhase
	opening      string   // id of the session:open request
	attempt      int      // how many attempts failed in a row, for the back-off
	lostAt       deadline // when the connection was lost, 0 if it has been stable since
	redial       deadline // when the next attempt begins
	notBefore    deadline // when the server allows one, of which hints know nothing
	lastHint     deadline // when a hint last caused an attempt or a ping
	hintPending  bool     // there was another hint, too soon for another ping
	partCount    int      // how many parts of histories came in a row
	lastHeard    deadline // when the last frame came
	code         int      // the close code of the last socket, which is only shown
	away         bool     // the page is in the browser's cache: it has no connection
	direct       bool     // what is sent is at once with the network of the system
	awaitingPong bool     // a ping was sent, and no frame has come since

	deferred bool // stored requests wait, because the server could not accept one
	retryDue bool // the back-off of deferred requests has passed
	retries  int  // how often they were deferred in a row
}

// Reasons why there is no connection, as pages see them.
const (
	reasonLost    = "lost"    // the connection broke, or could not be made
	reasonSilent  = "silent"  // the socket is open, but the server does not answer
	reasonLate    = "timeout" // the session did not open in time
	reasonServer  = "server"  // the server sent bye
	reasonRefused = "refused" // the server cannot open sessions now
	reasonMoved   = "moved"   // another tab has the socket now, or is to have it
	reasonLeft    = "left"    // the user has left the page, and may come back to it
	reasonEnded   = "ended"   // the session has ended
)

// dial: down --> dialing. A page that was left dials when it is shown again.
func (m *Machine) dial() {
	if m.conn.away {
		return
	}
	m.conn.epoch++
	m.conn.phase = connDialing
	m.disarm(TimerRedial)
	transport, within := m.conn.choose(m.now, m.options)
	m.arm(TimerOpen, within)
	m.do(Dial{m.conn.epoch, m.app.address(transport), transport})
	m.notifyConnection("connecting", "", 0)
}

// opened: dialing --> opening.
func (m *Machine) opened() {
	if m.conn.phase != connDialing {
		return
	}
	m.conn.phase = connOpening
	m.sendFrame(m.sessionOpen())
}

// connected: opening --> open.
func (m *Machine) connected() {
	m.conn.phase, m.conn.openedAt = connOpen, m.now
	m.disarm(TimerOpen)
	m.arm(TimerStable, m.options.StableAfter)
	m.arm(TimerHeartbeat, m.options.HeartbeatEvery)
	m.conn.lastHeard, m.conn.awaitingPong, m.conn.hintPending = m.now, false, false
	m.resetDeferred()
}

// lost: dialing, opening or open --> down. The next attempt begins after atLeast,
// which is what the server asked for, and the back-off.
func (m *Machine) lost(atLeast time.Duration, reason string) {
	if reason != reasonMoved || m.conn.phase != connDialing { // else it was no attempt yet
		m.conn.ended(m.now, reason == reasonServer || reason == reasonRefused || reason == reasonMoved)
	}
	m.down()
	if m.session.Token == "" {
		return
	}
	if m.conn.lostAt == 0 {
		m.conn.lostAt = m.now
	}
	lostFor := time.Duration(m.now-m.conn.lostAt) * time.Millisecond
	// The back-off is added, so that clients that are sent away together come back one by one.
	delay := atLeast + m.options.backoff(m.conn.attempt, lostFor, m.random)
	if reason == reasonMoved && m.conn.attempt == 0 {
		delay = 0 // the server is well, and only the tabs of one browser come back
	}
	m.conn.attempt++
	m.conn.redial = m.after(delay)
	m.arm(TimerRedial, delay)
	m.notifyConnection("waiting", reason, m.wall+delay.Milliseconds())
}

// refused is lost, by a server that allows another attempt after so many seconds.
func (m *Machine) refused(retryAfter uint64, reason string) {
	wait := seconds(retryAfter)
	m.conn.notBefore = m.after(wait)
	m.lost(wait, reason)
}

// seconds is a wait that the server asks for: an hour at most, since it may be mistaken.
func seconds(retryAfter uint64) time.Duration {
	return time.Duration(min(retryAfter, 3600)) * time.Second
}

// giveUpConnection: dialing, opening or open --> down, by us. Another attempt follows.
func (m *Machine) giveUpConnection(reason string) {
	m.do(Hangup{m.conn.epoch})
	m.lost(0, reason)
}

// hangup: any --> down, by us. No attempt follows.
func (m *Machine) hangup() {
	if m.conn.phase == connDown {
		m.disarm(TimerRedial)
		return
	}
	m.do(Hangup{m.conn.epoch})
	m.down()
	m.notifyConnection("closed", reasonEnded, 0)
}

// down does what every end of a connection brings.
func (m *Machine) down() {
	m.conn.phase = connDown
	m.disarm(TimerOpen)
	m.disarm(TimerStable)
	m.disarm(TimerHeartbeat)
	m.resetDeferred()
	for _, r := range m.queue {
		r.sent, r.maybeReceived = false, r.maybeReceived || r.sent
	}
	for _, c := range m.chats { // the next connection begins each snapshot again
		c.missed, c.foundLast = nil, false
	}
	m.conn.partCount = 0
}

func (m *Machine) fired(t Timer) {
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

// heartbeat pings after a silence, and gives the connection up if the ping is not
// answered: a half-open socket reports no error. Any frame counts as an answer.
// Silence alone proves nothing, because timers of hidden pages run late.
func (m *Machine) heartbeat() {
	if m.conn.phase != connOpen {
		return
	}
	if m.conn.awaitingPong {
		m.giveUpConnection(reasonSilent)
		return
	}
	if len(m.queue) == 0 && m.conn.returns(m.now) {
		m.do(Hangup{m.conn.epoch})
		m.down()
		m.dial()
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

// probe pings, and has the next heartbeat come after wait.
func (m *Machine) probe(wait time.Duration) {
	m.conn.awaitingPong = true
	m.sendFrame(wire.Frame{Event: wire.EventPing})
	m.arm(TimerHeartbeat, wait)
}

// page handles changes of the page. What the browser says about the network is
// only a hint to try.
func (m *Machine) page(e PageEvent) {
	switch e {
	case PageLeft:
		m.leavePage()
	case PageBack:
		m.returnToPage()
	}
	if e == PageOnline {
		m.conn.networkChanged()
	}
	if e != PageOnline && e != PageVisible || m.session.Token == "" {
		return
	}
	m.hint()
}

// leavePage: any --> down. The browser would keep the socket of a page that it has
// frozen, and answer for it, so that the user would seem to be there.
func (m *Machine) leavePage() {
	m.conn.away = true
	m.disarm(TimerRedial)
	if m.conn.phase == connOpen {
		m.conn.ended(m.now, true)
	}
	if m.conn.phase != connDown {
		m.do(Hangup{m.conn.epoch})
		m.down()
	}
	if m.session.Token != "" {
		m.notifyConnection("waiting", reasonLeft, 0)
	}
}

// returnToPage: down --> dialing, after leavePage.
func (m *Machine) returnToPage() {
	m.conn.away = false
	if m.session.Token != "" && m.conn.phase == connDown {
		m.conn.attempt, m.conn.lostAt = 0, 0
		m.dial()
	}
}

// hint tries at once: it dials if the connection is down, and pings if it is open.
// Hints may come many times a second, so that they cause at most one attempt or
// ping every ProbeWait. The back-off is reset only if the last hint is older than
// BackoffYoung.
func (m *Machine) hint() {
	next := max(m.conn.notBefore, m.conn.lastHint+m.options.ProbeWait.Milliseconds())
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

// bye handles the server's last frame, after which this side closes.
func (m *Machine) bye(data wire.Raw) {
	var retryAfter uint64 // seconds
	if err := wire.Read(data, "retryAfter", &retryAfter); err != nil {
		retryAfter = 0 // hang up all the same
	}
	m.do(Hangup{m.conn.epoch})
	m.lost(seconds(retryAfter), reasonServer)
}

// notifyConnection emits the state of the connection. next is when the next attempt
// begins, in unix milliseconds, 0 for none.
func (m *Machine) notifyConnection(state, reason string, next int64) {
	o := wire.NewObject(nil).Str("state", state).StrIf("reason", reason).Int("code", int64(m.conn.code))
	if next > 0 {
		o.Int("nextTry", next)
	}
	m.notify("connection", o.Str("transport", string(m.conn.transport)).Done())
}
