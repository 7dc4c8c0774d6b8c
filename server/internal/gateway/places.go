package gateway

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
)

// Shares of places.
const (
	longShare    = 40 // one in so many sockets without a session may send a long frame
	addressShare = 8  // one address may have this part of either
)

// Returns of those who are refused.
const (
	returnWithin = 30 * time.Second
	maxReturns   = 10_000 // networks of which they are planned
)

// begun is what the meter counts.
var begun = limit.Count{Kind: limit.Sockets, Scope: limit.Address}

// places are the sockets that this node has room for. Those without a session cost anybody
// nothing to make, so that there are few of them, and they may send little: whose first
// frame is a long one, as a program with many chats has it, takes one of a few places more.
type places struct {
	meter    *limit.Meter
	returns  *limit.Buckets[netip.Prefix] // of those whom the meter has refused
	sockets  *limit.Held
	unopened *limit.Held
	long     *limit.Held
}

func newPlaces(o Options) *places {
	held := func(each, all int) *limit.Held { return limit.NewHeld(max(each, 1), max(all, 1)) }
	return &places{
		meter:    o.Meter,
		returns:  limit.New[netip.Prefix](limit.Rate{PerSecond: 1, Burst: 1}, maxReturns),
		sockets:  held(o.SocketsPerAddress, o.Sockets),
		unopened: held(o.Unopened/addressShare, o.Unopened),
		long:     held(o.Unopened/longShare/addressShare, o.Unopened/longShare),
	}
}

// place is that of one socket. The reader of its first connection alone uses it.
type place struct {
	of       *places
	network  netip.Addr
	unopened bool
	long     bool
}

// enter takes a place for a socket of a client; the error says when there may be one.
func (p *places) enter(sender address.Sender) (*place, error) {
	network := limit.NetworkOf(sender.Client)
	if r := p.meter.TakeFor(begun, limit.Caller{Network: network}); r != nil {
		return nil, p.tooFast(r)
	}
	if !p.sockets.Take(network) {
		return nil, allTaken()
	}
	if !p.unopened.Take(network) {
		p.sockets.Give(network)
		return nil, tooManyUnopened()
	}
	return &place{of: p, network: network, unopened: true}, nil
}

// look gives the error of enter, and takes no place.
func (p *places) look(sender address.Sender) error {
	network := limit.NetworkOf(sender.Client)
	if r := p.meter.Look(begun, limit.Caller{Network: network}); r != nil {
		return p.tooFast(r)
	}
	if !p.sockets.HasRoom(network) {
		return allTaken()
	}
	if !p.unopened.HasRoom(network) {
		return tooManyUnopened()
	}
	return nil
}

// tooFast asks those whom the meter has refused to come back one after the other, at the
// rate of their address: if all came at the same time, nearly all would be refused again.
// Those who are too many for that come at random.
func (p *places) tooFast(r *limit.Refusal) error {
	wait := rand.N(returnWithin)
	now := time.Now()
	if turn := p.returns.Reserve(r.Network, limit.Rate{PerSecond: r.Rate.PerSecond, Burst: 1}, returnWithin, now); turn != nil {
		wait = turn.DelayFrom(now)
	}
	wait = min(max(wait, r.Wait), returnWithin)
	return full(limit.Seconds(wait), "too many connections a second from this address")
}

func allTaken() error {
	return full(1+rand.Uint64N(30), "as many connections as this server, or this address, may have")
}

func tooManyUnopened() error {
	return full(2, "too many connections without a session")
}

func full(retryAfter uint64, why string) *wire.Error {
	err := wire.Errorf(wire.ServerFull, "%s; try again in %d s", why, retryAfter)
	err.RetryAfter = retryAfter
	return err
}

// mayBeLong tells whether the socket, which has no session, may send a long frame.
func (p *place) mayBeLong() bool {
	p.long = p.long || p.of.long.Take(p.network)
	return p.long
}

// opened notes that the socket has a session now, or never will.
func (p *place) opened() {
	if p.unopened {
		p.of.unopened.Give(p.network)
	}
	if p.long {
		p.of.long.Give(p.network)
	}
	p.unopened, p.long = false, false
}

func (p *place) leave() {
	p.opened()
	p.of.sockets.Give(p.network)
}

// Bytes of frames that need no room, of a connection and of a channel. A visitor's frames are
// no longer.
const (
	freeBytes        = 16 << 10
	freeChannelBytes = 2 << 10
)

// partFor is the part of a client's connection of the room for frames.
func (h *Hub) partFor(sender address.Sender, free int) *limit.Part {
	return h.options.Room.Part(limit.NetworkOf(sender.Client), free)
}

// checkUser refuses a connection of a user who has as many as they may. h.mu is held.
func (h *Hub) checkUser(key ids.Key, c *Conn) error {
	sockets := 0
	for other := range h.byUser[key] {
		if other.number == "" {
			sockets++
		}
	}
	what, most := "connections", h.options.ConnectionsPerUser
	switch {
	case c.number == "" && sockets >= h.options.SocketsPerUser:
		what, most = "sockets", h.options.SocketsPerUser
	case len(h.byUser[key]) < most:
		return nil
	}
	err := wire.Errorf(wire.TooManySockets, "user %s has %d %s here, which is the limit", key.ID, most, what)
	err.RetryAfter = 30
	return err
}
