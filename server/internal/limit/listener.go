package limit

import (
	"net"
	"net/netip"
	"sync"
)

// Connections bounds how many connections a listener has at a time.
type Connections struct {
	Most       int                   // in all
	PerAddress int                   // with one address (SharesOf)
	Exempt     func(netip.Addr) bool // whose connections count in all only, as a proxy has those of many
}

// full is what a connection over a bound is told.
const full = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// Bounded bounds the connections of TCP listeners together, and as many requests that share
// connections.
type Bounded struct {
	exempt   func(netip.Addr) bool
	held     *Held
	requests *Held
}

// Bounded makes a Bounded with no connection in it.
func (c Connections) Bounded() *Bounded {
	return &Bounded{c.Exempt, NewHeld(c.PerAddress, c.Most), NewHeld(c.PerAddress, c.Most)}
}

// BeginRequest notes a request that is under way until end is called, and shares its connection
// with others. Each takes about as much memory as a connection with one, and no fewer would be
// had by more connections. ok is false if there are too many; then there is no end.
func (b *Bounded) BeginRequest(client netip.Addr) (end func(), ok bool) {
	client = client.Unmap().WithZone("")
	if b.exempt(client) {
		client = netip.Addr{}
	}
	if !b.requests.Take(client) {
		return nil, false
	}
	return func() { b.requests.Give(client) }, true
}

// Listener bounds the connections of one more listener. One that is over a bound is closed,
// and does not wait: those who come after it would have to wait as well. Unless the
// listener is for TLS, it is told why.
func (b *Bounded) Listener(l net.Listener, isTLS bool) net.Listener {
	return &listener{l, b, isTLS}
}

type listener struct {
	net.Listener
	*Bounded
	isTLS bool
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, is := c.(*net.TCPConn)
		if !is {
			return c, nil
		}
		client := l.clientOf(tcp.RemoteAddr())
		if l.held.Take(client) {
			return &connection{TCPConn: tcp, left: sync.OnceFunc(func() { l.held.Give(client) })}, nil
		}
		if !l.isTLS {
			_, _ = c.Write([]byte(full)) // a new connection has room for it
		}
		_ = c.Close()
	}
}

// clientOf gives the address for which a connection counts, the zero one for a peer that is
// exempt. Lists of networks have addresses without zones, and IPv4 as such.
func (b *Bounded) clientOf(peer net.Addr) netip.Addr {
	address, _ := netip.ParseAddrPort(peer.String()) // of TCP it always is one
	from := address.Addr().Unmap().WithZone("")
	if b.exempt(from) {
		return netip.Addr{}
	}
	return from
}

// connection is one that counts until it is closed.
type connection struct {
	*net.TCPConn
	left func()
}

func (c *connection) Close() error {
	defer c.left()
	return c.TCPConn.Close()
}
