package coretest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"parley/core"
)

// pipeBuffer is how many messages are on their way in each direction.
const pipeBuffer = 4096

// Pipe gives the two ends of a connection in memory.
func Pipe() (core.Conn, *PipeEnd) {
	p := &pipe{up: make(chan []byte, pipeBuffer), down: make(chan []byte, pipeBuffer), ended: make(chan struct{}), closed: make(chan struct{})}
	return (*pipeConn)(p), &PipeEnd{p}
}

type pipe struct {
	up, down chan []byte
	end      sync.Once
	ended    chan struct{} // the server's end has ended it, with this error for the client
	err      error
	close    sync.Once
	closed   chan struct{} // the client has closed it
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
	select { // what came before the end comes first
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

// ErrSlow is what Send gives when as many messages as fit are on their way.
var ErrSlow = errors.New("coretest: the client does not read")

// Send sends to the client; it never waits.
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

// Receive gives the client's next message, and io.EOF when it has closed the
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
	select { // what came before the close comes first
	case message := <-e.p.up:
		return message, nil
	default:
		return nil, io.EOF
	}
}

// Close ends the connection with a close code, after what was sent.
func (e *PipeEnd) Close(code int, reason string) {
	e.finish(&core.CloseError{Code: code, Reason: reason})
}

// Cut breaks the connection; what is on its way is lost. After Close it does
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
