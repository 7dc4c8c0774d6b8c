package limit

import (
	"net"
	"net/netip"
	"sync"
)

// Connections bounds how many connections a listener has at a time.
type Connections struct {
	Most       int                   // in all
	PerAddress int                   // with one address (Network)
	Exempt     func(netip.Addr) bool // whose connections count in all only, as a proxy has those of many
}

// full is what a connection over a bound is told.
const full = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// Listener bounds the connections of a TCP listener. One that is over a bound is closed, and
// does not wait: those who come after it would have to wait as well.
func (c Connections) Listener(l net.Listener) net.Listener {
	return &listener{Listener: l, bounds: c, byNetwork: map[netip.Addr]int{}}
}

type listener struct {
	net.Listener
	bounds Connections

	mu        sync.Mutex
	all       int
	byNetwork map[netip.Addr]int
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
		from := addressOf(tcp.RemoteAddr())
		if l.enter(from) {
			return &connection{TCPConn: tcp, left: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		_, _ = c.Write([]byte(full)) // a new connection has room for it
		_ = c.Close()
	}
}

// addressOf gives the peer's address, as lists of networks have it.
func addressOf(peer net.Addr) netip.Addr {
	from, _ := netip.ParseAddrPort(peer.String()) // of TCP it always is one
	return from.Addr().Unmap().WithZone("")
}

func (l *listener) enter(from netip.Addr) bool {
	network, counted := Network(from), !l.bounds.Exempt(from)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= l.bounds.Most || counted && l.byNetwork[network] >= l.bounds.PerAddress {
		return false
	}
	l.all++
	l.byNetwork[network]++
	return true
}

func (l *listener) leave(from netip.Addr) {
	network := Network(from)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.byNetwork[network]--; l.byNetwork[network] == 0 {
		delete(l.byNetwork, network)
	}
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
