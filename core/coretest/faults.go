package coretest

import (
	"parley/core/chat"
	"parley/core/wire"
)

// putOff refuses an entry that the store does not take now, and those of the same
// chat after it until it has come again, as the server does.
func (s *Session) putOff(f wire.Frame, chatID string) bool {
	switch f.Event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
	default:
		return false
	}
	if first := s.failed[chatID]; first != "" && first != f.ID {
		s.Refuse(f.ID, wire.CodeUnavailable, "an earlier request failed: "+first)
		return true
	}
	fault := NoFault
	if s.model.Fault != nil {
		fault = s.model.Fault()
	}
	if fault == NoFault {
		s.inTurn(f, chatID)
		return false
	}
	if s.failed == nil {
		s.failed = map[string]string{}
	}
	s.failed[chatID] = f.ID
	if fault == Full {
		s.Refuse(f.ID, wire.CodeUnavailable, "the store is full")
		return true
	}
	s.unsure = true // its answer says so, see Reply
	return false
}

// inTurn notes that a request has come through.
func (s *Session) inTurn(f wire.Frame, chatID string) {
	if s.failed[chatID] == f.ID {
		delete(s.failed, chatID)
	}
}
