package store

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const Tries = 32 // conflicts in a row before an append is given up

func IsConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// IsRefused tells whether an append has failed for certain.
func IsRefused(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || errors.Is(err, nats.ErrConnectionClosed)
}

// Pause gives others the time to get done.
func Pause(ctx context.Context, try int) {
	select {
	case <-time.After(time.Duration(min(try, 10)) * time.Millisecond):
	case <-ctx.Done():
	}
}
