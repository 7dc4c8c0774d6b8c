package core

import "parley/core/wire"

// load is a chat that is to be had from the server, because something of it was
// missed or because it was not known. It is remembered for a while, so that a chat
// whose answers, or whose pushes, never fit is not asked for at full speed.
//
//	had --missed something--> wanted --its time, and room--> asked --snapshot--> had
//	                            ^                              |
//	                            +--a failure that may pass-----+
type load struct {
	chatID string
	tries  int // one soon after the other
	next   deadline
	wanted bool // also while it is asked for
}

const (
	loadsAtOnce     = 8
	strangersAtMost = 100 // chats that are not held, of which pushes tell
)

// reload has a chat brought up to date.
func (m *machine) reload(c *held) {
	c.behind = true
	if c.load == nil {
		c.load = &load{chatID: c.ID}
	}
	m.want(c.load)
}

// stranger has a chat loaded that this client did not know.
func (m *machine) stranger(chatID string) {
	for _, l := range m.strangers {
		if l.chatID == chatID {
			m.want(l)
			return
		}
	}
	if len(m.strangers) == strangersAtMost {
		if !m.longAgo(m.strangers[0]) {
			m.complain(chatID, "the server tells of more than %d chats that are not known here", strangersAtMost)
			return
		}
		m.strangers = m.strangers[1:]
	}
	l := &load{chatID: chatID}
	m.strangers = append(m.strangers, l)
	m.want(l)
}

// want asks for a chat, now or when it is time.
func (m *machine) want(l *load) {
	if m.longAgo(l) {
		l.tries = 0
	}
	if !l.wanted {
		l.wanted, m.due = true, true
		m.wanted = append(m.wanted, l)
	}
}

// longAgo tells whether a chat has not been asked for in a while.
func (m *machine) longAgo(l *load) bool {
	return !l.wanted && m.now-l.next > m.options.BackoffYoung.Milliseconds()
}

// loadNext asks for what is wanted, in its order, as far as it is time and there is
// room. It is done once in each Step.
func (m *machine) loadNext() {
	if m.conn.phase != connOpen {
		return
	}
	for i := 0; i < len(m.wanted) && m.loading < loadsAtOnce; {
		l := m.wanted[i]
		if l.next > m.now || m.isLoading(l.chatID) {
			i++
			continue
		}
		m.wanted = append(m.wanted[:i:i], m.wanted[i+1:]...)
		if c := m.held(l.chatID); c != nil && !c.behind { // the page's own loading has healed it
			l.wanted = false
			continue
		}
		m.loading++
		l.next = m.after(m.options.RetryBase + jitter(m.options.RetryBase, m.options.BackoffLateCap, l.tries, m.random))
		l.tries++
		m.ask(&request{event: eventGet, chatID: l.chatID, data: getData(l.chatID), reach: m.reach(l.chatID), load: l})
	}
}

// isLoading tells whether the page has asked for the chat.
func (m *machine) isLoading(chatID string) bool {
	for _, r := range m.queue {
		if r.holds(eventGet) && r.chatID == chatID {
			return true
		}
	}
	return false
}

// loaded: the answer is here, or none came. What the server refuses for good is asked
// for again when there is news of the chat, or a new connection.
func (m *machine) loaded(l *load, err *wire.Error) {
	l.wanted = false
	m.loading--
	c := m.held(l.chatID)
	again := c != nil && c.behind
	if c != nil && c.load != l {
		l.next = 0 // a stranger no longer
	}
	if err != nil {
		m.tell("error", errorJSON(wire.Errorf(err.Code, "chat %q cannot be loaded: %s", l.chatID, err.Message), l.chatID))
		again = err.Retryable() || again && err.Code == wire.CodeInternal
	}
	if again {
		m.want(l)
	}
}
