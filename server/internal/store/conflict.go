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

// wrongLastMsgID is the code when another message came between two of one Publish.
const wrongLastMsgID jetstream.ErrorCode = 10070

// IsConflict tells whether a write was refused because another one came first.
func IsConflict(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return errors.Is(err, ErrBroken)
	}
	switch api.ErrorCode {
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant, wrongLastMsgID:
		return true
	}
	return false
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
