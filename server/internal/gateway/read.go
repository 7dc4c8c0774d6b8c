package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// hangUpWithin is how long a client that ends its session has to close, before it
// is answered and sent away.
const hangUpWithin = 250 * time.Millisecond

// read takes the client's frames until the connection ends. After bye it only
// waits for the client to close.
func (c *Conn) read() {
	beyond := func() {
		c.end(ByeFrameLimit, fmt.Sprintf("frame is far beyond the limit of %d bytes", c.Socket.limit), 0)
	}
	for {
		b, text, err := c.Socket.read(c.ctx, beyond)
		c.alive()
		switch {
		case c.goodbye() != nil && (err == nil || errors.Is(err, errFrameTooLong)):
		case errors.Is(err, errFrameTooLong):
			c.refuse(idOf(b), wire.Errorf(wire.CodeTooLarge, "frame is longer than the limit of %d bytes", c.Socket.limit))
		case err != nil:
			return
		case !text:
			c.refuse("", wire.Errorf(wire.CodeBadRequest, "frames are JSON text, this one is binary"))
		default:
			c.frame(b)
		}
	}
}

// frame carries out one request.
func (c *Conn) frame(b []byte) {
	f, err := wire.Parse(b)
	if err != nil {
		c.refuse(idOf(b), ids.AsError(err))
		return
	}
	switch {
	case f.Event == wire.EventPing:
		c.pushEphemeral(item{frame: wire.Frame{Event: wire.EventPong}})
		return
	case f.Event == wire.EventPong:
		return
	}
	if err := wire.CheckID(f.ID); err != nil {
		c.refuse(echoable(f.ID), ids.AsError(err))
		return
	}
	if !c.admit() {
		return
	}
	c.expect(f.ID)
	res, err := c.carryOut(f)
	it := item{id: f.ID, reply: &res}
	if err != nil {
		it.err = op.Refusal(c.hub.options.Logger, err, f.Event)
	}
	if f.Event == wire.EventClose && err == nil {
		// Its client hangs up by itself; what is written into a socket that is being
		// closed is an error in a browser's console.
		time.AfterFunc(hangUpWithin, func() {
			c.queue(it)
			c.end(ByeSession, loggedOut, 0)
		})
		return
	}
	c.queue(it)
	if f.Event == wire.EventOpen && err != nil && !errors.Is(err, errOpenAlready) {
		retryAfter := 0.0
		if it.err.Code >= wire.CodeInternal {
			retryAfter = 1
		}
		c.end(ByeSession, it.err.Message, retryAfter)
	}
}

// admit slows the reader down to the session's rate, and to what the client
// itself reads of the replies.
func (c *Conn) admit() bool {
	if err := c.limiter.Wait(c.ctx); err != nil {
		return false
	}
	select {
	case c.slots <- struct{}{}:
		return true
	case <-c.ending:
	case <-c.ctx.Done():
	}
	return false
}

// refuse answers a frame that is no request.
func (c *Conn) refuse(id string, err *wire.Error) {
	if c.admit() {
		c.expect(id)
		c.queue(item{id: id, reply: &op.Result{}, err: err})
	}
}

func (c *Conn) carryOut(f wire.Frame) (res op.Result, err error) {
	defer func() {
		if defect := recover(); defect != nil {
			c.hub.options.Logger.Error("defect", "event", f.Event, "panic", defect, "stack", string(debug.Stack()))
			err = op.ErrInternal
		}
	}()
	ctx, stop := context.WithTimeout(c.hub.ctx, ids.OperationWithin)
	defer stop()
	p, err := op.ParseParams(f.Data)
	if err != nil {
		return op.Result{}, err
	}
	if f.Event == wire.EventOpen {
		return c.openSession(ctx, p)
	}
	if !c.isOpened() {
		return op.Result{}, wire.Errorf(wire.CodeUnauthorized, "open a session first: send %s", wire.EventOpen)
	}
	operation := c.hub.table.Event(f.Event)
	if operation == nil {
		return op.Result{}, wire.Errorf(wire.CodeNotFound, "unknown event %q", f.Event)
	}
	return c.hub.service.Do(ctx, operation, &op.Call{
		Actor: c.Actor, EventID: f.ID, Params: p, ConnID: c.ID, Order: &c.order, Session: c.session,
	})
}

// openSession opens the session of the connection, once.
func (c *Conn) openSession(ctx context.Context, p *op.Params) (op.Result, error) {
	if c.isOpened() {
		return op.Result{}, errOpenAlready
	}
	return c.hub.service.Open(ctx, c, p)
}

var errOpenAlready = wire.Errorf(wire.CodeConflict, "the session of this connection is open already")

// idOf finds the id of a frame that cannot be read as a whole.
func idOf(b []byte) (id string) {
	_ = wire.Members(b, func(name string, v wire.Raw) error { // ends where the frame is broken
		if name == "id" {
			id, _ = wire.String(v)
		}
		return nil
	})
	return echoable(id)
}

// echoable is an id that may stand in a reply, even if it is not a legal one.
func echoable(id string) string {
	if len(id) > 1024 {
		return ""
	}
	return id
}
