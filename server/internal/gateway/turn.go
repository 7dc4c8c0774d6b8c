package gateway

import "parley/server/internal/limit"

// sessionOpened lets the socket send what only clients with a session may.
func (c *Conn) sessionOpened() {
	c.admitted.Store(true)
	if c.socket.opened(); c.place != nil {
		c.place.opened()
	}
}

// takeTurn waits until the user, and the client's address, are below their rates of
// requests; so it holds up the reader. false means that the connection ends.
func (c *Conn) takeTurn() bool {
	return c.hub.options.Meter.Wait(c.ctx, c.caller, c.endGroup,
		limit.Count{Kind: limit.Requests, Scope: c.caller.Scope}, limit.Count{Kind: limit.Frames, Scope: limit.Address}) == nil
}

// mayBeLong tells whether the connection, which has no session, may send more than
// Options.OpenBytes. A channel may once its socket belongs to a client with a session.
func (c *Conn) mayBeLong() bool {
	if ch, is := c.socket.(*channel); is {
		return ch.first.admitted.Load()
	}
	return c.place != nil && c.place.mayBeLong()
}

// takeSlot is takeTurn, and waits until the connection is below its number of unwritten
// replies.
func (c *Conn) takeSlot() bool {
	if !c.takeTurn() {
		return false
	}
	select {
	case c.slots <- struct{}{}:
		return true
	default:
		c.endGroup()
	}
	select {
	case c.slots <- struct{}{}:
		return true
	case <-c.closing:
	case <-c.ctx.Done():
	}
	return false
}
