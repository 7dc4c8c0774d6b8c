package webhook

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"parley/server/internal/ids"
)

// Notify hands an event that is in no log to the hooks that want it. Each is sent
// once or not at all: what is too late is of no use.
func (w *Hooks) Notify(key ids.Key, event string, data json.RawMessage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, q := range w.queues {
		if !strings.HasPrefix(name, key.App+".") || !q.hook.Load().wants(event) {
			continue
		}
		select {
		case q.ephemeral <- message{trigger: event, id: q.hook.Load().ID + "." + ids.New(), data: data, at: time.Now()}:
		default:
			w.logger.Debug("webhook: too slow, an event that is in no log is left out", "webhook", q.hook.Load().ID, "event", event)
		}
	}
}

// sendEphemeral sends what is in no log.
func (q *hookQueue) sendEphemeral(ctx context.Context) {
	for {
		select {
		case m := <-q.ephemeral:
			if err := q.send(ctx, *q.hook.Load(), m); err != nil {
				q.webhooks.logger.Debug("webhook: not delivered", "webhook", q.hook.Load().ID, "event", m.trigger, "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}
