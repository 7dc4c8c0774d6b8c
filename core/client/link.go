package client

import (
	"context"
	"errors"

	"parley/core"
)

// writes is how many messages may wait for the network, over the requests that
// the core sends at once after a reconnect.
const writes = 256

// link is one socket, from its dialling on. The loop alone changes which link is
// the current one.
type link struct {
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
	l := &link{epoch: e.Epoch, out: make(chan []byte, limit+writes)}
	// Not a child of the client's life: a socket is closed with a goodbye, which
	// the end of its context would cut short.
	l.life, l.end = context.WithCancel(context.Background())
	c.link = l
	c.work.Go(func() {
		conn, err := c.options.Dialer.Dial(l.life, e.URL)
		if !c.post(func() { c.dialled(l, conn, err) }) && conn != nil {
			_ = conn.Close() // its error has no consequence
		}
	})
}

func (c *Client) dialled(l *link, conn core.Conn, err error) {
	switch {
	case l != c.link: // hung up meanwhile
		if conn != nil {
			c.work.Go(func() { _ = conn.Close() })
		}
	case err != nil:
		c.unlink()
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
	l := c.link
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
func (c *Client) ended(l *link, code int) {
	if l == c.link {
		c.unlink()
		c.step(core.Closed{Epoch: l.epoch, Code: code})
	}
}

// unlink closes the socket, if there is one, without waiting for it.
func (c *Client) unlink() {
	l := c.link
	c.link = nil
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
func (c *Client) read(l *link) {
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
func (c *Client) write(l *link) {
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
