package limit

import (
	"math"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Rate is how much a caller may take: so many a second in the long run, and Burst at once.
type Rate struct {
	PerSecond float64 `json:"perSecond"`
	Burst     int     `json:"burst"`
}

// refill is the time in which an empty bucket is full again.
func (r Rate) refill() time.Duration {
	return time.Duration(float64(r.Burst) / r.PerSecond * float64(time.Second))
}

// Buckets are token buckets, one for each key. A bucket that is full again is forgotten;
// of more than the given number, that which was asked for longest ago is.
type Buckets[K comparable] struct {
	rate Rate

	mu    sync.Mutex
	byKey *simplelru.LRU[K, *bucket]
}

type bucket struct {
	rate   Rate
	tokens *rate.Limiter
	spent  time.Time // since when the tokens that were taken, or reserved, are there
}

func newBucket(r Rate) *bucket {
	return &bucket{rate: r, tokens: rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)}
}

// adjust gives the bucket another rate. It keeps the tokens, as many as fit.
func (b *bucket) adjust(r Rate, now time.Time) {
	b.rate = r
	b.tokens.SetLimitAt(now, rate.Limit(r.PerSecond))
	b.tokens.SetBurstAt(now, r.Burst)
}

// New makes Buckets of a rate for at most so many keys. Both must be more than zero.
func New[K comparable](r Rate, keys int) *Buckets[K] {
	byKey, err := simplelru.NewLRU[K, *bucket](keys, nil)
	if err != nil { // only a size below one is refused
		panic(err)
	}
	return &Buckets[K]{rate: r, byKey: byKey}
}

// Take takes n tokens of a key's bucket, or none: then wait is the time after which there
// will be enough. More than Burst are never there; wait is then the longest duration.
func (b *Buckets[K]) Take(key K, n int, now time.Time) (wait time.Duration, ok bool) {
	return b.TakeAt(key, b.rate, n, now)
}

// TakeAt is Take with a rate of the key's own.
func (b *Buckets[K]) TakeAt(key K, r Rate, n int, now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.bucket(key, r, now)
	if of.tokens.AllowN(now, n) {
		return 0, true
	}
	if n > r.Burst {
		return math.MaxInt64, false
	}
	return of.missing(n, now), false
}

// Look gives the time after which there are n tokens of a key's bucket, and takes none.
func (b *Buckets[K]) Look(key K, r Rate, n int, now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.byKey.Peek(key); !known {
		return 0
	}
	return b.bucket(key, r, now).missing(n, now)
}

// Reserve takes a token that will be there within a time; nil means that none will. The
// reservation says when.
func (b *Buckets[K]) Reserve(key K, r Rate, within time.Duration, now time.Time) *rate.Reservation {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.bucket(key, r, now)
	one := of.tokens.ReserveN(now, 1)
	wait := one.DelayFrom(now)
	if wait > within {
		one.CancelAt(now)
		return nil
	}
	if at := now.Add(wait); at.After(of.spent) {
		of.spent = at
	}
	return one
}

// Charge takes n tokens of a key's bucket, those that it will have next if it has none. Of
// more than Burst it takes Burst.
func (b *Buckets[K]) Charge(key K, r Rate, n int, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.bucket(key, r, now)
	wait := of.tokens.ReserveN(now, min(n, r.Burst)).DelayFrom(now)
	if at := now.Add(wait); at.After(of.spent) {
		of.spent = at
	}
}

// bucket gives a key's bucket with a rate. b.mu is held.
func (b *Buckets[K]) bucket(key K, r Rate, now time.Time) *bucket {
	b.forgetFull(now)
	of, known := b.byKey.Get(key)
	if !known {
		of = newBucket(r)
		b.byKey.Add(key, of)
	} else if of.rate != r {
		of.adjust(r, now)
	}
	if now.After(of.spent) {
		of.spent = now
	}
	return of
}

// missing is the time after which the bucket has n tokens.
func (b *bucket) missing(n int, now time.Time) time.Duration {
	tokens := float64(n) - b.tokens.TokensAt(now)
	return time.Duration(math.Ceil(max(tokens, 0) / b.rate.PerSecond * float64(time.Second)))
}

// forgetFull forgets up to two buckets that are full again. More need not be: each call
// adds one at most.
func (b *Buckets[K]) forgetFull(now time.Time) {
	for range 2 {
		key, oldest, ok := b.byKey.GetOldest()
		if !ok || now.Sub(oldest.spent) < oldest.rate.refill() {
			return
		}
		b.byKey.Remove(key)
	}
}

// Len is the number of keys that are remembered.
func (b *Buckets[K]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.byKey.Len()
}

// Seconds gives a wait in whole seconds, at least one, as Retry-After has it.
func Seconds(wait time.Duration) uint64 {
	return uint64(math.Ceil(min(max(wait.Seconds(), 1), 86400)))
}
