package core

import "time"

// backoff gives the delay before the next attempt to connect: full jitter over
// an exponential, so that a thousand clients do not come back at once. attempt
// counts from 0; lostFor is how long there has been no connection.
func (o Options) backoff(attempt int, lostFor time.Duration, random uint64) time.Duration {
	limit := o.BackoffCap
	if lostFor >= o.BackoffYoung {
		limit = o.BackoffLateCap
	}
	window := limit
	if attempt < 20 {
		window = min(limit, o.BackoffBase<<attempt)
	}
	const steps = 1 << 20
	return window * time.Duration(random%steps) / (steps - 1)
}
