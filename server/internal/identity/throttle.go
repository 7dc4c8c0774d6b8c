package identity

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"parley/core/wire"
)

const (
	freeFailures = 5                // wrong passwords that cause no delay
	longestDelay = time.Minute      // up to which the delay grows
	failuresLast = 15 * time.Minute // after the last failure all are forgotten
	namesWatched = 10_000           // the name that was tried longest ago is forgotten first
)

// loginThrottle makes guessing passwords slow: after freeFailures a user name is refused
// for a second, and for twice as long after each further failure, up to longestDelay.
// Each node counts for itself.
type loginThrottle struct {
	names *lru.Cache[string, *loginName]
}

func newLoginThrottle() *loginThrottle {
	names, err := lru.New[string, *loginName](namesWatched)
	if err != nil { // only a size below one is refused
		panic(err)
	}
	return &loginThrottle{names}
}

// loginName counts the failures of one user name. Its attempts are made one after the
// other, so that many at once all count.
type loginName struct {
	attempt  chan struct{} // holds one value during an attempt
	failures int
	last     time.Time // of the failures
}

// begin waits for the earlier attempts at this name, and refuses with 429 when there were
// too many failures. After each attempt that begins, end must be called.
func (t *loginThrottle) begin(ctx context.Context, name string, now func() time.Time) (*loginName, error) {
	n := &loginName{attempt: make(chan struct{}, 1)}
	if known, found, _ := t.names.PeekOrAdd(name, n); found {
		n = known
		t.names.Get(name) // marks it as used
	}
	select {
	case n.attempt <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if wait := n.delay(now()); wait > 0 {
		n.end()
		seconds := int((wait + time.Second - 1) / time.Second)
		return nil, wire.Errorf(wire.TooManyLogins, "too many failed log-ins for this username; try again in %d s", seconds)
	}
	return n, nil
}

// delay is how much longer the name is refused.
func (n *loginName) delay(now time.Time) time.Duration {
	if now.Sub(n.last) > failuresLast {
		n.failures = 0
	}
	if n.failures < freeFailures {
		return 0
	}
	delay := min(time.Second<<min(n.failures-freeFailures, 10), longestDelay)
	return n.last.Add(delay).Sub(now)
}

func (n *loginName) failed(now time.Time) { n.failures, n.last = n.failures+1, now }
func (n *loginName) succeeded()           { n.failures = 0 }
func (n *loginName) end()                 { <-n.attempt }
