package limit

import (
	"net/netip"
	"sync"
)

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

// HeldNetworks is a Held by Network, in which a Wide network has no more than so many
// networks may (wideShare).
type HeldNetworks struct {
	narrow, wide *Held[netip.Addr]
}

// NewHeldNetworks makes a HeldNetworks with nothing in it.
func NewHeldNetworks(each, all int) *HeldNetworks {
	return &HeldNetworks{NewHeld[netip.Addr](each, all), NewHeld[netip.Addr](wideShare*each, all)}
}

// Take is Held.Take.
func (h *HeldNetworks) Take(network netip.Addr) (ok bool) {
	if !h.narrow.Take(network) {
		return false
	}
	if !h.wide.Take(Wide(network)) {
		h.narrow.Give(network)
		return false
	}
	return true
}

// HasRoom is Held.HasRoom.
func (h *HeldNetworks) HasRoom(network netip.Addr) bool {
	return h.narrow.HasRoom(network) && h.wide.HasRoom(Wide(network))
}

// Give is Held.Give.
func (h *HeldNetworks) Give(network netip.Addr) {
	h.narrow.Give(network)
	h.wide.Give(Wide(network))
}

// Total is Held.Total.
func (h *HeldNetworks) Total() int { return h.narrow.Total() }
