package coretest

import (
	"fmt"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
)

// Model is a server of one app as a plain data structure: it takes frames and gives
// frames, has no goroutine and no clock, and never loses anything. It implements
// what tests of clients need of the protocol.
type Model struct {
	Intercept func(*Session, wire.Frame) bool // is called first with each frame; true means that the frame is handled
	Fault     func() Fault                    // how the next request fails; nil means never
	OpenFails func() bool                     // whether opening a session fails now; nil means never
	Forgets   func() bool                     // whether the log is too short for a replay; nil means never

	users    map[string]chat.User // by token
	chats    []*log
	sessions []*Session
	seq      uint64
	never    map[string]bool // requests that are refused for good
	refused  map[string]bool // requests that were ever refused for good
}

// log is one chat.
type log struct {
	chat.Chat
	entries []chat.Entry
	history []wire.Raw
	acts    map[string]uint64 // by user and request id, the seq of the entry it appended
}

// NewModel gives a server with no users.
func NewModel() *Model {
	return &Model{users: map[string]chat.User{}, never: map[string]bool{}, refused: map[string]bool{}}
}

// AddUser adds a user with a token. A user with a providerID is an agent.
func (m *Model) AddUser(token, id, providerID string) {
	raw := wire.NewObject(nil).Str("id", id).Str("name", strings.ToUpper(id)).StrIf("providerId", providerID).Done()
	m.users[token] = chat.User{ID: id, ProviderID: providerID, Raw: raw}
}

// revoke ends the session of a token, on every connection.
func (m *Model) revoke(token string) {
	delete(m.users, token)
	for _, s := range m.sessions {
		if s.token == token {
			s.User, s.token, s.ended = chat.User{}, "", true
			s.send(wire.Frame{Event: wire.EventBye, Data: wire.Raw(`{"code":4001,"reason":"logged out"}`)})
		}
	}
}

// Knows tells whether a token opens sessions.
func (m *Model) Knows(token string) bool {
	_, known := m.users[token]
	return known
}

// Connect gives a new connection.
func (m *Model) Connect() *Session {
	s := &Session{model: m}
	m.sessions = append(m.sessions, s)
	return s
}

// Disconnect removes a connection.
func (m *Model) Disconnect(s *Session) {
	m.sessions = slices.DeleteFunc(m.sessions, func(one *Session) bool { return one == s })
}

// Messages gives a chat's history.
func (m *Model) Messages(chatID string) []wire.Raw {
	if l := m.log(chatID); l != nil {
		return l.history
	}
	return nil
}

// Chats gives the ids of all chats.
func (m *Model) Chats() (ids []string) {
	for _, l := range m.chats {
		ids = append(ids, l.ID)
	}
	return ids
}

func (m *Model) log(id string) *log {
	for _, l := range m.chats {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// Push sends a push that is in no log to every open session of a user.
func (m *Model) Push(userID, event string, data wire.Raw) {
	for _, s := range m.sessions {
		if s.User.ID == userID {
			s.send(wire.Frame{Event: event, Data: data})
		}
	}
}

// has tells whether a user is in the chat, or watches it.
func (l *log) has(userID string) bool { return l.Users.Has(userID) || l.Watchers.Has(userID) }

func (l *log) prev(i int) uint64 {
	if i == 0 {
		return 0
	}
	return l.entries[i-1].Seq
}

func actKey(user, id string) string { return fmt.Sprintf("%s %s", user, id) }

func (m *Model) forgotten() bool { return m.Forgets != nil && m.Forgets() }

// Has tells whether a log has an entry of the request with this id.
func (m *Model) Has(userID, id string) bool {
	for _, l := range m.chats {
		if _, done := l.acts[actKey(userID, id)]; done {
			return true
		}
	}
	return false
}

// Misses tells whether a user whose copy of a chat jumps from one position of the log
// to another misses entries of others from the time when the user was in the chat.
func (m *Model) Misses(chatID, userID string, from, to uint64) bool {
	l := m.log(chatID)
	if l == nil {
		return false
	}
	now, others := log{}, false
	for _, e := range l.entries {
		now.Chat, _ = chat.Apply(now.Chat, e) // it was applied before
		if e.Seq >= from && e.Seq <= to && !now.has(userID) {
			return false
		}
		others = others || e.Seq > from && e.Seq <= to && e.By != userID
	}
	return others
}

// Member tells whether a user is in a chat.
func (m *Model) Member(chatID, userID string) bool {
	l := m.log(chatID)
	return l != nil && l.has(userID)
}

// Open tells whether a chat exists and is not closed.
func (m *Model) Open(chatID string) bool {
	l := m.log(chatID)
	return l != nil && l.Status != chat.Closed
}

// Users gives who is in a chat, as JSON.
func (m *Model) Users(chatID string) string {
	if l := m.log(chatID); l != nil {
		return string(l.Users.JSON())
	}
	return ""
}
