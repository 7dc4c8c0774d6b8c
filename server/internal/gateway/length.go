package gateway

import (
	"context"
	"strconv"
	"strings"

	"parley/core/wire"
)

// lengthSubject is that of questions how long a send to a connection of another node may
// be, followed by the node's id. The question is the connection's id.
const lengthSubject = "parley.length."

// Bounds of a request by HTTP.
const (
	shortExchange   = 512 // bytes of one that brings no frames
	biggestExchange = 4   // times FrameBytes: of one that brings frames
)

// BeginExchange gives how many bytes a request of a client may have, by its first line.
// Only frames need room: a connection brings them by one request at a time, and one that has
// no session brings one frame. An error means that it may not be read.
func (h *Hub) BeginExchange(ctx context.Context, first []byte) (longest int, end func(), err error) {
	words := strings.Split(string(first), " ")
	if words[0] != "send" || len(words) < 2 {
		return shortExchange, func() {}, nil
	}
	id := words[1]
	if longest, err = h.longestOfSend(ctx, id); err != nil {
		return 0, nil, err
	}
	if !h.exchanges.beginSend(ctx, id) {
		return 0, nil, errSending
	}
	return longest, func() { h.exchanges.endSend(id) }, nil
}

var errSending = wire.Errorf(wire.RateExceeded, "another send of this connection is under way; send one after the other")

func (h *Hub) longestOfSend(ctx context.Context, id string) (int, error) {
	node, err := h.exchanges.nodeOf(id)
	if err != nil {
		return 0, err
	}
	longest := 0
	if node == h.exchanges.node {
		longest = h.longestSend(id)
	} else {
		longest = h.askLongestSend(ctx, node, id)
	}
	if longest == 0 {
		return 0, errNoConnection
	}
	return longest, nil
}

// longestSend gives how many bytes may be sent to a connection of this node at once, 0 if
// there is no such connection.
func (h *Hub) longestSend(id string) int {
	switch s := h.exchanges.get(id); {
	case s == nil:
		return 0
	case !s.hasSession.Load():
		return shortExchange + h.options.FrameBytes
	}
	return biggestExchange * h.options.FrameBytes
}

// askLongestSend asks another node for longestSend: nothing says that there is such a node,
// or that its connection has a session, but the node.
func (h *Hub) askLongestSend(ctx context.Context, node, id string) int {
	ctx, stop := context.WithTimeout(ctx, relayWithin)
	defer stop()
	answer, err := h.engine.NC.RequestWithContext(ctx, lengthSubject+node, []byte(id))
	if err != nil {
		return 0
	}
	longest, _ := strconv.Atoi(string(answer.Data))
	return min(longest, biggestExchange*h.options.FrameBytes)
}
