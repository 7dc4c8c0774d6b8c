package core

import "parley/core/wire"

// resyncState is the loading of a chat from the server, because something of it was
// missed or because it has no replica. It is kept for a while after its end, so that
// a chat that is never in order, whatever the server answers, is loaded with a
// back-off.
//
//	idle --something missed--> waiting --time and room--> requested --snapshot--> idle
//	                              ^                            |
//	                              +--an error that may pass----+
type resyncState struct {
	chatID    string
	attempts  int      // in a row, for the back-off
	notBefore deadline // the next attempt comes no earlier
	active    bool     // waiting or requested
}

const (
	maxResyncs      = 8   // requested at once
	maxUnknownChats = 100 // chats without a replica that pushes were about
)

// resync marks a replica as stale and has the chat loaded.
func (m *Machine) resync(c *replica) {
	c.stale = true
	if c.resync == nil {
		c.resync = &resyncState{chatID: c.ID}
	}
	m.queueResync(c.resync)
}

// resyncUnknown has a chat loaded that has no replica.
func (m *Machine) resyncUnknown(chatID string) {
	for _, s := range m.unknownChats {
		if s.chatID == chatID {
			m.queueResync(s)
			return
		}
	}
	if len(m.unknownChats) == maxUnknownChats {
		if !m.longUnused(m.unknownChats[0]) {
			m.reportDefect(chatID, "the server sent pushes of more than %d unknown chats", maxUnknownChats)
			return
		}
		m.unknownChats = m.unknownChats[1:]
	}
	s := &resyncState{chatID: chatID}
	m.unknownChats = append(m.unknownChats, s)
	m.queueResync(s)
}

// queueResync has a chat requested as soon as its back-off allows.
func (m *Machine) queueResync(s *resyncState) {
	if m.longUnused(s) {
		s.attempts = 0
	}
	if !s.active {
		s.active, m.newDeadline = true, true
		m.resyncs = append(m.resyncs, s)
	}
}

// longUnused tells whether the last attempt is so old that the back-off is reset.
func (m *Machine) longUnused(s *resyncState) bool {
	return !s.active && m.now-s.notBefore > m.options.BackoffYoung.Milliseconds()
}

// startResyncs requests the waiting chats, in their order, if it is time and fewer
// than maxResyncs are requested.
func (m *Machine) startResyncs() {
	if m.conn.phase != connOpen {
		return
	}
	for i := 0; i < len(m.resyncs) && m.resyncsRunning < maxResyncs; {
		s := m.resyncs[i]
		if s.notBefore > m.now || m.isRequested(s.chatID) {
			i++
			continue
		}
		m.resyncs = append(m.resyncs[:i:i], m.resyncs[i+1:]...)
		if c := m.replica(s.chatID); c != nil && !c.stale { // the page has loaded it itself
			s.active = false
			continue
		}
		m.resyncsRunning++
		s.notBefore = m.after(m.options.RetryBase + jitter(m.options.RetryBase, m.options.BackoffLateCap, s.attempts, m.random))
		s.attempts++
		m.ask(&request{event: eventGet, chatID: s.chatID, data: getData(s.chatID), highWater: m.highWater(s.chatID), resync: s})
	}
}

// isRequested tells whether a request for the chat is pending.
func (m *Machine) isRequested(chatID string) bool {
	for _, r := range m.queue {
		if r.opensChat(eventGet) && r.chatID == chatID {
			return true
		}
	}
	return false
}

// resyncEnded ends one attempt, with an error or a snapshot. After an error that may
// pass it is queued again. A chat that the server refuses for good is requested
// again only after another push of it, or on a new connection.
func (m *Machine) resyncEnded(s *resyncState, err *wire.Error) {
	s.active = false
	m.resyncsRunning--
	c := m.replica(s.chatID)
	again := c != nil && c.stale
	if c != nil && c.resync != s {
		s.notBefore = 0 // it was an unknown chat, and now has a replica
	}
	if err != nil {
		m.notify("error", errorJSON(err.Within("chat %q cannot be loaded", s.chatID), s.chatID))
		again = err.Retryable() || again && err.Code == wire.CodeInternal
	}
	if again {
		m.queueResync(s)
	}
}
