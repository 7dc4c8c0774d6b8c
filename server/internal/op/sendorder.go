package op

import (
	"parley/server/internal/ids"
)

// SendOrder keeps what one connection sends to a chat in the order of sending.
type SendOrder interface {
	// Admit refuses a request that must wait until an earlier one has been sent again.
	Admit(key ids.Key, eventID string) error
	// Ended notes what became of a request, if it was admitted.
	Ended(key ids.Key, eventID string, err error)
}
