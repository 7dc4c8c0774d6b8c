package coretest

import (
	"parley/core/chat"
	"parley/core/wire"
)

// Fault is a way in which a server fails.
type Fault int

const (
	NoFault Fault = iota
	Full          // the store is full: 503
	Busy          // the server is busy: 429
	Unsure        // it is stored, but the server does not know that: 504
	Never         // refused for good, also when it is sent again, until Pardon
)

// fails refuses a request that is to fail now. As on the server, it then refuses the
// later requests of the same chat, if they are ordered, until that one is sent again.
func (s *Session) fails(f wire.Frame, chatID string) bool {
	if s.model.never[f.ID] {
		s.RefuseFinally(f, chatID, wire.Errorf(wire.RequestTooLong, "it is still more than is taken"))
		return true
	}
	inTurn := keepsTurn(f.Event)
	if first := s.failed[chatID]; inTurn && first != "" && first != f.ID {
		s.Refuse(f.ID, wire.CodeUnavailable, "an earlier request failed: "+first)
		return true
	}
	fault := NoFault
	if s.model.Fault != nil {
		fault = s.model.Fault()
	}
	switch {
	case fault == Full || fault == Unsure && !inTurn:
		s.Refuse(f.ID, wire.CodeUnavailable, "the store is full")
	case fault == Busy:
		s.Refuse(f.ID, wire.CodeTooMany, "too many requests")
	case fault == Unsure:
		s.unsure = true // see answer
	case fault == Never && inTurn:
		s.model.never[f.ID] = true
		s.RefuseFinally(f, chatID, wire.Errorf(wire.RequestTooLong, "it is more than is taken"))
		return true
	default:
		s.inTurn(f, chatID)
		return false
	}
	if inTurn {
		if s.failed == nil {
			s.failed = map[string]string{}
		}
		s.failed[chatID] = f.ID
	}
	return fault != Unsure || !inTurn
}

// RefuseFinally refuses a request for good, and remembers that.
func (s *Session) RefuseFinally(f wire.Frame, chatID string, err *wire.Error) {
	s.model.refused[f.ID] = true
	s.inTurn(f, chatID)
	s.send(wire.Frame{ID: f.ID, Error: err})
}

// inTurn notes that a request was done, or need not be sent again.
func (s *Session) inTurn(f wire.Frame, chatID string) {
	if s.failed[chatID] == f.ID {
		delete(s.failed, chatID)
	}
}

func keepsTurn(event string) bool {
	switch event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}

// Pardon allows again what was refused for good.
func (m *Model) Pardon(id string) { delete(m.never, id) }

// Refused tells whether a request has ever been refused for good.
func (m *Model) Refused(id string) bool { return m.refused[id] }

// Restart ends every connection. The logs stay.
func (m *Model) Restart() {
	for _, s := range m.sessions {
		s.ended, s.Out = true, nil
	}
	m.sessions = nil
}

// Bye sends bye on every connection, which the clients then close.
func (m *Model) Bye(data wire.Raw) {
	for _, s := range m.sessions {
		s.send(wire.Frame{Event: wire.EventBye, Data: data})
	}
}
