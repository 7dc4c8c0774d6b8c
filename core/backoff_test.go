package core

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestBackoff: for any attempt, age of the loss and random number the delay lies
// between nothing and its window, and the whole window is used.
func TestBackoff(t *testing.T) {
	t.Parallel()
	o := Options{}.withDefaults()
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		attempt := random.IntN(1 << 20)
		lostFor := time.Duration(random.Int64N(int64(time.Hour)))
		limit := o.BackoffCap
		if lostFor >= o.BackoffYoung {
			limit = o.BackoffLateCap
		}
		delay := o.backoff(attempt, lostFor, random.Uint64())
		assert.GreaterOrEqual(t, delay, time.Duration(0))
		assert.LessOrEqual(t, delay, limit)
	}
	for attempt, window := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond, 2 * time.Second, 2 * time.Second} {
		assert.Equal(t, time.Duration(0), o.backoff(attempt, 0, 0))
		assert.Equal(t, window, o.backoff(attempt, 0, 1<<20-1))
	}
	assert.Equal(t, 30*time.Second, o.backoff(40, time.Minute, 1<<20-1))
}
