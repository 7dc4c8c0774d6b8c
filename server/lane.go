package server

import (
	"errors"

	"parley/core/wire"
)

// lane keeps what one connection appends to its chats in the order of sending:
// after an entry that failed for the time being, the later ones of that chat are
// refused until it has come again, or the client has a new connection, on which
// it begins with what it has not got through. It is used by the connection's
// reader alone. A nil lane lets everything pass, as REST does.
type lane struct {
	failed map[string]string // by chat, the request that must come first
}

// errOutOfTurn can be tried again, like what it waits for.
func errOutOfTurn(id string) error {
	return wire.Errorf(wire.CodeUnavailable, "an earlier request of this chat, %s, failed; send it again first", id)
}

// admit refuses a request whose turn it is not.
func (l *lane) admit(c *call) error {
	if l == nil || c.key.id == "" {
		return nil
	}
	if first := l.failed[c.key.id]; first != "" && first != c.eventID {
		return errOutOfTurn(first)
	}
	return nil
}

// ended notes what became of a request, if it was its turn.
func (l *lane) ended(c *call, err error) {
	if c.key.id == "" {
		return
	}
	var refused *wire.Error
	switch first := l.failed[c.key.id]; {
	case first != "" && first != c.eventID:
	case err != nil && (!errors.As(err, &refused) || refused.Retryable()):
		if l.failed == nil {
			l.failed = map[string]string{}
		}
		l.failed[c.key.id] = c.eventID
	default:
		delete(l.failed, c.key.id)
	}
}
