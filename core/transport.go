package core

import (
	"strings"
	"time"

	"parley/core/wire"
)

// Transport is what carries the frames of a connection, by the name that pages see.
type Transport string

// The transports.
const (
	TransportWebSocket Transport = "websocket"
	TransportHTTP      Transport = "http" // long polling, where WebSockets are cut off
)

// carrier chooses the transport of each attempt to connect. The rule:
//
//   - WebSocket comes first. After failuresForHTTP of them in a row that came to nothing,
//     or did not last, HTTP has its turn. An attempt where nobody answered says nothing
//     of WebSockets.
//   - HTTP that has opened a session is kept, also when it is lost, until it fails. Then
//     both take turns, so that neither can keep the other from working.
//   - WebSocket is tried again after a hint that the network is another, or when there is
//     no connection and the last try was retryWebSocketAfter ago. Where one has lasted
//     before, it is tried once more after returnAfter on HTTP: perhaps the server was away.
type carrier struct {
	transport Transport // of the present attempt or connection
	failures  int       // WebSockets in a row that came to nothing
	lasted    bool      // a WebSocket has lasted, and there was no return to one since
	httpWorks bool      // HTTP has carried a frame, and has not failed since
	triedHTTP bool
	tried     deadline // when a WebSocket was last tried
	heard     bool     // the server has sent a frame
	nobody    bool     // nobody answered at the address
	openedAt  deadline // when the session opened, 0 if it has not
}

const (
	failuresForHTTP     = 2
	retryWebSocketAfter = 5 * time.Minute
	returnAfter         = time.Minute
	lastsAfter          = 10 * time.Second // a WebSocket that lived as long has lasted
)

// choose gives the transport of the next attempt, and its limit until the server says
// something. A WebSocket that nobody answers must leave HTTP some of the time that a login
// has. When HTTP has failed as well, it gets the time that a slow network needs.
func (c *carrier) choose(now deadline, o Options) (Transport, time.Duration) {
	previous := c.transport
	c.heard, c.nobody, c.openedAt = false, false, 0
	c.transport = TransportWebSocket
	within := min(o.WebSocketWithin, o.OpenWithin)
	switch {
	case c.failures < failuresForHTTP:
	case c.httpWorks && now-c.tried >= retryWebSocketAfter.Milliseconds():
	case previous == TransportHTTP && !c.httpWorks:
		within = o.OpenWithin
	default:
		c.transport, c.triedHTTP = TransportHTTP, true
		return c.transport, o.OpenWithin
	}
	c.tried = now
	return c.transport, within
}

// ended notes how the connection ended. meant says that the server or another tab has
// ended it, which says nothing of WebSockets unless nothing has passed: tabs may take an
// idle one from each other.
func (c *carrier) ended(now deadline, meant bool) {
	switch opened := c.openedAt != 0; {
	case c.nobody: // and it was HTTP that asked
		c.triedHTTP = true
	case c.transport == TransportHTTP:
		c.httpWorks = c.heard
	case opened && now-c.openedAt >= lastsAfter.Milliseconds():
		c.failures, c.lasted = 0, true
	case opened && !meant, !c.heard:
		c.failures++
	}
}

// networkChanged gives WebSocket another try.
func (c *carrier) networkChanged() { c.failures = min(c.failures, failuresForHTTP-1) }

// returns tells whether it is time to leave HTTP for a WebSocket, and notes that.
func (c *carrier) returns(now deadline) bool {
	if c.transport != TransportHTTP || !c.lasted || now-c.openedAt < returnAfter.Milliseconds() {
		return false
	}
	c.lasted = false
	c.networkChanged()
	return true
}

// unreached says that no connection could be made in time, and what was tried.
func (c *carrier) unreached(within time.Duration) *wire.Error {
	tried := ""
	if c.triedHTTP && c.failures > 0 {
		tried = ": neither a WebSocket nor HTTP long polling got through"
	}
	return wire.Errorf(wire.Unreachable, "the chat server could not be reached within %s%s", within, tried)
}

// address gives the URL of the socket for a transport.
func (a App) address(t Transport) string {
	if t == TransportHTTP {
		return "http" + strings.TrimPrefix(a.Socket, "ws")
	}
	return a.Socket
}
