package webhook

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

// recordChanged starts, updates or stops the queue of a webhook whose record has
// changed. It does not wait.
func (w *Hooks) recordChanged(key string, r store.Record[Hook]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := r.Value
	active := w.isActive(h) && !w.closed
	q := w.queues[key]
	if q != nil && active && slices.Equal(q.hook.Load().From, h.From) {
		q.hook.Store(&h)
		return
	}
	if q != nil {
		q.stop()
		delete(w.queues, key)
	}
	if !active {
		return
	}
	ctx, stop := context.WithCancel(w.ctx)
	q = &hookQueue{webhooks: w, ephemerals: make(chan message, maxEphemerals), stop: stop}
	q.hook.Store(&h)
	w.queues[key] = q
	w.running.Go(func() {
		<-w.started
		q.run(ctx)
	})
}

// Close stops all deliveries and waits until they have ended. Call it after the ctx of
// Open has ended, or the consumers of active webhooks are removed.
func (w *Hooks) Close() {
	w.mu.Lock()
	w.closed = true
	for _, q := range w.queues {
		q.stop()
	}
	w.mu.Unlock()
	w.running.Wait()
}

// isActive tells whether a webhook gets events. One of which another version of the server has written the record does not.
func (w *Hooks) isActive(h Hook) bool { return h.Active && len(h.From) == len(w.streams) }

// queueNames lists the consumers of webhooks in the n-th stream, of all nodes.
func (w *Hooks) queueNames(ctx context.Context, n int) (names []string, err error) {
	stream, err := w.engine.JS.Stream(ctx, w.streams[n])
	if err != nil {
		return nil, err
	}
	lister := stream.ConsumerNames(ctx)
	for name := range lister.Name() {
		if strings.HasPrefix(name, queuePrefix) {
			names = append(names, name)
		}
	}
	return names, lister.Err()
}

// Backlog is what active webhooks have not got yet.
type Backlog struct {
	Entries uint64
	Oldest  time.Time // when the first of them was stored; zero if there is none
}

// Backlog asks the store for it, of all nodes. Entries that hold nothing for a webhook count
// until they are passed over.
func (w *Hooks) Backlog(ctx context.Context) (b Backlog, err error) {
	active := w.active()
	for n, name := range w.streams {
		stream, err := w.engine.JS.Stream(ctx, name)
		if err != nil {
			return b, err
		}
		for _, h := range active {
			if err := b.add(ctx, stream, h.queue(n), w.log.FilterOf(n, h.App)); err != nil {
				return b, err
			}
		}
	}
	return b, nil
}

// active gives all webhooks that get events.
func (w *Hooks) active() (list []Hook) {
	for _, r := range w.records.WithPrefix("") {
		if w.isActive(r.Value) {
			list = append(list, r.Value)
		}
	}
	return list
}

// add adds what one queue holds.
func (b *Backlog) add(ctx context.Context, stream jetstream.Stream, queue, filter string) error {
	consumer, err := stream.Consumer(ctx, queue)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil // not made yet
	}
	if err != nil {
		return err
	}
	info := consumer.CachedInfo()
	waiting := info.NumPending + uint64(info.NumAckPending)
	if b.Entries += waiting; waiting == 0 {
		return nil
	}
	first, err := stream.GetMsg(ctx, info.AckFloor.Stream+1, jetstream.WithGetMsgSubject(filter))
	if err == nil && (b.Oldest.IsZero() || first.Time.Before(b.Oldest)) {
		b.Oldest = first.Time
	}
	return nil
}

// removeUnused removes the consumers that belong to no active webhook: a node was
// stopped before it did so. names, those of each stream, must be older than the records, so that no consumer
// of a new webhook is among them.
func (w *Hooks) removeUnused(ctx context.Context, names [][]string) error {
	active := w.active()
	for n := range w.streams {
		used := map[string]bool{}
		for _, h := range active {
			used[h.queue(n)] = true
		}
		for _, name := range names[n] {
			if !used[name] {
				if err := w.removeQueue(ctx, n, name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// removeQueue removes a consumer of the n-th stream; it is no error if there is none.
func (w *Hooks) removeQueue(ctx context.Context, n int, name string) error {
	err := w.engine.JS.DeleteConsumer(ctx, w.streams[n], name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	return err
}
