package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// inFlight are the entries that a node has taken from a queue and not done yet. It
// takes no more than it can hold, and goes on saying that it has them, however
// long a target takes. So what a crash interrupts is not waited for long: without
// a word in some time another node gets it, or the same when it has started anew.
type inFlight struct {
	within time.Duration // that time
	slots  chan struct{} // has one for each entry

	mu      sync.Mutex
	entries map[jetstream.Msg]struct{}
}

func newInFlight(within time.Duration) *inFlight {
	return &inFlight{within: within, slots: make(chan struct{}, workers+ahead), entries: map[jetstream.Msg]struct{}{}}
}

// next takes the next entry when there is room for it.
func (h *inFlight) next(ctx context.Context, queue jetstream.Consumer) (jetstream.Msg, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		bounded, stop := context.WithTimeout(ctx, time.Minute)
		msg, err := queue.Next(jetstream.FetchContext(bounded))
		stop()
		switch {
		case err == nil:
			h.mu.Lock()
			h.entries[msg] = struct{}{}
			h.mu.Unlock()
			return msg, nil
		case ctx.Err() == nil && (errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)): // nothing has happened
		default:
			<-h.slots
			return nil, err
		}
	}
}

// done forgets an entry that was acknowledged, or is to come again.
func (h *inFlight) done(msg jetstream.Msg) {
	h.mu.Lock()
	delete(h.entries, msg)
	h.mu.Unlock()
	<-h.slots
}

// extend says again and again that the entries are held, until ctx ends.
func (h *inFlight) extend(ctx context.Context) {
	beat := time.NewTicker(h.within / 3)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			h.mu.Lock()
			for msg := range h.entries {
				_ = msg.InProgress() // if it is not heard, the entry comes twice
			}
			h.mu.Unlock()
		case <-ctx.Done():
			return
		}
	}
}
