package coretest

import (
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// Session is one connection to the Model.
type Session struct {
	Out  [][]byte // frames to the client, in order, until the test takes them
	User chat.User

	model  *Model
	token  string
	ended  bool              // its frames are ignored
	unsure bool              // the next answer is CodeUnsure
	failed map[string]string // by chat, the request that must be sent again before others
}

// Frame handles one frame of the client.
func (s *Session) Frame(text []byte) {
	f, err := wire.Parse(text)
	switch {
	case s.ended:
	case err != nil:
		s.send(wire.Frame{Error: wire.Errorf(wire.BadFrame, "%s", err)})
	case s.model.Intercept != nil && s.model.Intercept(s, f):
	case f.Event == wire.EventPing:
		s.send(wire.Frame{Event: wire.EventPong})
	case f.Event == wire.EventPong:
	case f.Event == wire.EventOpen:
		s.open(f)
	case s.User.ID == "":
		s.Refuse(f.ID, wire.CodeUnauthorized, "session:open comes first")
	case f.Event == wire.EventClose:
		s.model.revoke(s.token)
	default:
		s.handle(f)
	}
}

// Reply answers a request.
func (s *Session) Reply(id string, data wire.Raw) {
	s.send(wire.Frame{ID: id, Data: data})
}

// Refuse answers a request with an error.
func (s *Session) Refuse(id string, code int, message string) {
	s.send(wire.Frame{ID: id, Error: &wire.Error{Code: code, Message: message}})
}

func (s *Session) send(f wire.Frame) { s.Out = append(s.Out, f.Append(nil)) }

// open answers session:open with the user's open chats and those that the client
// names. A chat that it names is resumed at the position that it gives.
func (s *Session) open(f wire.Frame) {
	var token string
	var named wire.Raw
	var inParts bool
	if err := wire.Read(f.Data, "token", &token, "chats", &named, "inParts", &inParts); err != nil {
		s.Refuse(f.ID, wire.CodeBadRequest, err.Error())
		return
	}
	user, known := s.model.users[token]
	switch {
	case s.User.ID != "":
		s.Refuse(f.ID, wire.CodeConflict, "the session is open already")
		return
	case !known:
		s.Refuse(f.ID, wire.CodeUnauthorized, "unknown token")
		s.send(wire.Frame{Event: wire.EventBye, Data: wire.Raw(`{"code":4001,"reason":"unknown token"}`)})
		return
	case s.model.OpenFails != nil && s.model.OpenFails():
		s.Refuse(f.ID, wire.CodeUnavailable, "not now")
		s.send(wire.Frame{Event: wire.EventBye, Data: wire.Raw(`{"code":4002,"reason":"not now","retryAfter":1}`)})
		return
	}
	s.User, s.token = user, token
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
		if named && !s.model.forgotten() && slices.ContainsFunc(l.entries, func(e chat.Entry) bool { return e.Seq == seq }) {
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

// whole gives the chat with its history. In parts, it sends all but the newest message
// first, in small parts.
func (s *Session) whole(l *log, inParts bool) wire.Raw {
	const part = 3
	from := 0
	for last := len(l.history) - 1; inParts && from < last; from = min(from+part, last) {
		s.send(wire.Frame{Event: wire.EventHistory, Data: wire.NewObject(nil).Str("chatId", l.ID).Int("from", int64(from)).
			Raw("history", wire.AppendArray(nil, l.history[from:min(from+part, last)])).Done()})
	}
	return l.snapshot(0, l.history[from:])
}

// snapshot gives the chat: resumed at a seq if that is not 0, else with this history.
func (l *log) snapshot(resumed uint64, history []wire.Raw) wire.Raw {
	o := wire.NewObject(nil).Str("id", l.ID).Str("status", l.Status.String()).Bool("closed", l.Status == chat.Closed).Str("creator", l.Creator).
		Raw("users", l.Users.JSON()).Raw("watchers", l.Watchers.JSON())
	if resumed != 0 {
		return o.Uint("seq", resumed).Bool("resumed", true).Done()
	}
	return o.Raw("history", wire.AppendArray(nil, history)).Uint("seq", l.Seq).Bool("resumed", false).Done()
}
