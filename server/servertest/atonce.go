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
	p.conn.cork()
	do()
	require.NoError(p.T, p.conn.uncork())
}

// corkedConn is a connection whose writes can be kept back, to go out as one.
type corkedConn struct {
	net.Conn

	mu     sync.Mutex
	corked bool
	out    []byte
}

func (c *corkedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.corked {
		c.out = append(c.out, b...)
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *corkedConn) cork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.corked = true
}

func (c *corkedConn) uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.Conn.Write(c.out)
	c.corked, c.out = false, nil
	return err
}

// client gives an HTTP client for one connection, which it puts into the Peer.
func (p *Peer) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			p.conn = &corkedConn{Conn: conn}
			return p.conn, err
		},
	}}
}
