package limit

import "sync"

// Held counts what callers have at a time: so many each, and so many in all.
type Held[K comparable] struct {
	each, all int

	mu    sync.Mutex
	byKey map[K]int
	total int
}

// NewHeld makes a Held with nothing in it.
func NewHeld[K comparable](each, all int) *Held[K] {
	return &Held[K]{each: each, all: all, byKey: map[K]int{}}
}

// Take adds one for a key, unless it has as many as it may, or all have. The zero key has
// no limit of its own.
func (h *Held[K]) Take(key K) (ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var none K
	if h.total >= h.all || key != none && h.byKey[key] >= h.each {
		return false
	}
	h.total++
	if key != none {
		h.byKey[key]++
	}
	return true
}

// Give takes back what Take has added.
func (h *Held[K]) Give(key K) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total--
	if h.byKey[key]--; h.byKey[key] <= 0 {
		delete(h.byKey, key)
	}
}

// Total is how many there are.
func (h *Held[K]) Total() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}
