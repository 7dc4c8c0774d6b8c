package routing

import (
	"sync"
	"time"
)

// activityEvery is how often others hear at most what a user does in a chat.
const activityEvery = 500 * time.Millisecond

// paced has acts done at most once in a while for each key. An act that comes sooner waits,
// unless a later one takes its place.
type paced[K comparable] struct {
	every time.Duration

	mu      sync.Mutex
	waiting map[K]func() // of keys that have acted a moment ago; nil if nothing waits
}

func newPaced[K comparable](every time.Duration) *paced[K] {
	return &paced[K]{every: every, waiting: map[K]func(){}}
}

// do does an act now or later.
func (p *paced[K]) do(key K, act func()) {
	p.mu.Lock()
	_, tooSoon := p.waiting[key]
	if tooSoon {
		p.waiting[key] = act
		p.mu.Unlock()
		return
	}
	p.waiting[key] = nil
	p.mu.Unlock()
	act()
	time.AfterFunc(p.every, func() { p.next(key) })
}

// next does what waits, and has what comes after it wait.
func (p *paced[K]) next(key K) {
	p.mu.Lock()
	act := p.waiting[key]
	if act == nil {
		delete(p.waiting, key)
		p.mu.Unlock()
		return
	}
	p.waiting[key] = nil
	p.mu.Unlock()
	act()
	time.AfterFunc(p.every, func() { p.next(key) })
}
