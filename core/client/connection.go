package client

import (
	"context"
	"errors"

	"parley/core"
)

// writes is how many messages may wait for the network, over the requests that
// the core sends at once after a reconnect.
const maxWrites = 256

// link is one socket, from its dialling on. The loop alone changes which link is
// the current one.
type connection struct {
	epoch int
	conn  core.Conn // nil while dialling
	out   chan []byte
	life  context.Context
	end   context.CancelFunc
}

func (c *Client) dial(e core.Dial) {
	limit := c.options.Core.MaxPending
	if limit == 0 {
		limit = core.DefaultMaxPending
	}
	l := &connection{epoch: e.Epoch, out: make(chan []byte, limit+maxWrites)}
	// Not a child of the client's life: a socket is closed with a goodbye, which
	// the end of its context would cut short.
	l.life, l.end = context.WithCancel(context.Background())
	c.connection = l
	c.work.Go(func() {
		conn, err := c.options.Dialer.Dial(l.life, e.URL)
		if !c.post(func() { c.connected(l, conn, err) }) && conn != nil {
			_ = conn.Close() // its error has no consequence
		}
	})
}

func (c *Client) connected(l *connection, conn core.Conn, err error) {
	switch {
	case l != c.connection: // hung up meanwhile
		if conn != nil {
			c.work.Go(func() { _ = conn.Close() })
		}
	case err != nil:
		c.disconnect()
		c.warn("the connection could not be made", err)
		c.step(core.Closed{Epoch: l.epoch})
	default:
		l.conn = conn
		c.work.Go(func() { c.read(l) })
		c.work.Go(func() { c.write(l) })
		c.step(core.Opened{Epoch: l.epoch})
	}
}

func (c *Client) send(e core.Send) {
	l := c.connection
	if l == nil || l.epoch != e.Epoch {
		return // its end is in the mailbox, and brings what was sent back
	}
	select {
	case l.out <- e.Text:
	default: // the peer does not take what it is sent
		c.later = append(c.later, func() { c.ended(l, 0) })
	}
}

// ended reports the end of a link; code is of the peer's close, 0 if there was none.
func (c *Client) ended(l *connection, code int) {
	if l == c.connection {
		c.disconnect()
		c.step(core.Closed{Epoch: l.epoch, Code: code})
	}
}

// unlink closes the socket, if there is one, without waiting for it.
func (c *Client) disconnect() {
	l := c.connection
	c.connection = nil
	switch {
	case l == nil:
	case l.conn == nil:
		l.end()
	default:
		c.work.Go(func() {
			_ = l.conn.Close()
			l.end()
		})
	}
}

// read alone tells of a link's end, so that nothing that came before the end is
// overtaken by it.
func (c *Client) read(l *connection) {
	for {
		text, err := l.conn.Read(l.life)
		if err != nil {
			code := 0
			var closed *core.CloseError
			if errors.As(err, &closed) {
				code = closed.Code
			}
			c.post(func() { c.ended(l, code) })
			return
		}
		if !c.post(func() { c.step(core.Frame{Epoch: l.epoch, Text: text}) }) {
			return
		}
	}
}

// write ends the reading, too, when it cannot go on.
func (c *Client) write(l *connection) {
	for {
		select {
		case text := <-l.out:
			if l.conn.Write(l.life, text) != nil {
				_ = l.conn.Close()
				return
			}
		case <-l.life.Done():
			return
		}
	}
}
