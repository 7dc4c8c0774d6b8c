package chatlog

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

// How long the stream knows an entry by a name of its own, if it has several copies: longer
// than an append may take.
const namesFor = 30 * time.Second

// warnAt is the number of the time at which an append is unusual: a busy cluster may need a second.
const warnAt = 3

// publishUntilConfirmed is Publisher.Publish of one entry for a cluster, which cannot store
// anything while it elects a leader: it publishes again until ctx ends. The entry has a name
// and expects the same position each time, so that it is stored once, and a confirmation that
// was lost is given again. It must have an id: when the stream has forgotten the name, it is
// a conflict, and the id is found in the log.
func (l *Log) publishUntilConfirmed(ctx context.Context, f *cached, entry *nats.Msg) (seqs []uint64, err error) {
	entry.Header.Set(jetstream.MsgIDHeader, rand.Text())
	times := 0
	err = store.UntilConfirmed(ctx, func(ctx context.Context) error {
		if times++; times == warnAt {
			l.logger.Warn("log: append not confirmed, publishing it again", "chat", f.Key.ID, "error", err)
		}
		seqs, err = l.publisher.Publish(ctx, entry)
		return err
	})
	return seqs, err
}
