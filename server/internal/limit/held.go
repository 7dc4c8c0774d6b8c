package limit

import (
	"net/netip"
	"sync"
)

// Held counts what clients have at a time: so many by address (SharesOf), and so many in all.
type Held struct {
	each, all int

	mu        sync.Mutex
	byNetwork map[netip.Prefix]int
	total     int
}

// NewHeld makes a Held with nothing in it.
func NewHeld(each, all int) *Held {
	return &Held{each: each, all: all, byNetwork: map[netip.Prefix]int{}}
}

// Take adds one for a client, unless their address has as much as it may, or all have. The
// zero address has no limit of its own.
func (h *Held) Take(client netip.Addr) (ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.hasRoom(client) {
		return false
	}
	h.add(client, 1)
	return true
}

// HasRoom tells whether Take would add one.
func (h *Held) HasRoom(client netip.Addr) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hasRoom(client)
}

// hasRoom is HasRoom; h.mu is held.
func (h *Held) hasRoom(client netip.Addr) bool {
	if h.total >= h.all {
		return false
	}
	for _, s := range SharesOf(client) {
		if client.IsValid() && h.byNetwork[s.Network] >= s.Times*h.each {
			return false
		}
	}
	return true
}

// Give takes back what Take has added.
func (h *Held) Give(client netip.Addr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(client, -1)
}

// add adds n; h.mu is held.
func (h *Held) add(client netip.Addr, n int) {
	h.total += n
	for _, s := range SharesOf(client) {
		if h.byNetwork[s.Network] += n; h.byNetwork[s.Network] <= 0 {
			delete(h.byNetwork, s.Network)
		}
	}
}

// Total is how many there are.
func (h *Held) Total() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}
