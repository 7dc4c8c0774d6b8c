package gateway

import (
	"math/rand/v2"
	"time"

	"parley/core/wire"
)

// When the server goes away it asks clients to come back at different times: so many
// in each second, but all within so many seconds.
const (
	returnsPerSecond     = 500
	returnsWithinSeconds = 20
)

// goingAway is the reason of bye then.
const goingAway = "server is going away"

// Drain says bye to every connection, and takes no new one. elsewhere tells that other nodes
// take the clients at once; else they have to wait for this one.
func (h *Hub) Drain(elsewhere bool) {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	h.closing = true
	soonest := 1
	if elsewhere {
		soonest = 0
	}
	h.sayBye(soonest)
}

// SendAway says bye to every connection, and takes no new one until TakeAgain: other nodes serve the
// clients, and this one cannot.
func (h *Hub) SendAway() {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	h.away = true
	h.sayBye(0)
}

// TakeAgain takes new connections after SendAway.
func (h *Hub) TakeAgain() {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	h.away = false
}

// awayRetryAfter is when a client that comes while clients are sent away may try again, in seconds. By then a load
// balancer knows that this node is not ready.
const awayRetryAfter = 2

// elsewhere refuses clients while they are sent away.
func (h *Hub) elsewhere() error {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	if !h.away {
		return nil
	}
	err := wire.Errorf(wire.StoreFailed, "this server has lost its store, and others have it; try again in %d s", awayRetryAfter)
	err.RetryAfter = awayRetryAfter
	return err
}

// sayBye asks all clients to come back after so many seconds or somewhat later. h.connsMu is held.
func (h *Hub) sayBye(soonest int) {
	h.options.Logger.Info("saying bye to all clients", "connections", len(h.conns), "sockets", h.sockets())
	spread := 1 + min(len(h.conns)/returnsPerSecond, returnsWithinSeconds-1)
	carried := map[*Conn][]*Conn{} // channels, by the first connection of their socket
	for c := range h.conns {
		if ch, is := c.socket.(*channel); is {
			carried[ch.first] = append(carried[ch.first], c)
		}
	}
	for c := range h.conns {
		retryAfter := float64(soonest + rand.IntN(spread))
		bye := func() { c.end(byeGoingAway, goingAway, retryAfter) }
		if others := carried[c]; others == nil {
			bye()
		} else { // after bye a client closes the socket, and what its channels had not been told is lost
			h.running.Go(func() {
				h.untilBye(others)
				bye()
			})
		}
	}
}

// untilBye returns when these connections have said bye, or have ended, or after
// Options.Bye.
func (h *Hub) untilBye(conns []*Conn) {
	deadline := time.After(h.options.Bye)
	for _, c := range conns {
		select {
		case <-c.saidBye:
		case <-c.ctx.Done():
		case <-deadline:
			return
		}
	}
}
