package gateway

import (
	"errors"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// sendOrder keeps what one connection appends to its chats in the order of sending:
// after an entry that failed for the time being, the later ones of that chat are
// refused until it has come again, or the client has a new connection, on which
// it begins with what it has not got through. It is used by the connection's
// reader alone.
type sendOrder struct {
	failed map[string]string // by chat, the request that must come first
}

// errMustWait can be tried again, like what it waits for.
func errMustWait(id string) error {
	return wire.Errorf(wire.CodeUnavailable, "an earlier request of this chat, %s, failed; send it again first", id)
}

// Admit refuses a request that must wait for an earlier one.
func (l *sendOrder) Admit(key ids.Key, eventID string) error {
	if first := l.failed[key.ID]; first != "" && first != eventID {
		return errMustWait(first)
	}
	return nil
}

// Ended notes what became of a request, if it was admitted.
func (l *sendOrder) Ended(key ids.Key, eventID string, err error) {
	if key.ID == "" {
		return
	}
	var refused *wire.Error
	switch first := l.failed[key.ID]; {
	case first != "" && first != eventID:
	case err != nil && (!errors.As(err, &refused) || refused.Retryable()):
		if l.failed == nil {
			l.failed = map[string]string{}
		}
		l.failed[key.ID] = eventID
	default:
		delete(l.failed, key.ID)
	}
}
