package webhook

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Notify hands an ephemeral event, one that is in no log, to the app's webhooks that
// are for it. It never waits: a webhook that has too many of them to post misses it.
func (w *Hooks) Notify(app, event string, data wire.Raw) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, q := range w.queues {
		h := q.hook.Load()
		if !strings.HasPrefix(name, app+".") || !h.wants(event) {
			continue
		}
		select {
		case q.ephemerals <- message{trigger: event, id: h.ID + "." + ids.New(), data: json.RawMessage(data), at: time.Now()}:
		default:
			w.logger.Debug("webhook: too slow, an ephemeral event is left out", "webhook", h.ID, "event", event)
		}
	}
}

// sendEphemerals posts ephemeral events, each once, until ctx ends.
func (q *hookQueue) sendEphemerals(ctx context.Context) {
	for {
		select {
		case m := <-q.ephemerals:
			if err := q.send(ctx, *q.hook.Load(), m); err != nil {
				q.webhooks.logger.Debug("webhook: an ephemeral event is not delivered",
					"webhook", q.hook.Load().ID, "event", m.trigger, "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}
