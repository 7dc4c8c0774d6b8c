package gateway

import (
	"context"
	"strconv"
	"strings"
)

// lengthSubject is that of questions how long a send to a connection of another node may
// be, followed by the node's id. The question is the connection's id.
const lengthSubject = "parley.length."

// Bounds of a request by HTTP.
const (
	shortExchange   = 512 // bytes of one that brings no frames
	biggestExchange = 16  // times FrameBytes: of one that brings frames
)

// LongestExchange gives how many bytes a request of a client may have, by its first line.
// Only frames need room, and a connection that has no session brings one at a time. An
// error means that the connection is lost.
func (h *Hub) LongestExchange(ctx context.Context, first []byte) (int, error) {
	words := strings.Split(string(first), " ")
	if words[0] != "send" || len(words) < 2 {
		return shortExchange, nil
	}
	node, err := h.exchanges.nodeOf(words[1])
	if err != nil {
		return 0, err
	}
	longest := 0
	if node == h.exchanges.node {
		longest = h.longestSend(words[1])
	} else {
		longest = h.askLongestSend(ctx, node, words[1])
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
