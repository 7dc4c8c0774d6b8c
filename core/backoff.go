package core

import "time"

// backoff gives the delay before the next attempt to connect. It is exponential
// with full jitter, so that a thousand clients do not come back at once. attempt
// counts from 0; lostFor is how long there has been no connection.
func (o Options) backoff(attempt int, lostFor time.Duration, random uint64) time.Duration {
	limit := o.BackoffCap
	if lostFor >= o.BackoffYoung {
		limit = o.BackoffLateCap
	}
	return jitter(o.BackoffBase, limit, attempt, random)
}

// jitter gives a random part of a time that doubles with each attempt, up to limit.
func jitter(base, limit time.Duration, attempt int, random uint64) time.Duration {
	window := limit
	if attempt < 20 {
		window = min(limit, base<<attempt)
	}
	const steps = 1 << 20
	return window * time.Duration(random%steps) / (steps - 1)
}
