package password

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"parley/server/internal/limit"
)

const (
	hashesAtOnce  = 2
	hashesWaiting = 200
	gateRetry     = 5 * time.Second // after which those who found the gate full may try again
)

// Gate bounds how many hashes are computed at once and how many wait, so that a
// flood of log-ins takes neither all the memory nor all the processors. Each app has
// the same share of it, within an app each wide network, and in that each network: a flood
// only delays its own.
type Gate struct {
	cost Cost // of new hashes

	mu      sync.Mutex
	running int
	waiting []*waiter // in the order of coming
}

// Share is whose turn a hash takes.
type Share struct {
	App     string
	Network string
	Wide    string // the household of the network
	Known   bool   // a device that has logged in before, which goes first in its app
}

// ShareOf gives the share of a client that logs in to an app.
func ShareOf(app string, client netip.Addr, known bool) Share {
	return Share{app, limit.Network(client).String(), limit.Household(client).String(), known}
}

type waiter struct {
	Share
	turn chan error // gets nil when the hash may be computed
}

// NewGate gives a gate whose new hashes have this cost.
func NewGate(cost Cost) *Gate { return &Gate{cost: cost} }

// enter waits until a hash may be computed, and refuses with 429 when too many wait or
// the wait is too long. The caller must call leave afterwards.
func (g *Gate) enter(ctx context.Context, s Share) error {
	w := g.queue(s)
	if w == nil {
		return nil
	}
	select {
	case err := <-w.turn:
		return err
	case <-ctx.Done():
	}
	if !g.withdraw(w) && <-w.turn == nil { // its turn came meanwhile
		g.leave()
	}
	return errTooManyLogins("too many log-ins at once", gateRetry)
}

// queue gives the place in the queue, or nil if the turn has come at once. When too many
// wait, the last of the largest crowd is refused.
func (g *Gate) queue(s Share) *waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running < hashesAtOnce {
		g.running++
		return nil
	}
	w := &waiter{s, make(chan error, 1)}
	g.waiting = append(g.waiting, w)
	if len(g.waiting) > hashesWaiting {
		last := g.lastOfCrowd()
		g.remove(last)
		last.turn <- errTooManyLogins("too many log-ins at once", gateRetry)
	}
	return w
}

// leave passes the turn on.
func (g *Gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.running--
		return
	}
	next := g.next()
	g.remove(next)
	next.turn <- nil
}

// withdraw tells whether the waiter was still in the queue.
func (g *Gate) withdraw(w *waiter) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.remove(w)
}

func (g *Gate) remove(w *waiter) bool {
	at := slices.Index(g.waiting, w)
	if at < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, at, at+1)
	return true
}

// next draws an app by lot, then one of its wide networks and one network of that, and gives
// the first of these. The
// lot needs no memory of who had how many turns, and leaves nobody out for long.
func (g *Gate) next() *waiter {
	ofApp := drawn(g.waiting, func(w *waiter) string { return w.App })
	if at := slices.IndexFunc(ofApp, func(w *waiter) bool { return w.Known }); at >= 0 {
		return ofApp[at]
	}
	return drawn(drawn(ofApp, wideNetwork), network)[0]
}

// drawn gives the waiters of one group, each of which is as likely as another.
func drawn(all []*waiter, group func(*waiter) string) []*waiter {
	groups := grouped(all, group)
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	return groups[names[rand.IntN(len(names))]] //nolint:gosec // who is next is no secret
}

func network(w *waiter) string     { return w.Network }
func wideNetwork(w *waiter) string { return w.Wide }

// lastOfCrowd gives the last of those of whom most wait: of an app, in it of a wide network,
// and in that of a network. Of crowds of the same size it is the newest who goes. Known devices stay, unless the app has no others.
func (g *Gate) lastOfCrowd() *waiter {
	crowd := largest(g.waiting, func(w *waiter) string { return w.App })
	if strangers := slices.DeleteFunc(slices.Clone(crowd), func(w *waiter) bool { return w.Known }); len(strangers) > 0 {
		crowd = strangers
	}
	crowd = largest(largest(crowd, wideNetwork), network)
	return crowd[len(crowd)-1]
}

func largest(all []*waiter, group func(*waiter) string) (crowd []*waiter) {
	for _, members := range grouped(all, group) {
		if len(members) > len(crowd) || len(members) == len(crowd) && isLater(all, members, crowd) {
			crowd = members
		}
	}
	return crowd
}

// isLater tells whether the last of some waiters has come after the last of others.
func isLater(all, some, others []*waiter) bool {
	return slices.Index(all, some[len(some)-1]) > slices.Index(all, others[len(others)-1])
}

func grouped(all []*waiter, group func(*waiter) string) map[string][]*waiter {
	groups := map[string][]*waiter{}
	for _, w := range all {
		groups[group(w)] = append(groups[group(w)], w)
	}
	return groups
}
