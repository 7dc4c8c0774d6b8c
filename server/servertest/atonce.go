package servertest

import (
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/stretchr/testify/require"
)

// AtOnce has the frames that do sends arrive together, by one write.
func (p *Peer) AtOnce(do func()) {
	p.T.Helper()
	p.conn.hold()
	do()
	require.NoError(p.T, p.conn.release())
}

// heldConn is a connection whose writes can be held back, to go out as one.
type heldConn struct {
	net.Conn

	mu   sync.Mutex
	held bool
	out  []byte
}

func (c *heldConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held {
		c.out = append(c.out, b...)
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *heldConn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

func (c *heldConn) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.Conn.Write(c.out)
	c.held, c.out = false, nil
	return err
}

// client gives an HTTP client for one connection, which it puts into the Peer.
func (p *Peer) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			p.conn = &heldConn{Conn: conn}
			return p.conn, err
		},
	}}
}
