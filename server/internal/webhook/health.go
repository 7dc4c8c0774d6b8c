package webhook

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// retryAfter is the wait before the next attempt: it doubles with each attempt up to
// LongestRetry, less up to a half at random, so that events that failed together do not
// come back together. A target that answers Retry-After gets that, within LongestRetry.
func (o Options) retryAfter(attempts int, err error) time.Duration {
	wait := o.FirstRetry
	for range attempts - 1 {
		if wait = 2 * wait; wait > o.LongestRetry {
			break
		}
	}
	wait = min(wait, o.LongestRetry)
	wait -= time.Duration(rand.Int64N(int64(wait/2) + 1))
	var refused *refusedPost
	if errors.As(err, &refused) {
		wait = max(wait, min(refused.retryAfter, o.LongestRetry))
	}
	return wait
}

// noteResult notes whether a post succeeded. After DisableAfter without a success it
// deactivates the webhook.
func (w *Hooks) noteResult(h Hook, succeeded bool) {
	now, within := ids.Unix(time.Now()), w.Options.DisableAfter
	switch failing := h.FailingSince != 0; {
	case !succeeded && failing && now-h.FailingSince > within.Seconds():
		w.deactivate(h, "no delivery has succeeded for "+within.String())
		return
	case succeeded != failing: // the record says so already
		return
	}
	w.change(h, func(stored *Hook) error {
		if succeeded == (stored.FailingSince == 0) {
			return store.ErrUnchanged
		}
		if stored.FailingSince = 0; !succeeded {
			stored.FailingSince = now
		}
		return nil
	})
}

// countDropped counts an event that is dropped after the last attempt.
func (w *Hooks) countDropped(h Hook, seq uint64, err error) {
	w.logger.Warn("webhook: an event is dropped after the last attempt",
		"webhook", h.ID, "app", h.App, "host", h.host(), "seq", seq, "error", err)
	w.change(h, func(stored *Hook) error {
		stored.Dropped++
		return nil
	})
}

// deactivate ends the deliveries to a webhook until its owner activates it again.
func (w *Hooks) deactivate(h Hook, reason string) {
	w.change(h, func(stored *Hook) error {
		stored.Active, stored.Reason = false, reason
		w.logger.Warn("webhook: deactivated", "webhook", h.ID, "app", h.App, "host", h.host(), "reason", reason)
		return nil
	})
}

// change changes the record of a webhook by what a delivery has shown, unless its owner
// has changed it meanwhile.
func (w *Hooks) change(h Hook, apply func(*Hook) error) {
	ctx, stop := context.WithTimeout(w.ctx, ids.OperationWithin)
	defer stop()
	_, err := w.Modify(ctx, h.App, h.ID, func(stored *Hook) error {
		if !stored.Active || !slices.Equal(stored.From, h.From) || stored.Target != h.Target {
			return store.ErrUnchanged
		}
		return apply(stored)
	})
	if err != nil {
		w.logger.Debug("webhook: its record is not updated", "webhook", h.ID, "error", err)
	}
}

// host is the host of the target, for log lines: the rest of the URL may be secret.
func (h Hook) host() string {
	u, err := url.Parse(h.Target)
	if err != nil {
		return ""
	}
	return u.Host
}
