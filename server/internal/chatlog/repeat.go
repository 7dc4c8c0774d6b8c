package chatlog

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"parley/server/internal/store"
)

// How long a cluster has to confirm an entry before it is published again. It needs some
// milliseconds; a server that has died never does, and what it was sent is lost with it.
const confirmedWithin = time.Second

// publishUntilConfirmed is Publisher.Publish for a cluster, which cannot store anything
// while it elects a leader: it publishes again until ctx ends. The entries must have ids.
// They expect the same position each time, so that they are stored at most once; when they
// are stored and the confirmation was lost, the next time is a conflict, and their ids are
// found in the log.
func (l *Log) publishUntilConfirmed(ctx context.Context, f *cached, messages []*nats.Msg) (seqs []uint64, err error) {
	for try := 0; ; try++ {
		seqs, err = l.publishOnce(ctx, messages)
		if err == nil || !store.IsElecting(err) || ctx.Err() != nil {
			return seqs, err
		}
		if try == 0 {
			l.logger.Warn("log: append not confirmed, publishing it again", "chat", f.Key.ID, "error", err)
		}
	}
}

func (l *Log) publishOnce(ctx context.Context, messages []*nats.Msg) ([]uint64, error) {
	ctx, stop := context.WithTimeout(ctx, confirmedWithin)
	defer stop()
	return l.publisher.Publish(ctx, messages...)
}
