package core

import "parley/core/wire"

// load is a chat that is to be had from the server, because something of it was
// missed or because it was not known. It is remembered for a while, so that a chat
// whose answers, or whose pushes, never fit is not asked for at full speed.
//
//	had --missed something--> wanted --its time, and room--> asked --snapshot--> had
//	                            ^                              |
//	                            +--a failure that may pass-----+
type resyncState struct {
	chatID    string
	attempts  int // one soon after the other
	notBefore deadline
	active    bool // also while it is asked for
}

const (
	maxResyncs      = 8
	maxUnknownChats = 100 // chats that are not held, of which pushes tell
)

// reload has a chat brought up to date.
func (m *machine) resync(c *replica) {
	c.stale = true
	if c.resync == nil {
		c.resync = &resyncState{chatID: c.ID}
	}
	m.queueResync(c.resync)
}

// stranger has a chat loaded that this client did not know.
func (m *machine) resyncUnknown(chatID string) {
	for _, l := range m.unknownChats {
		if l.chatID == chatID {
			m.queueResync(l)
			return
		}
	}
	if len(m.unknownChats) == maxUnknownChats {
		if !m.longUnused(m.unknownChats[0]) {
			m.reportDefect(chatID, "the server tells of more than %d chats that are not known here", maxUnknownChats)
			return
		}
		m.unknownChats = m.unknownChats[1:]
	}
	l := &resyncState{chatID: chatID}
	m.unknownChats = append(m.unknownChats, l)
	m.queueResync(l)
}

// want asks for a chat, now or when it is time.
func (m *machine) queueResync(l *resyncState) {
	if m.longUnused(l) {
		l.attempts = 0
	}
	if !l.active {
		l.active, m.newDeadline = true, true
		m.resyncs = append(m.resyncs, l)
	}
}

// longAgo tells whether a chat has not been asked for in a while.
func (m *machine) longUnused(l *resyncState) bool {
	return !l.active && m.now-l.notBefore > m.options.BackoffYoung.Milliseconds()
}

// loadNext asks for what is wanted, in its order, as far as it is time and there is
// room. It is done once in each Step.
func (m *machine) startResyncs() {
	if m.conn.phase != connOpen {
		return
	}
	for i := 0; i < len(m.resyncs) && m.resyncsRunning < maxResyncs; {
		l := m.resyncs[i]
		if l.notBefore > m.now || m.isRequested(l.chatID) {
			i++
			continue
		}
		m.resyncs = append(m.resyncs[:i:i], m.resyncs[i+1:]...)
		if c := m.replica(l.chatID); c != nil && !c.stale { // the page's own loading has healed it
			l.active = false
			continue
		}
		m.resyncsRunning++
		l.notBefore = m.after(m.options.RetryBase + jitter(m.options.RetryBase, m.options.BackoffLateCap, l.attempts, m.random))
		l.attempts++
		m.ask(&request{event: eventGet, chatID: l.chatID, data: getData(l.chatID), highWater: m.highWater(l.chatID), resync: l})
	}
}

// isLoading tells whether the page has asked for the chat.
func (m *machine) isRequested(chatID string) bool {
	for _, r := range m.queue {
		if r.opensChat(eventGet) && r.chatID == chatID {
			return true
		}
	}
	return false
}

// loaded: the answer is here, or none came. What the server refuses for good is asked
// for again when there is news of the chat, or a new connection.
func (m *machine) resyncEnded(l *resyncState, err *wire.Error) {
	l.active = false
	m.resyncsRunning--
	c := m.replica(l.chatID)
	again := c != nil && c.stale
	if c != nil && c.resync != l {
		l.notBefore = 0 // a stranger no longer
	}
	if err != nil {
		m.notify("error", errorJSON(wire.Errorf(err.Code, "chat %q cannot be loaded: %s", l.chatID, err.Message), l.chatID))
		again = err.Retryable() || again && err.Code == wire.CodeInternal
	}
	if again {
		m.queueResync(l)
	}
}
