package coretest

import (
	"context"
	"errors"
	"sync"

	"parley/core"
	"parley/core/wire"
)

// Server runs a Model behind connections in memory. It is the core.Dialer and the
// core.HTTP of the clients under test.
type Server struct {
	Answer func(core.Fetch) (status int, body wire.Raw) // replaces the response 200 {}

	mutex sync.Mutex
	model *Model
	ends  map[*Session]*PipeEnd
	err   error
	dials int
	work  sync.WaitGroup
	life  context.Context
	stop  context.CancelFunc
}

var (
	_ core.Dialer = (*Server)(nil)
	_ core.HTTP   = (*Server)(nil)
)

// NewServer gives a server that can be reached. Close must end it.
func NewServer() *Server {
	s := &Server{model: NewModel(), ends: map[*Session]*PipeEnd{}}
	s.life, s.stop = context.WithCancel(context.Background())
	return s
}

// Intercept sets the Model's hook, nil for none. The server is locked while it runs:
// it may only use the Session and CutLocked.
func (s *Server) Intercept(hook func(*Session, wire.Frame) bool) {
	s.locked(func() { s.model.Intercept = hook })
}

// AddUser adds a user with a token. A user with a providerID is an agent.
func (s *Server) AddUser(token, id, providerID string) {
	s.locked(func() { s.model.AddUser(token, id, providerID) })
}

// Refuse makes every dial and REST call fail with err, until it is nil.
func (s *Server) Refuse(err error) { s.locked(func() { s.err = err }) }

// Push sends a push that is in no log to a user.
func (s *Server) Push(userID, event string, data wire.Raw) {
	s.locked(func() { s.model.Push(userID, event, data) })
}

// Messages gives a chat's history.
func (s *Server) Messages(chatID string) (history []wire.Raw) {
	s.locked(func() { history = append(history, s.model.Messages(chatID)...) })
	return history
}

// Dials gives how often Dial was called.
func (s *Server) Dials() (n int) {
	s.locked(func() { n = s.dials })
	return n
}

// Cut breaks every connection. Messages under way are lost.
func (s *Server) Cut() {
	s.locked(func() {
		for session := range s.ends {
			s.CutLocked(session)
		}
	})
}

// CutLocked breaks one connection, from within Intercept.
func (s *Server) CutLocked(session *Session) {
	s.ends[session].Cut()
	s.forget(session)
}

// Bye sends bye on every connection, which the clients then close.
func (s *Server) Bye(data wire.Raw) {
	s.locked(func() {
		for session := range s.ends {
			session.send(wire.Frame{Event: wire.EventBye, Data: data})
		}
	})
}

// Close ends the server and waits for its goroutines.
func (s *Server) Close() {
	s.stop()
	s.Cut()
	s.work.Wait()
}

// Dial connects a client.
func (s *Server) Dial(ctx context.Context, _ string) (conn core.Conn, err error) {
	s.locked(func() {
		s.dials++
		if err = errors.Join(s.err, ctx.Err(), s.life.Err()); err != nil {
			return
		}
		var end *PipeEnd
		conn, end = Pipe()
		session := s.model.Connect()
		s.ends[session] = end
		s.work.Go(func() { s.serve(session, end) })
	})
	return conn, err
}

func (s *Server) serve(session *Session, end *PipeEnd) {
	for {
		text, err := end.Receive(s.life)
		if err != nil {
			s.locked(func() { s.forget(session) })
			return
		}
		s.locked(func() { session.Frame(text) })
	}
}

// Do answers a REST call.
func (s *Server) Do(ctx context.Context, f core.Fetch) (status int, body []byte, err error) {
	s.locked(func() { err = errors.Join(s.err, ctx.Err()) })
	if err != nil {
		return 0, nil, err
	}
	if s.Answer != nil {
		status, body = s.Answer(f)
		return status, body, nil
	}
	return 200, []byte(`{}`), nil
}

// locked uses the model and then sends the frames that it made.
func (s *Server) locked(do func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	do()
	for session, end := range s.ends {
		for _, frame := range session.Out {
			if end.Send(frame) != nil {
				end.Cut() // the client does not read, or is gone
				break
			}
		}
		session.Out = nil
	}
}

func (s *Server) forget(session *Session) {
	s.model.Disconnect(session)
	delete(s.ends, session)
}
