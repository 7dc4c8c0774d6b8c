package limit

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

// maxAhead is how long before its time a token may be reserved. It bounds what those who
// reserve and go away take from the others of a bucket.
const maxAhead = 5 * time.Second

// Wait takes one of each count as soon as there is one; before it waits it calls onWait. The
// error is that of ctx. Who waits has a token reserved, so that all get theirs in turn.
func (m *Meter) Wait(ctx context.Context, c Caller, onWait func(), counts ...Count) error {
	for {
		held, wait := m.reserve(c, counts, time.Now())
		if wait == 0 {
			return nil
		}
		onWait()
		over := time.NewTimer(wait)
		select {
		case <-over.C:
		case <-ctx.Done():
			over.Stop()
			cancel(held, time.Now())
			return ctx.Err()
		}
		if held != nil {
			return nil
		}
	}
}

// reserve reserves one of each count, and gives the time after which all are there. If one
// cannot be reserved, it reserves none, and gives a time to try again: at random, so that
// those who do are few at a time.
func (m *Meter) reserve(c Caller, counts []Count, now time.Time) (held []*rate.Reservation, wait time.Duration) {
	for _, count := range counts {
		for _, p := range m.partsOf(count, c) {
			one := m.buckets[count].Reserve(p.of, p.rate, maxAhead, now)
			if one == nil {
				cancel(held, now)
				return nil, maxAhead/2 + rand.N(maxAhead/2)
			}
			held, wait = append(held, one), max(wait, one.DelayFrom(now))
		}
	}
	return held, wait
}

func cancel(held []*rate.Reservation, now time.Time) {
	for _, one := range held {
		one.CancelAt(now)
	}
}
