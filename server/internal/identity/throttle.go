package identity

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"parley/core/wire"
)

const (
	freeFailures   = 5                // wrong passwords that cost nothing but themselves
	longestDelay   = time.Minute      // what the delay grows to
	failuresForget = 15 * time.Minute // after the last one
	namesWatched   = 10_000           // the least recently tried is forgotten first
)

// loginThrottle makes guessing passwords slow: after freeFailures the name is
// refused for a second, and for twice as long after each further failure.
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

// loginName is what is known of one name. Attempts at it go one after the other,
// so that many at once count as many; turn holds the place of the one under way.
type loginName struct {
	turn     chan struct{}
	failures int
	last     time.Time
}

// begin waits for the attempts under way at this name and refuses with 429 when
// there were too many failures. Each attempt that begins must end.
func (t *loginThrottle) begin(ctx context.Context, name string, now func() time.Time) (*loginName, error) {
	n := &loginName{turn: make(chan struct{}, 1)}
	if known, found, _ := t.names.PeekOrAdd(name, n); found {
		n = known
		t.names.Get(name) // it is in use: forget others first
	}
	select {
	case n.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if wait := n.delay(now()); wait > 0 {
		n.end()
		seconds := int((wait + time.Second - 1) / time.Second)
		return nil, wire.Errorf(wire.CodeTooMany, "too many failed log-ins for this username; try again in %d s", seconds)
	}
	return n, nil
}

// delay is how long from now the name is refused.
func (n *loginName) delay(now time.Time) time.Duration {
	if now.Sub(n.last) > failuresForget {
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
func (n *loginName) end()                 { <-n.turn }
