package gateway

import (
	"errors"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// sendOrder keeps one connection's writes to a chat in order, as op.SendOrder: after
// a retryable failure every later request for that chat gets 503, until the failed
// one is sent again and ends otherwise. A new connection starts clean: its client
// sends again, in order, what has no reply yet. It is used by the connection's reader
// alone. The zero value is ready for use.
type sendOrder struct {
	failed map[string]string // by chat, the request that must be sent again first
}

// Admit refuses a request that must wait for an earlier one. The refusal is
// retryable, like the failure of the earlier one.
func (o *sendOrder) Admit(key ids.Key, eventID string) error {
	if first := o.failed[key.ID]; first != "" && first != eventID {
		return wire.Errorf(wire.CodeUnavailable, "request %s to this chat failed before; send it again first", first)
	}
	return nil
}

// Ended notes how a request ended. One that Admit refused changes nothing.
func (o *sendOrder) Ended(key ids.Key, eventID string, err error) {
	if key.ID == "" {
		return
	}
	var refused *wire.Error
	switch first := o.failed[key.ID]; {
	case first != "" && first != eventID:
	case err != nil && (!errors.As(err, &refused) || refused.Retryable()):
		if o.failed == nil {
			o.failed = map[string]string{}
		}
		o.failed[key.ID] = eventID
	default:
		delete(o.failed, key.ID)
	}
}
