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
func (h *Held) Take(client netip.Addr) (ok bool) { return h.TakeMany(client, 1) }

// TakeMany is Take of n, or of none.
func (h *Held) TakeMany(client netip.Addr, n int) (ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.hasRoom(client, n) {
		return false
	}
	h.add(client, n)
	return true
}

// HasRoom tells whether Take would add one.
func (h *Held) HasRoom(client netip.Addr) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hasRoom(client, 1)
}

// hasRoom tells whether TakeMany would add n; h.mu is held.
func (h *Held) hasRoom(client netip.Addr, n int) bool {
	if h.total+n > h.all {
		return false
	}
	for _, s := range SharesOf(client) {
		if client.IsValid() && h.byNetwork[s.Network]+n > s.Times*h.each {
			return false
		}
	}
	return true
}

// Give takes back what Take has added.
func (h *Held) Give(client netip.Addr) { h.GiveMany(client, 1) }

// GiveMany takes back n.
func (h *Held) GiveMany(client netip.Addr, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(client, -n)
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
