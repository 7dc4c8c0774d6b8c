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

// closeWithin is the time that a client has to close after session:close, before it
// gets the reply and bye.
const closeWithin = 250 * time.Millisecond

// errOpenAlready refuses a second session:open; the session goes on.
var errOpenAlready = wire.Errorf(wire.CodeConflict, "the session of this connection is open already")

// read takes the client's frames until the connection ends. After bye it ignores
// them, and only waits for the client to close.
func (c *Conn) read() {
	onHuge := func() {
		c.end(byeFrameLimit, fmt.Sprintf("frame is far beyond the limit of %d bytes", c.socket.limit), 0)
	}
	for {
		b, isText, err := c.socket.read(c.ctx, onHuge)
		c.touch()
		switch {
		case c.byeFrame() != nil && (err == nil || errors.Is(err, errFrameTooLong)):
		case errors.Is(err, errFrameTooLong):
			c.refuse(idOf(b), wire.Errorf(wire.CodeTooLarge, "frame is longer than the limit of %d bytes", c.socket.limit))
		case err != nil:
			return
		case !isText:
			c.refuse("", wire.Errorf(wire.CodeBadRequest, "frames are JSON text, this one is binary"))
		default:
			c.handleFrame(b)
		}
	}
}

// handleFrame answers a ping, or has a request carried out and queues its reply.
func (c *Conn) handleFrame(b []byte) {
	f, err := wire.Parse(b)
	if err != nil {
		c.refuse(idOf(b), ids.AsError(err))
		return
	}
	switch f.Event {
	case wire.EventPing:
		c.pushEphemeral(item{frame: wire.Frame{Event: wire.EventPong}})
		return
	case wire.EventPong:
		return
	}
	if err := wire.CheckID(f.ID); err != nil {
		c.refuse(echoable(f.ID), ids.AsError(err))
		return
	}
	if !c.takeSlot() {
		return
	}
	c.addPending(f.ID)
	res, err := c.carryOut(f)
	it := item{id: f.ID, reply: &res}
	if err != nil {
		it.err = op.Refusal(c.hub.options.Logger, err, f.Event)
	}
	if f.Event == wire.EventClose && err == nil {
		// The client closes by itself. A frame written to a socket that is being closed
		// is an error in a browser's console, so the reply waits.
		time.AfterFunc(closeWithin, func() {
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

// takeSlot waits until the connection is below its rate of requests and its number of
// unwritten replies; so it holds up the reader. false means that the connection ends.
func (c *Conn) takeSlot() bool {
	if err := c.limiter.Wait(c.ctx); err != nil {
		return false
	}
	select {
	case c.slots <- struct{}{}:
		return true
	case <-c.closing:
	case <-c.ctx.Done():
	}
	return false
}

// refuse replies to a frame that is no request.
func (c *Conn) refuse(id string, err *wire.Error) {
	if c.takeSlot() {
		c.addPending(id)
		c.queue(item{id: id, reply: &op.Result{}, err: err})
	}
}

// carryOut has the server carry out a request; a panic becomes an error.
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
	switch {
	case err != nil:
		return op.Result{}, err
	case f.Event == wire.EventOpen && c.hasSession():
		return op.Result{}, errOpenAlready
	case f.Event == wire.EventOpen:
		return c.hub.service.Open(ctx, c, p)
	case !c.hasSession():
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

// idOf finds the id of a frame that cannot be read as a whole, "" if there is none.
func idOf(b []byte) (id string) {
	_ = wire.Members(b, func(name string, v wire.Raw) error { // ends where the frame is broken
		if name == "id" {
			id, _ = wire.String(v)
		}
		return nil
	})
	return echoable(id)
}

// echoable gives an id that may be illegal as it can stand in a reply.
func echoable(id string) string {
	if len(id) > 1024 {
		return ""
	}
	return id
}

// sendOrder keeps one connection's writes to a chat in order, as op.SendOrder: after
// a retryable failure every later request for that chat gets 503, until the failed
// one is sent again and ends otherwise. A new connection starts clean: its client
// sends again, in order, what has no reply yet. It is used by the connection's reader
// alone. The zero value is ready for use.
type sendOrder struct {
	failed map[string]string // by chat, the request that must be sent again first
}

// Admit refuses a request that must wait for an earlier one. The refusal is
// retryable, like the failure of the earlier one.
func (o *sendOrder) Admit(key ids.Key, eventID string) error {
	if first := o.failed[key.ID]; first != "" && first != eventID {
		return wire.Errorf(wire.CodeUnavailable, "request %s to this chat failed before; send it again first", first)
	}
	return nil
}

// Ended notes how a request ended. One that Admit refused changes nothing.
func (o *sendOrder) Ended(key ids.Key, eventID string, err error) {
	if key.ID == "" {
		return
	}
	var refused *wire.Error
	switch first := o.failed[key.ID]; {
	case first != "" && first != eventID:
	case err != nil && (!errors.As(err, &refused) || refused.Retryable()):
		if o.failed == nil {
			o.failed = map[string]string{}
		}
		o.failed[key.ID] = eventID
	default:
		delete(o.failed, key.ID)
	}
}
