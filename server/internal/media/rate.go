package media

import (
	"time"

	"parley/server/internal/ids"
)

// Bounds of how slowly a file may be sent or fetched. They bound a rate and not a total,
// so that a large file arrives over a slow link as well.
const (
	// LeastRate is the rate below which a transfer ends, in bytes a second.
	LeastRate = 4 << 10
	// StalledAfter is how long a transfer may rest before it ends.
	StalledAfter = 30 * time.Second

	longestUpload = LeftoverAfter / 2
)

// Within is how long an upload of that many bytes may take, 3 hours at most. A negative
// size is an unknown one.
func Within(size int64) time.Duration {
	if size < 0 || size > LeastRate*int64(longestUpload/time.Second) {
		return longestUpload
	}
	return min(longestUpload, StalledAfter+ids.OperationWithin+time.Duration(size/LeastRate)*time.Second)
}

// Pace tells how long the next step of a transfer may take.
type Pace struct {
	begin time.Time
	done  int64 // bytes so far
}

// NewPace begins a transfer now.
func NewPace() *Pace { return &Pace{begin: time.Now()} }

// Moved notes bytes that were sent or fetched.
func (p *Pace) Moved(n int) { p.done += int64(n) }

// Until is when the next step must be done: StalledAfter from now, and earlier if the
// transfer would be below LeastRate then.
func (p *Pace) Until() time.Time {
	least := p.begin.Add(StalledAfter + time.Duration(p.done)*time.Second/LeastRate)
	if stalled := time.Now().Add(StalledAfter); stalled.Before(least) {
		return stalled
	}
	return least
}
