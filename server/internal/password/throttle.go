package password

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
)

const (
	FreeFailures  = 5      // wrong passwords of one guesser that cause no delay
	FreeOfNetwork = 50     // the same of a whole network: offices share an address
	CountersKept  = 50_000 // in each cache; the one used longest ago is forgotten first

	longestDelay = time.Minute      // up to which the delay grows
	failuresLast = 15 * time.Minute // after the last failure all are forgotten
)

// Throttle makes guessing passwords slow. Failures count against who made them,
// never against the owner of the name, so that strangers cannot lock an agent out: a
// guesser is a name at a network, or a name on a device that has logged in with it
// before. After FreeFailures a guesser is refused for a second, and for twice as long
// after each further failure, up to longestDelay. Networks are refused likewise after
// FreeOfNetwork, for all names but those of known devices. Networks are those of
// limit.SharesOf, and a household may fail as many times more.
//
// Names cost nothing to make up. So guessers who have shown something of an account, be it
// a device, a session or the password, are kept apart: a flood of names forgets none.
//
// Each node counts for itself.
type Throttle struct {
	strangers *lru.Cache[string, *guesser]
	insiders  *lru.Cache[string, *guesser]
	networks  *lru.Cache[string, *failures]
}

// NewThrottle gives a throttle that has seen no failure.
func NewThrottle() *Throttle {
	return &Throttle{newCounters[*guesser](), newCounters[*guesser](), newCounters[*failures]()}
}

func newCounters[T any]() *lru.Cache[string, T] {
	counters, err := lru.New[string, T](CountersKept)
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

func newGuesser() *guesser { return &guesser{attempt: make(chan struct{}, 1)} }

// Attempt is one log-in that has begun. End must be called after it.
type Attempt struct {
	guessers []*guesser // that wait for it to end
	counts   []count
}

// count is one of the counters that judge an attempt, and what it lets pass.
type count struct {
	*failures
	free int
}

// Begin waits for the earlier attempts of a guesser, and refuses with 429 after too many
// failures. An insider comes from nowhere: their failures count wherever they are.
func (t *Throttle) Begin(ctx context.Context, name string, from []limit.Share, now func() time.Time) (*Attempt, error) {
	guessers, counts := t.countersOf(name, from)
	a := &Attempt{counts: counts}
	for _, g := range guessers {
		select {
		case g.attempt <- struct{}{}:
			a.guessers = append(a.guessers, g)
		case <-ctx.Done():
			a.End()
			return nil, errTooManyLogins("too many log-ins at once", gateRetry)
		}
	}
	var wait time.Duration
	for _, c := range a.counts {
		wait = max(wait, c.delay(c.free, now()))
	}
	if wait > 0 {
		a.End()
		return nil, errTooManyLogins("too many failed log-ins", wait)
	}
	return a, nil
}

// countersOf gives the guessers of an attempt, and all that judges it.
func (t *Throttle) countersOf(name string, from []limit.Share) (guessers []*guesser, counts []count) {
	if from == nil {
		g := counter(t.insiders, name, newGuesser())
		return []*guesser{g}, []count{{&g.failures, FreeFailures}}
	}
	for _, s := range from {
		network := s.Network.String()
		g := counter(t.strangers, name+" "+network, newGuesser())
		guessers = append(guessers, g)
		counts = append(counts, count{&g.failures, s.Times * FreeFailures},
			count{counter(t.networks, network, &failures{}), s.Times * FreeOfNetwork})
	}
	return guessers, counts
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

func (a *Attempt) failed(now time.Time) {
	for _, c := range a.counts {
		c.add(now)
	}
}

// succeeded forgets the guesser's failures. Those of the network stay: who has one
// account could else guess at all others.
func (a *Attempt) succeeded() {
	for _, g := range a.guessers {
		g.mu.Lock()
		g.count = 0
		g.mu.Unlock()
	}
}

// Judge counts an attempt by how it ended. One that only lacks a code is neither: it
// must not forget the failures of those who guess at the code.
func (a *Attempt) Judge(err error, now time.Time) {
	switch {
	case err == nil:
		a.succeeded()
	case ids.IsReason(err, wire.WrongPassword), ids.IsReason(err, wire.WrongCode), ids.IsReason(err, wire.WrongPasskey):
		a.failed(now)
	}
}

// End lets the guesser's next attempt begin.
func (a *Attempt) End() {
	for _, g := range a.guessers {
		<-g.attempt
	}
}
