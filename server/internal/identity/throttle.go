package identity

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"parley/core/wire"
	"parley/server/internal/limit"
)

const (
	freeFailures  = 5                // wrong passwords of one guesser that cause no delay
	freeOfNetwork = 50               // the same of a whole network: offices share an address
	longestDelay  = time.Minute      // up to which the delay grows
	failuresLast  = 15 * time.Minute // after the last failure all are forgotten
	countersKept  = 50_000           // in each cache; the one used longest ago is forgotten first
)

// loginThrottle makes guessing passwords slow. Failures count against who made them,
// never against the owner of the name, so that strangers cannot lock an agent out: a
// guesser is a name at a network, or a name on a device that has logged in with it
// before. After freeFailures a guesser is refused for a second, and for twice as long
// after each further failure, up to longestDelay. Networks are refused likewise after
// freeOfNetwork, for all names but those of known devices.
//
// Names cost nothing to make up. So guessers who have shown something of an account, be it
// a device, a session or the password, are kept apart: a flood of names forgets none.
//
// Each node counts for itself.
type loginThrottle struct {
	strangers *lru.Cache[string, *guesser]
	insiders  *lru.Cache[string, *guesser]
	networks  *lru.Cache[string, *failures]
}

func newLoginThrottle() *loginThrottle {
	return &loginThrottle{newCounters[*guesser](), newCounters[*guesser](), newCounters[*failures]()}
}

func newCounters[T any]() *lru.Cache[string, T] {
	counters, err := lru.New[string, T](countersKept)
	if err != nil { // only a size below one is refused
		panic(err)
	}
	return counters
}

// failures counts the failures of a guesser or of a network.
type failures struct {
	mu    sync.Mutex
	count int
	last  time.Time
}

// guesser makes one attempt after the other, so that many at once all count.
type guesser struct {
	failures
	attempt chan struct{} // holds one value during an attempt
}

// attempt is one log-in that has begun. end must be called after it.
type attempt struct {
	guesser *guesser
	network *failures // nil for an insider
}

// begin waits for the earlier attempts of a guesser, and refuses with 429 after too many
// failures. An insider has no network: their failures count wherever they come from.
func (t *loginThrottle) begin(ctx context.Context, guesserKey, network string, now func() time.Time) (*attempt, error) {
	a, guessers := &attempt{}, t.insiders
	if network != "" {
		guessers = t.strangers
		a.network = counter(t.networks, network, &failures{})
	}
	a.guesser = counter(guessers, guesserKey, &guesser{attempt: make(chan struct{}, 1)})
	select {
	case a.guesser.attempt <- struct{}{}:
	case <-ctx.Done():
		return nil, errTooManyLogins("too many log-ins at once", gateRetry)
	}
	wait := a.guesser.delay(freeFailures, now())
	if a.network != nil {
		wait = max(wait, a.network.delay(freeOfNetwork, now()))
	}
	if wait > 0 {
		a.end()
		return nil, errTooManyLogins("too many failed log-ins", wait)
	}
	return a, nil
}

// counter gives the counter of a key, which is fresh if there is none.
func counter[T any](counters *lru.Cache[string, T], key string, fresh T) T {
	known, found, _ := counters.PeekOrAdd(key, fresh)
	if !found {
		return fresh
	}
	counters.Get(key) // marks it as used
	return known
}

// errTooManyLogins is the 429 of a log-in that may be tried again after a while.
func errTooManyLogins(why string, wait time.Duration) error {
	seconds := limit.Seconds(wait)
	err := wire.Errorf(wire.TooManyLogins, "%s; try again in %d s", why, seconds)
	err.RetryAfter = seconds
	return err
}

// delay is how much longer attempts are refused, when so many failures are free.
func (f *failures) delay(free int, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.last) > failuresLast {
		f.count = 0
	}
	if f.count < free {
		return 0
	}
	delay := min(time.Second<<min(f.count-free, 10), longestDelay)
	return f.last.Add(delay).Sub(now)
}

func (f *failures) add(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count, f.last = f.count+1, now
}

func (a *attempt) failed(now time.Time) {
	a.guesser.add(now)
	if a.network != nil {
		a.network.add(now)
	}
}

// succeeded forgets the guesser's failures. Those of the network stay: who has one
// account could else guess at all others.
func (a *attempt) succeeded() {
	a.guesser.mu.Lock()
	defer a.guesser.mu.Unlock()
	a.guesser.count = 0
}

// judge counts an attempt by how it ended. One that only lacks a code is neither: it
// must not forget the failures of those who guess at the code.
func (a *attempt) judge(err error, now time.Time) {
	switch {
	case err == nil:
		a.succeeded()
	case isReason(err, wire.WrongPassword), isReason(err, wire.WrongCode), isReason(err, wire.WrongPasskey):
		a.failed(now)
	}
}

func (a *attempt) end() { <-a.guesser.attempt }
