package routing

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often others hear what a user does in a chat: as often as somebody types and stops, but
// not as often as a program could.
const (
	activitiesPerSecond = 2
	activitiesAtOnce    = 10
)

// paced has acts done so many times a second for each key, and so many at once. An act that
// comes sooner waits, unless a later one takes its place.
type paced[K comparable] struct {
	perSecond float64
	atOnce    int

	mu   sync.Mutex
	keys map[K]*pace // of those that have acted a moment ago
}

type pace struct {
	limiter *rate.Limiter
	waiting func() // nil if nothing waits
}

func newPaced[K comparable](perSecond float64, atOnce int) *paced[K] {
	return &paced[K]{perSecond: perSecond, atOnce: atOnce, keys: map[K]*pace{}}
}

// do does an act now or later.
func (p *paced[K]) do(key K, act func()) {
	p.mu.Lock()
	its := p.of(key)
	if its.waiting != nil {
		its.waiting = act
		p.mu.Unlock()
		return
	}
	wait := its.limiter.Reserve().Delay()
	if wait > 0 {
		its.waiting = act
		time.AfterFunc(wait, func() { p.doWaiting(its) })
	}
	p.mu.Unlock()
	if wait == 0 {
		act()
	}
}

func (p *paced[K]) doWaiting(its *pace) {
	p.mu.Lock()
	act := its.waiting
	its.waiting = nil
	p.mu.Unlock()
	act()
}

// of gives the pace of a key, which is forgotten when it has done nothing for as long as makes
// no difference; p.mu is held.
func (p *paced[K]) of(key K) *pace {
	its := p.keys[key]
	if its == nil {
		its = &pace{limiter: rate.NewLimiter(rate.Limit(p.perSecond), p.atOnce)}
		p.keys[key] = its
		p.forgetLater(key)
	}
	return its
}

func (p *paced[K]) forgetLater(key K) {
	full := time.Duration(float64(p.atOnce) / p.perSecond * float64(time.Second))
	time.AfterFunc(full, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if its := p.keys[key]; its.waiting == nil && its.limiter.Tokens() >= float64(p.atOnce) {
			delete(p.keys, key)
			return
		}
		p.forgetLater(key)
	})
}
