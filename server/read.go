package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"parley/core/wire"
)

// hangUpWithin is how long a client that ends its session has to close, before it
// is answered and sent away.
const hangUpWithin = 250 * time.Millisecond

// read takes the client's frames until the connection ends. After bye it only
// waits for the client to close.
func (c *conn) read() {
	beyond := func() {
		c.end(byeFrameLimit, fmt.Sprintf("frame is far beyond the limit of %d bytes", c.socket.limit), 0)
	}
	for {
		b, text, err := c.socket.read(c.ctx, beyond)
		c.alive()
		switch {
		case c.goodbye() != nil && (err == nil || errors.Is(err, errFrameTooLong)):
		case errors.Is(err, errFrameTooLong):
			c.refuse(idOf(b), wire.Errorf(wire.CodeTooLarge, "frame is longer than the limit of %d bytes", c.socket.limit))
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
func (c *conn) frame(b []byte) {
	f, err := wire.Parse(b)
	if err != nil {
		c.refuse(idOf(b), asError(err))
		return
	}
	switch {
	case f.Event == wire.EventPing:
		c.whisper(item{frame: wire.Frame{Event: wire.EventPong}})
		return
	case f.Event == wire.EventPong:
		return
	}
	if err := wire.CheckID(f.ID); err != nil {
		c.refuse(echoable(f.ID), asError(err))
		return
	}
	if !c.admit() {
		return
	}
	c.expect(f.ID)
	res, err := c.carryOut(f)
	it := item{id: f.ID, reply: &res}
	if err != nil {
		it.err = refusal(c.hub.options.Logger, err, f.Event)
	}
	if f.Event == wire.EventClose && err == nil {
		// Its client hangs up by itself; what is written into a socket that is being
		// closed is an error in a browser's console.
		time.AfterFunc(hangUpWithin, func() {
			c.queue(it)
			c.end(byeSession, loggedOut, 0)
		})
		return
	}
	c.queue(it)
	if f.Event == wire.EventOpen && err != nil && !errors.Is(err, errOpenAlready) {
		retryAfter := 0.0
		if it.err.Code >= wire.CodeInternal {
			retryAfter = 1
		}
		c.end(byeSession, it.err.Message, retryAfter)
	}
}

// admit slows the reader down to the session's rate, and to what the client
// itself reads of the replies.
func (c *conn) admit() bool {
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
func (c *conn) refuse(id string, err *wire.Error) {
	if c.admit() {
		c.expect(id)
		c.queue(item{id: id, reply: &result{}, err: err})
	}
}

func (c *conn) carryOut(f wire.Frame) (res result, err error) {
	defer func() {
		if defect := recover(); defect != nil {
			c.hub.options.Logger.Error("defect", "event", f.Event, "panic", defect, "stack", string(debug.Stack()))
			err = errDefect
		}
	}()
	ctx, stop := context.WithTimeout(c.hub.ctx, operationWithin)
	defer stop()
	p, err := parseParams(f.Data)
	if err != nil {
		return result{}, err
	}
	if f.Event == wire.EventOpen {
		return c.openSession(ctx, p)
	}
	if !c.isOpened() {
		return result{}, wire.Errorf(wire.CodeUnauthorized, "open a session first: send %s", wire.EventOpen)
	}
	op := c.hub.table.event(f.Event)
	if op == nil {
		return result{}, wire.Errorf(wire.CodeNotFound, "unknown event %q", f.Event)
	}
	return c.hub.service.Do(ctx, op, &call{
		actor: c.actor, eventID: f.ID, params: p, connID: c.id, order: &c.lane, session: c.session,
	})
}

// openSession opens the session of the connection, once.
func (c *conn) openSession(ctx context.Context, p *params) (result, error) {
	if c.isOpened() {
		return result{}, errOpenAlready
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
