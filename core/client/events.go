package client

import (
	"slices"
	"sync"
	"time"

	"parley/core"
	"parley/core/wire"
)

// Event is what a page would see: a core.Emit above all; also core.Part,
// core.OpenChat, core.PatchChat, core.Said, core.Mirror and core.Drop, which keep a
// mirror of the chats up to date.
type Event = core.Effect

type handlers struct {
	mutex sync.Mutex
	list  []*func(Event)
}

// On has handler called with each event, one after the other and in order, on a
// goroutine of the Client's own. A handler may call the Client; while it has not
// returned, events wait (Options.Events). The function returned removes it.
func (c *Client) On(handler func(Event)) (remove func()) {
	h := &c.handlers
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.list = append(slices.Clone(h.list), &handler)
	return func() {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		h.list = slices.DeleteFunc(slices.Clone(h.list), func(one *func(Event)) bool { return one == &handler })
	}
}

// handle gives events to the handlers.
func (c *Client) handle() {
	for {
		select {
		case e := <-c.events:
			c.handlers.mutex.Lock()
			list := c.handlers.list
			c.handlers.mutex.Unlock()
			for _, handler := range list {
				(*handler)(e)
			}
		case <-c.life.Done():
			return
		}
	}
}

// emit queues an event. When the queue is full the loop stands still, and with
// it the intake of frames; see Options.HandlerWithin.
func (c *Client) emit(e Event) {
	select {
	case c.events <- e:
		return
	default:
	}
	patience := time.NewTimer(c.options.HandlerWithin)
	defer patience.Stop()
	var refused chan command // nil, so that commands wait, until patience has run out
	for {
		select {
		case c.events <- e:
			return
		case <-patience.C:
			refused = c.commands
			for call := range c.calls {
				c.outcome(call, outcome{err: c.errHandlerBusy()})
			}
		case cmd := <-refused:
			cmd.done <- outcome{err: c.errHandlerBusy()}
		case <-c.life.Done():
			return
		}
	}
}

func (c *Client) errHandlerBusy() error {
	return wire.Errorf(wire.CodeTooMany, "%d events wait for a handler that has not returned for %s", c.options.Events, c.options.HandlerWithin)
}
