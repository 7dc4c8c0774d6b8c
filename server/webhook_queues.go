package server

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// changed starts and stops queues when a hook's record is another. It does not
// wait.
func (w *webhooks) changed(key string, m mirrored) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var h hook
	live := m.value != nil && json.Unmarshal(m.value, &h) == nil && h.Active && !w.closed
	q := w.queues[key]
	if q != nil && live && q.hook.Load().From == h.From {
		q.hook.Store(&h)
		return
	}
	if q != nil {
		q.stop()
		delete(w.queues, key)
	}
	if !live {
		return
	}
	ctx, stop := context.WithCancel(w.ctx)
	q = &hookQueue{webhooks: w, whispers: make(chan message, whispersAhead), stop: stop}
	q.hook.Store(&h)
	w.queues[key] = q
	w.running.Go(func() {
		<-w.started
		q.run(ctx)
	})
}

// close waits until nothing is sent any more; w.ctx has ended, or stop has been
// called.
func (w *webhooks) close() {
	w.mu.Lock()
	w.closed = true
	for _, q := range w.queues {
		q.stop()
	}
	w.mu.Unlock()
	w.running.Wait()
}

// queueNames lists the queues that there are.
func (w *webhooks) queueNames(ctx context.Context) (names []string, err error) {
	stream, err := w.engine.JS.Stream(ctx, logStream)
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

// tidy removes the queues that no webhook has any more: whoever should have done
// so was stopped. They were listed before the records were read.
func (w *webhooks) tidy(ctx context.Context, names []string) error {
	used := map[string]bool{}
	for _, m := range w.records.under("") {
		var h hook
		if json.Unmarshal(m.value, &h) == nil && h.Active {
			used[h.queue()] = true
		}
	}
	for _, name := range names {
		if !used[name] {
			if err := w.drop(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop removes a queue; one that is not there is no error.
func (w *webhooks) drop(ctx context.Context, name string) error {
	err := w.engine.JS.DeleteConsumer(ctx, logStream, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	return err
}
