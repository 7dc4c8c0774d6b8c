package server

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const appendTries = 32 // conflicts in a row before an append is given up

func isConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// isRefused tells whether an append has failed for certain.
func isRefused(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || errors.Is(err, nats.ErrConnectionClosed)
}

// pause gives others the time to get done.
func pause(ctx context.Context, try int) {
	select {
	case <-time.After(time.Duration(min(try, 10)) * time.Millisecond):
	case <-ctx.Done():
	}
}
