package webhook

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatlog"
	"parley/server/internal/store"
)

// changed starts and stops queues when a hook's record is another. It does not
// wait.
func (w *Hooks) changed(key string, r store.Record[Hook]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := r.Value
	live := h.Active && !w.closed
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
	q = &hookQueue{webhooks: w, ephemeral: make(chan message, ephemeralAhead), stop: stop}
	q.hook.Store(&h)
	w.queues[key] = q
	w.running.Go(func() {
		<-w.started
		q.run(ctx)
	})
}

// Close waits until nothing is sent any more; w.ctx has ended, or stop has been
// called.
func (w *Hooks) Close() {
	w.mu.Lock()
	w.closed = true
	for _, q := range w.queues {
		q.stop()
	}
	w.mu.Unlock()
	w.running.Wait()
}

// QueueNames lists the queues that there are.
func (w *Hooks) QueueNames(ctx context.Context) (names []string, err error) {
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

// tidy removes the queues that no webhook has any more: whoever should have done
// so was stopped. They were listed before the records were read.
func (w *Hooks) tidy(ctx context.Context, names []string) error {
	used := map[string]bool{}
	for _, r := range w.Records.WithPrefix("") {
		if r.Value.Active {
			used[r.Value.Queue()] = true
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
func (w *Hooks) drop(ctx context.Context, name string) error {
	err := w.engine.JS.DeleteConsumer(ctx, chatlog.Stream, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	return err
}
