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
	return &listener{Listener: l, bounds: c, byAddress: map[netip.Addr]int{}}
}

type listener struct {
	net.Listener
	bounds Connections

	mu        sync.Mutex
	all       int
	byAddress map[netip.Addr]int
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
		from := addressOf(tcp)
		if l.enter(from) {
			return &connection{TCPConn: tcp, left: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		_, _ = c.Write([]byte(full)) // a new connection has room for it
		_ = c.Close()
	}
}

// addressOf gives what counts as the peer's address.
func addressOf(c *net.TCPConn) netip.Addr {
	from, _ := netip.ParseAddrPort(c.RemoteAddr().String()) // of TCP it always is one
	return Network(from.Addr().Unmap())
}

func (l *listener) enter(from netip.Addr) bool {
	counted := !l.bounds.Exempt(from)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= l.bounds.Most || counted && l.byAddress[from] >= l.bounds.PerAddress {
		return false
	}
	l.all++
	l.byAddress[from]++
	return true
}

func (l *listener) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.byAddress[from]--; l.byAddress[from] == 0 {
		delete(l.byAddress, from)
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
