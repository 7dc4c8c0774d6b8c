package webhook

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// pinGroup is the one group of clients of a queue. JetStream pins the queue to one node
// and gives the entries to no other, so that those of a chat are not posted by two nodes
// at a time.
const pinGroup = "nodes"

// inFlight are the entries that this node has taken from a queue and not acknowledged
// yet. It takes a bounded number, and extends their deadline of acknowledgement for as
// long as posts take. If this node dies, JetStream gives them to another after ackWait,
// and the queue as soon as this node has asked for no entry for pinFor.
type inFlight struct {
	within  time.Duration // that a post may take
	ackWait time.Duration
	pinFor  time.Duration // longer than all slots can be taken, and then a pull can wait
	slots   chan struct{} // holds one for each entry

	mu      sync.Mutex
	entries map[jetstream.Msg]struct{}
	pin     string // by which JetStream knew this node when it gave it an entry
}

func newInFlight(within time.Duration, slots int) *inFlight {
	return &inFlight{
		within: within, ackWait: within * 3 / 5, pinFor: 4 * within,
		slots: make(chan struct{}, slots), entries: map[jetstream.Msg]struct{}{},
	}
}

// next waits until there is room for an entry, and for the entry.
func (f *inFlight) next(ctx context.Context, queue jetstream.Consumer) (jetstream.Msg, error) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		bounded, stop := context.WithTimeout(ctx, f.within)
		msg, err := queue.Next(jetstream.FetchContext(bounded), jetstream.FetchPriorityGroup(pinGroup))
		stop()
		none := errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
		switch {
		case err == nil:
			f.mu.Lock()
			f.entries[msg], f.pin = struct{}{}, msg.Headers().Get("Nats-Pin-Id")
			f.mu.Unlock()
			return msg, nil
		case ctx.Err() == nil && (none || errors.Is(err, jetstream.ErrPinIDMismatch)): // the latter when another node has the queue by now
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

// unpin gives the queue to the other nodes at once, if it is pinned to this one.
func (f *inFlight) unpin(ctx context.Context, js jetstream.JetStream, name string, queue jetstream.Consumer) error {
	info, err := queue.Info(ctx)
	if err != nil || f.pin == "" || !slices.ContainsFunc(info.PriorityGroups, func(g jetstream.PriorityGroupState) bool {
		return g.PinnedClientID == f.pin
	}) {
		return err
	}
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return err
	}
	return stream.UnpinConsumer(ctx, info.Name, pinGroup)
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
