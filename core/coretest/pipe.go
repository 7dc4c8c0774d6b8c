package coretest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"parley/core"
)

// pipeBuffer is how many messages a Pipe holds in each direction.
const pipeBuffer = 4096

// Pipe gives the two ends of a connection in memory.
func Pipe() (core.Conn, *PipeEnd) {
	p := &pipe{up: make(chan []byte, pipeBuffer), down: make(chan []byte, pipeBuffer), ended: make(chan struct{}), closed: make(chan struct{})}
	return (*pipeConn)(p), &PipeEnd{p}
}

type pipe struct {
	up, down chan []byte
	end      sync.Once
	ended    chan struct{} // closed when the server's end has ended it, with this error for the client
	err      error
	close    sync.Once
	closed   chan struct{} // closed when the client has closed it
}

type pipeConn pipe

func (c *pipeConn) Read(ctx context.Context) ([]byte, error) {
	select {
	case <-c.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	default:
	}
	select {
	case message := <-c.down:
		return message, nil
	case <-c.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ended:
	}
	select { // messages before the end come first
	case message := <-c.down:
		return message, nil
	default:
		return nil, c.err
	}
}

func (c *pipeConn) Write(ctx context.Context, message []byte) error {
	select {
	case <-c.closed:
		return net.ErrClosed
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case c.up <- append([]byte(nil), message...):
		return nil
	case <-c.closed:
		return net.ErrClosed
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *pipeConn) Close() error {
	c.close.Do(func() { close(c.closed) })
	return nil
}

// PipeEnd is the server's end of a Pipe.
type PipeEnd struct{ p *pipe }

// ErrSlow is the error of Send when the Pipe is full.
var ErrSlow = errors.New("coretest: the client does not read")

// Send sends to the client. It never waits.
func (e *PipeEnd) Send(message []byte) error {
	select {
	case <-e.p.closed:
		return net.ErrClosed
	case <-e.p.ended:
		return net.ErrClosed
	default:
	}
	select {
	case e.p.down <- append([]byte(nil), message...):
		return nil
	default:
		return ErrSlow
	}
}

// Receive gives the client's next message, or io.EOF after the client has closed the
// connection.
func (e *PipeEnd) Receive(ctx context.Context) ([]byte, error) {
	select {
	case message := <-e.p.up:
		return message, nil
	case <-e.p.closed:
	case <-e.p.ended:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select { // messages before the close come first
	case message := <-e.p.up:
		return message, nil
	default:
		return nil, io.EOF
	}
}

// Close ends the connection with a close code, which the client hears after the messages
// that were sent.
func (e *PipeEnd) Close(code int, reason string) (told bool) {
	e.finish(&core.CloseError{Code: code, Reason: reason})
	return true
}

// Cut breaks the connection; messages under way are lost. After Close it does
// nothing.
func (e *PipeEnd) Cut() {
	e.finish(io.ErrUnexpectedEOF)
	for e.p.err == io.ErrUnexpectedEOF {
		select {
		case <-e.p.down:
		default:
			return
		}
	}
}

func (e *PipeEnd) finish(err error) {
	e.p.end.Do(func() {
		e.p.err = err
		close(e.p.ended)
	})
}
