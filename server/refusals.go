package server

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// refusalsEvery is how often refusals for their rate are logged.
const refusalsEvery = 10 * time.Second

// refusals sums up what is refused for its rate. A line for each would let strangers fill
// the log, at no cost to them.
type refusals struct {
	ctx    context.Context // when it ends, nothing is logged any more
	logger *slog.Logger

	mu     sync.Mutex
	counts map[refusal]int
}

// refusal is what is counted together.
type refusal struct{ app, message, reason string }

func newRefusals(ctx context.Context, logger *slog.Logger) *refusals {
	return &refusals{ctx: ctx, logger: logger, counts: map[refusal]int{}}
}

// add counts a refusal. The first one has all of the next while logged as one line.
func (r *refusals) add(one refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts[one]++; r.counts[one] == 1 {
		time.AfterFunc(refusalsEvery, func() { r.log(one) })
	}
}

func (r *refusals) log(one refusal) {
	r.mu.Lock()
	count := r.counts[one]
	delete(r.counts, one)
	r.mu.Unlock()
	if r.ctx.Err() == nil {
		r.logger.Warn(one.message, "app", one.app, "reason", one.reason, "count", count, "within", refusalsEvery.String())
	}
}
