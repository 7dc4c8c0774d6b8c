package webhook

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatlog"
	"parley/server/internal/store"
)

// recordChanged starts, updates or stops the queue of a webhook whose record has
// changed. It does not wait.
func (w *Hooks) recordChanged(key string, r store.Record[Hook]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := r.Value
	active := h.Active && !w.closed
	q := w.queues[key]
	if q != nil && active && q.hook.Load().From == h.From {
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

// queueNames lists the consumers of webhooks, on all nodes.
func (w *Hooks) queueNames(ctx context.Context) (names []string, err error) {
	stream, err := w.engine.JS.Stream(ctx, chatlog.Stream)
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
	stream, err := w.engine.JS.Stream(ctx, chatlog.Stream)
	if err != nil {
		return b, err
	}
	for _, r := range w.records.WithPrefix("") {
		h := r.Value
		if !h.Active {
			continue
		}
		consumer, err := stream.Consumer(ctx, h.queue())
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			continue // not made yet
		}
		if err != nil {
			return b, err
		}
		info := consumer.CachedInfo()
		waiting := info.NumPending + uint64(info.NumAckPending)
		if b.Entries += waiting; waiting == 0 {
			continue
		}
		first, err := stream.GetMsg(ctx, info.AckFloor.Stream+1, jetstream.WithGetMsgSubject(chatlog.SubjectPrefix+h.App+".>"))
		if err == nil && (b.Oldest.IsZero() || first.Time.Before(b.Oldest)) {
			b.Oldest = first.Time
		}
	}
	return b, nil
}

// removeUnused removes the consumers that belong to no active webhook: a node was
// stopped before it did so. names must be older than the records, so that no consumer
// of a new webhook is among them.
func (w *Hooks) removeUnused(ctx context.Context, names []string) error {
	used := map[string]bool{}
	for _, r := range w.records.WithPrefix("") {
		if r.Value.Active {
			used[r.Value.queue()] = true
		}
	}
	for _, name := range names {
		if !used[name] {
			if err := w.removeQueue(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeQueue removes a consumer; it is no error if there is none.
func (w *Hooks) removeQueue(ctx context.Context, name string) error {
	err := w.engine.JS.DeleteConsumer(ctx, chatlog.Stream, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	return err
}
