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
	if !h.hasRoom(key) {
		return false
	}
	h.total++
	var none K
	if key != none {
		h.byKey[key]++
	}
	return true
}

// HasRoom tells whether Take would add one.
func (h *Held[K]) HasRoom(key K) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hasRoom(key)
}

// hasRoom is HasRoom; h.mu is held.
func (h *Held[K]) hasRoom(key K) bool {
	var none K
	return h.total < h.all && (key == none || h.byKey[key] < h.each)
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
