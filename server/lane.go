package server

import (
	"errors"

	"parley/core/wire"
)

// lane keeps what one connection appends to its chats in the order of sending:
// after an entry that failed for the time being, the later ones of that chat are
// refused until it has come again, or the client has a new connection, on which
// it begins with what it has not got through. It is used by the connection's
// reader alone.
type lane struct {
	failed map[string]string // by chat, the request that must come first
}

// errOutOfTurn can be tried again, like what it waits for.
func errOutOfTurn(id string) error {
	return wire.Errorf(wire.CodeUnavailable, "an earlier request of this chat, %s, failed; send it again first", id)
}

// Admit refuses a request that must wait for an earlier one.
func (l *lane) Admit(key chatKey, eventID string) error {
	if first := l.failed[key.id]; first != "" && first != eventID {
		return errOutOfTurn(first)
	}
	return nil
}

// Ended notes what became of a request, if it was admitted.
func (l *lane) Ended(key chatKey, eventID string, err error) {
	if key.id == "" {
		return
	}
	var refused *wire.Error
	switch first := l.failed[key.id]; {
	case first != "" && first != eventID:
	case err != nil && (!errors.As(err, &refused) || refused.Retryable()):
		if l.failed == nil {
			l.failed = map[string]string{}
		}
		l.failed[key.id] = eventID
	default:
		delete(l.failed, key.id)
	}
}
