package store

import (
	"context"
	"errors"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// While a cluster has no leader, or not all of its servers have joined, it answers with one
// of these, or not at all.
var electing = []jetstream.ErrorCode{
	10005, // no suitable peers for placement
	10008, // JetStream system temporarily unavailable
	10009, // JetStream cluster not leader
	10158, // a message of that name is on its way: it has come before
}

// IsElecting tells whether an error is one that ends by itself when a NATS cluster has
// elected its leaders, or another of its servers has taken the connection.
func IsElecting(err error) bool {
	var refused *jetstream.APIError
	if errors.As(err, &refused) {
		return slices.Contains(electing, refused.ErrorCode)
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) ||
		errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, nats.ErrReconnectBufExceeded) // there is no connection to a server of the cluster
}
