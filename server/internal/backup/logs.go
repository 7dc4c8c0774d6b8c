package backup

import (
	"context"
	"fmt"
	"time"

	"parley/server/internal/store"
)

// logs are the streams of the chats' logs. They are taken as they are at one moment, which is when the first of
// them is begun: a visitor who has closed a chat of one stream and opened one of another must not have both open.
type logs struct {
	names  []string
	since  time.Time             // before the backup began, by the clocks of the store
	queues map[string][]consumer // of webhooks, by stream
	ends   map[string]uint64     // last positions at that moment; nil before
}

func openLogs(ctx context.Context, e *store.Engine, names []string) (*logs, error) {
	l := &logs{queues: map[string][]consumer{}}
	for _, name := range names {
		if !isLog(name) {
			continue
		}
		stream, err := store.FromLeader(ctx, e, name)
		if err != nil {
			return nil, err
		}
		if l.queues[name], err = consumersOf(ctx, stream); err != nil {
			return nil, fmt.Errorf("queues of webhooks: %w", err)
		}
		if at := stream.CachedInfo().TimeStamp; l.since.IsZero() || at.Before(l.since) {
			l.since = at
		}
		l.names = append(l.names, name)
	}
	return l, nil
}

// end gives the last position that is taken of a log.
func (l *logs) end(ctx context.Context, e *store.Engine, name string) (uint64, error) {
	if l.ends == nil {
		ends := map[string]uint64{}
		for _, name := range l.names {
			stream, err := store.FromLeader(ctx, e, name)
			if err != nil {
				return 0, err
			}
			ends[name] = stream.CachedInfo().State.LastSeq
		}
		l.ends = ends
	}
	return l.ends[name], nil
}
