package store

import (
	"context"
	"errors"
	"math/rand/v2"
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

// longestPause is the longest time between two tries.
const longestPause = 100 * time.Millisecond

// Pause waits before the next try after a conflict, longer each time, or until ctx ends. The
// times are random, so that two who met do not meet again; all tries together take 1 to 3 s,
// which others may need on a cluster that is slow.
func Pause(ctx context.Context, try int) {
	longest := min(time.Duration(try*try)*time.Millisecond, longestPause)
	select {
	case <-time.After(longest/2 + rand.N(longest/2+1)):
	case <-ctx.Done():
	}
}
