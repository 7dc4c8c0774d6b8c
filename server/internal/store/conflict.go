package store

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Tries is how many conflicts in a row end an append or a Modify.
const Tries = 32

// IsConflict tells whether a write was refused because another one came first.
func IsConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// IsRefused tells whether a failed write was certainly not made. After any other error
// it may have been: only the acknowledgement was lost.
func IsRefused(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || errors.Is(err, nats.ErrConnectionClosed)
}

// Pause waits before the next try after a conflict, 1 ms longer each time up to 10 ms,
// or until ctx ends.
func Pause(ctx context.Context, try int) {
	select {
	case <-time.After(time.Duration(min(try, 10)) * time.Millisecond):
	case <-ctx.Done():
	}
}
