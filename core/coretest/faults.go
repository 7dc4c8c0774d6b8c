package coretest

import (
	"parley/core/chat"
	"parley/core/wire"
)

// Fault is a way in which a server fails.
type Fault int

const (
	NoFault Fault = iota
	Full          // the store does not take it: 503
	Busy          // the server does not: 429
	Unsure        // it is stored, but the server does not know: 504
	Never         // refused for good, also when it comes again, until it is pardoned
)

// fails refuses a request that is not carried out now, and of those that keep
// their turn the later ones of the same chat until it has come again, as the
// server does.
func (s *Session) fails(f wire.Frame, chatID string) bool {
	if s.model.never[f.ID] {
		s.RefuseFinally(f, chatID, wire.Errorf(wire.CodeTooLarge, "it is still more than is taken"))
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
		s.RefuseFinally(f, chatID, wire.Errorf(wire.CodeTooLarge, "it is more than is taken"))
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

// RefuseFinally answers a request that is not to come again, and remembers it.
func (s *Session) RefuseFinally(f wire.Frame, chatID string, err *wire.Error) {
	s.model.refused[f.ID] = true
	s.inTurn(f, chatID)
	s.send(wire.Frame{ID: f.ID, Error: err})
}

// inTurn notes that a request has come through, or need not come again.
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

// Pardon lets pass what was refused for good.
func (m *Model) Pardon(id string) { delete(m.never, id) }

// Refused tells whether a request has ever been refused for good.
func (m *Model) Refused(id string) bool { return m.refused[id] }

// Restart ends every connection; what is in the logs stays.
func (m *Model) Restart() {
	for _, s := range m.sessions {
		s.ended, s.Out = true, nil
	}
	m.sessions = nil
}

// Bye says goodbye to everyone, and leaves the closing to the clients.
func (m *Model) Bye(data wire.Raw) {
	for _, s := range m.sessions {
		s.send(wire.Frame{Event: wire.EventBye, Data: data})
	}
}
