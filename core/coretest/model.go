package coretest

import (
	"fmt"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
)

// Model is a server of one app as a plain data structure: it takes frames and
// gives frames, has no goroutine and no clock, and never loses anything. It knows
// what tests of clients need of the protocol, in the server's words.
type Model struct {
	Intercept func(*Session, wire.Frame) bool // sees each frame first; true means that it was dealt with
	Fault     func() Fault                    // what becomes of the next entry; nil is that nothing fails

	users    map[string]chat.User // by token
	chats    []*log
	sessions []*Session
	seq      uint64
}

// log is one chat.
type log struct {
	chat.Chat
	entries []chat.Entry
	history []wire.Raw
	acts    map[string]uint64 // what each request, by user and id, has appended
}

// Session is one connection to the Model.
type Session struct {
	Out  [][]byte // frames to the client, in order; the test takes them
	User chat.User

	model  *Model
	unsure bool              // the next reply is lost in the server
	failed map[string]string // by chat, the request that must come again before others
}

// Fault is a way in which the store of a server fails.
type Fault int

const (
	NoFault Fault = iota
	Full          // the entry cannot be stored
	Unsure        // it is stored, but the server does not know
)

// NewModel gives a server with no users.
func NewModel() *Model { return &Model{users: map[string]chat.User{}} }

// AddUser makes a user known by a token; one with a providerID is an agent.
func (m *Model) AddUser(token, id, providerID string) {
	raw := wire.NewObject(nil).Str("id", id).Str("name", strings.ToUpper(id)).StrIf("providerId", providerID).Done()
	m.users[token] = chat.User{ID: id, ProviderID: providerID, Raw: raw}
}

// Connect gives a new connection.
func (m *Model) Connect() *Session {
	s := &Session{model: m}
	m.sessions = append(m.sessions, s)
	return s
}

// Disconnect forgets a connection.
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

func (m *Model) log(id string) *log {
	for _, l := range m.chats {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// Push tells every open session of a user something that is in no log.
func (m *Model) Push(userID, event string, data wire.Raw) {
	for _, s := range m.sessions {
		if s.User.ID == userID {
			s.send(wire.Frame{Event: event, Data: data})
		}
	}
}

// Frame takes in one frame of the session's client.
func (s *Session) Frame(text []byte) {
	f, err := wire.Parse(text)
	switch {
	case err != nil:
		s.send(wire.Frame{Error: wire.Errorf(wire.CodeBadRequest, "%s", err)})
	case s.model.Intercept != nil && s.model.Intercept(s, f):
	case f.Event == wire.EventPing:
		s.send(wire.Frame{Event: wire.EventPong})
	case f.Event == wire.EventPong:
	case f.Event == wire.EventOpen:
		s.open(f)
	case s.User.ID == "":
		s.Refuse(f.ID, wire.CodeUnauthorized, "session:open comes first")
	default:
		s.handle(f)
	}
}

// Reply answers a request.
func (s *Session) Reply(id string, data wire.Raw) {
	if s.unsure {
		s.unsure = false
		s.Refuse(id, wire.CodeUnavailable, "the store does not say whether it has it")
		return
	}
	s.send(wire.Frame{ID: id, Data: data})
}

// Refuse answers a request with an error.
func (s *Session) Refuse(id string, code int, message string) {
	s.send(wire.Frame{ID: id, Error: wire.Errorf(code, "%s", message)})
}

func (s *Session) send(f wire.Frame) { s.Out = append(s.Out, f.Append(nil)) }

// open lists the user's open chats and those the client names; a chat it names is
// taken up where it stands.
func (s *Session) open(f wire.Frame) {
	var token string
	var named wire.Raw
	var inParts bool
	if err := wire.Read(f.Data, "token", &token, "chats", &named, "inParts", &inParts); err != nil {
		s.Refuse(f.ID, wire.CodeBadRequest, err.Error())
		return
	}
	user, known := s.model.users[token]
	if !known {
		s.Refuse(f.ID, wire.CodeUnauthorized, "unknown token")
		s.send(wire.Frame{Event: wire.EventBye, Data: wire.Raw(`{"code":4001,"reason":"unknown token"}`)})
		return
	}
	s.User = user
	seen := map[string]uint64{}
	if named != nil {
		_ = wire.Members(named, func(id string, v wire.Raw) (err error) {
			seen[id], err = wire.Uint(v)
			return err
		})
	}
	chats := wire.NewObject(nil)
	var resumed []*log
	for _, l := range s.model.chats {
		seq, named := seen[l.ID]
		if !l.has(user.ID) || l.Status == chat.Closed && !named {
			continue
		}
		if named && slices.ContainsFunc(l.entries, func(e chat.Entry) bool { return e.Seq == seq }) {
			chats.Raw(l.ID, l.snapshot(seq, nil))
			resumed = append(resumed, l)
		} else {
			chats.Raw(l.ID, s.whole(l, inParts))
		}
	}
	s.Reply(f.ID, wire.NewObject(nil).Raw("user", user.Raw).Raw("chats", chats.Done()).Raw("limits", wire.Raw(`{"message":10000,"frame":262144}`)).Done())
	for _, l := range resumed {
		for i, e := range l.entries {
			if e.Seq > seen[l.ID] {
				s.push(e, l.prev(i))
			}
		}
	}
}

func (s *Session) push(e chat.Entry, prev uint64) {
	f := wire.Frame{Seq: e.Seq, Prev: prev, Event: e.Event, Data: e.Data}
	if e.By == s.User.ID {
		f.EventID = e.EventID
	}
	s.send(f)
}

// whole gives the chat as it is; in parts all but the newest message goes before, in
// small ones.
func (s *Session) whole(l *log, inParts bool) wire.Raw {
	const part = 3
	from := 0
	for last := len(l.history) - 1; inParts && from < last; from = min(from+part, last) {
		s.send(wire.Frame{Event: wire.EventHistory, Data: wire.NewObject(nil).Str("chatId", l.ID).Int("from", int64(from)).
			Raw("history", wire.AppendArray(nil, l.history[from:min(from+part, last)])).Done()})
	}
	return l.snapshot(0, l.history[from:])
}

// snapshot gives the chat; with a seq, that the client takes it up there, else with
// this history.
func (l *log) snapshot(resumed uint64, history []wire.Raw) wire.Raw {
	o := wire.NewObject(nil).Str("id", l.ID).Str("status", l.Status.String()).Bool("closed", l.Status == chat.Closed).Str("creator", l.Creator).
		Raw("users", l.Users.JSON()).Raw("watchers", l.Watchers.JSON())
	if resumed != 0 {
		return o.Uint("seq", resumed).Bool("resumed", true).Done()
	}
	return o.Raw("history", wire.AppendArray(nil, history)).Uint("seq", l.Seq).Bool("resumed", false).Done()
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
