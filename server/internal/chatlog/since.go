package chatlog

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
)

// ChatsSince gives the chats that have an entry from a time on, by the clock of the store.
// It costs by those entries, of which it reads no content.
func (l *Log) ChatsSince(ctx context.Context, since time.Time) (keys []ids.Key, err error) {
	for _, p := range l.parts {
		some, err := l.since(ctx, p.stream, since)
		if err != nil {
			return nil, err
		}
		keys = append(keys, some...)
	}
	return keys, nil
}

// since is ChatsSince in one stream.
func (l *Log) since(ctx context.Context, name string, since time.Time) (keys []ids.Key, err error) {
	stream, err := l.engine.JS.Stream(ctx, name)
	if err != nil {
		return nil, err
	}
	last := stream.CachedInfo().State.LastSeq
	first, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &since, HeadersOnly: true, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return nil, err
	}
	if info := first.CachedInfo(); info.NumPending == 0 {
		return nil, nil
	}
	messages, err := first.Messages()
	if err != nil {
		return nil, err
	}
	defer messages.Stop()
	seen := map[ids.Key]bool{}
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return nil, err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return nil, err
		}
		if key, found := KeyOf(msg.Subject()); found && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
		if meta.NumPending == 0 || meta.Sequence.Stream >= last {
			return keys, nil
		}
	}
}
