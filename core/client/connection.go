package client

import (
	"context"
	"errors"

	"parley/core"
)

// maxWrites is how many messages may wait for the network, in addition to the requests
// that the core sends at once after a reconnect.
const maxWrites = 256

// connection is one socket from its dialling on. Only the loop decides which one is
// the current.
type connection struct {
	epoch  int
	socket core.Conn // nil while dialling
	out    chan []byte
	life   context.Context
	end    context.CancelFunc
}

func (c *Client) dial(e core.Dial) {
	limit := c.options.Core.MaxPending
	if limit == 0 {
		limit = core.DefaultMaxPending
	}
	conn := &connection{epoch: e.Epoch, out: make(chan []byte, limit+maxWrites)}
	// Not a child of the client's context: closing a socket sends a close frame, which
	// the end of its context would prevent.
	conn.life, conn.end = context.WithCancel(context.Background())
	c.connection = conn
	dialer := c.options.Dialer
	if e.Transport == core.TransportHTTP {
		dialer = c.options.LongPolling
	}
	c.work.Go(func() {
		socket, err := dialer.Dial(conn.life, e.URL)
		if !c.post(func() { c.connected(conn, socket, err) }) && socket != nil {
			_ = socket.Close() // its error has no consequence
		}
	})
}

// connected reports that a socket is open, or could not be made.
func (c *Client) connected(conn *connection, socket core.Conn, err error) {
	switch {
	case conn != c.connection: // hung up while dialling
		if socket != nil {
			c.work.Go(func() { _ = socket.Close() })
		}
	case err != nil:
		c.disconnect()
		c.warn("the connection could not be made", err)
		closed := core.Closed{Epoch: conn.epoch}
		if busy := new(core.BusyError); errors.As(err, &busy) {
			closed.RetryAfter = busy.RetryAfter
		}
		c.step(closed)
	default:
		conn.socket = socket
		c.work.Go(func() { c.read(conn) })
		c.work.Go(func() { c.write(conn) })
		c.step(core.Opened{Epoch: conn.epoch})
	}
}

// send queues a message for the current socket.
func (c *Client) send(e core.Send) {
	conn := c.connection
	if conn == nil || conn.epoch != e.Epoch {
		return // its end is in the mailbox; the core sends its requests again
	}
	select {
	case conn.out <- e.Text:
	default: // the peer does not read
		c.later = append(c.later, func() { c.ended(conn, 0) })
	}
}

// ended reports the end of a connection. code is the peer's close code, 0 if there
// was none.
func (c *Client) ended(conn *connection, code int) {
	if conn == c.connection {
		c.disconnect()
		c.step(core.Closed{Epoch: conn.epoch, Code: code})
	}
}

// disconnect closes the current socket, if there is one, without waiting.
func (c *Client) disconnect() {
	conn := c.connection
	c.connection = nil
	switch {
	case conn == nil:
	case conn.socket == nil:
		conn.end()
	default:
		c.work.Go(func() {
			_ = conn.socket.Close()
			conn.end()
		})
	}
}

// read posts frames, and then the end of the connection. Only it posts the end, so
// that no frame comes after it.
func (c *Client) read(conn *connection) {
	for {
		text, err := conn.socket.Read(conn.life)
		if err != nil {
			code := 0
			var closed *core.CloseError
			if errors.As(err, &closed) {
				code = closed.Code
			}
			c.post(func() { c.ended(conn, code) })
			return
		}
		if !c.post(func() { c.step(core.Frame{Epoch: conn.epoch, Text: text}) }) {
			return
		}
	}
}

// write sends messages. When it fails it closes the socket, which ends read too.
func (c *Client) write(conn *connection) {
	for {
		select {
		case text := <-conn.out:
			if conn.socket.Write(conn.life, text) != nil {
				_ = conn.socket.Close()
				return
			}
		case <-conn.life.Done():
			return
		}
	}
}
