package webhook

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// retryAfter is the wait after so many attempts: twice as long each time up to
// the longest, and shorter by up to a half, so that what failed together does not
// come back together. A target may ask for more.
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

// noteResult remembers since when a hook's target fails. A target that has failed for
// too long is sent nothing any more.
func (w *Hooks) noteResult(h Hook, works bool) {
	now, within := ids.Unix(time.Now()), w.Options.DisableAfter
	switch fails := h.FailingSince != 0; {
	case !works && fails && now-h.FailingSince > within.Seconds():
		w.deactivate(h, "no delivery has succeeded for "+within.String())
		return
	case works != fails: // that is known
		return
	}
	w.change(h, func(stored *Hook) error {
		if works == (stored.FailingSince == 0) {
			return store.ErrUnchanged
		}
		if stored.FailingSince = 0; !works {
			stored.FailingSince = now
		}
		return nil
	})
}

// givenUp counts an event that was tried often enough.
func (w *Hooks) givenUp(h Hook, seq uint64, err error) {
	w.logger.Warn("webhook: an event is given up", "webhook", h.ID, "app", h.App, "host", h.host(), "seq", seq, "error", err)
	w.change(h, func(stored *Hook) error {
		stored.Dropped++
		return nil
	})
}

// deactivate ends what is sent to a hook, until its owner activates it again.
func (w *Hooks) deactivate(h Hook, reason string) {
	w.change(h, func(stored *Hook) error {
		stored.Active, stored.Reason = false, reason
		w.logger.Warn("webhook: deactivated", "webhook", h.ID, "app", h.App, "host", h.host(), "reason", reason)
		return nil
	})
}

// change writes what was seen of a hook, unless it is another by now.
func (w *Hooks) change(h Hook, by func(*Hook) error) {
	ctx, stop := context.WithTimeout(w.ctx, ids.OperationWithin)
	defer stop()
	_, err := w.Modify(ctx, h.App, h.ID, func(stored *Hook) error {
		if !stored.Active || stored.From != h.From || stored.Target != h.Target {
			return store.ErrUnchanged
		}
		return by(stored)
	})
	if err != nil {
		w.logger.Debug("webhook: its state is not noted", "webhook", h.ID, "error", err)
	}
}

// host is what the log may say of a target.
func (h Hook) host() string {
	u, err := url.Parse(h.Target)
	if err != nil {
		return ""
	}
	return u.Host
}
