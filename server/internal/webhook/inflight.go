package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// inFlight are the entries that this node has taken from a queue and not acknowledged
// yet. It takes a bounded number, and extends their deadline of acknowledgement for as
// long as posts take. If this node dies, JetStream gives them to another after ackWait.
type inFlight struct {
	ackWait time.Duration
	slots   chan struct{} // holds one for each entry

	mu      sync.Mutex
	entries map[jetstream.Msg]struct{}
}

func newInFlight(ackWait time.Duration) *inFlight {
	return &inFlight{ackWait: ackWait, slots: make(chan struct{}, maxInFlight), entries: map[jetstream.Msg]struct{}{}}
}

// next waits until there is room for an entry, and for the entry.
func (f *inFlight) next(ctx context.Context, queue jetstream.Consumer) (jetstream.Msg, error) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		bounded, stop := context.WithTimeout(ctx, time.Minute)
		msg, err := queue.Next(jetstream.FetchContext(bounded))
		stop()
		switch {
		case err == nil:
			f.mu.Lock()
			f.entries[msg] = struct{}{}
			f.mu.Unlock()
			return msg, nil
		case ctx.Err() == nil && (errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)): // there was none
		default:
			<-f.slots
			return nil, err
		}
	}
}

// done removes an entry that was acknowledged, or will be delivered again.
func (f *inFlight) done(msg jetstream.Msg) {
	f.mu.Lock()
	delete(f.entries, msg)
	f.mu.Unlock()
	<-f.slots
}

// extend extends the deadline of all entries at intervals, until ctx ends.
func (f *inFlight) extend(ctx context.Context) {
	interval := time.NewTicker(f.ackWait / 3)
	defer interval.Stop()
	for {
		select {
		case <-interval.C:
			f.mu.Lock()
			for msg := range f.entries {
				_ = msg.InProgress() // if it gets lost, the entry may be delivered twice
			}
			f.mu.Unlock()
		case <-ctx.Done():
			return
		}
	}
}
