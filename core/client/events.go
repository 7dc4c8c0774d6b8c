package client

import (
	"slices"
	"sync"
	"time"

	"parley/core"
	"parley/core/wire"
)

// Event is what a page would see. Most are a core.Emit. The others keep a copy of the
// session and the chats up to date: core.Mirror, core.HistoryPart, core.OpenChat,
// core.PatchChat, core.AppendMessages and core.Drop.
type Event = core.Effect

type handlers struct {
	mutex sync.Mutex
	list  []*func(Event)
}

// On adds a handler. A goroutine of the Client calls it with each event, one after
// the other and in order. A handler may call the Client. Events wait until it has
// returned; see Options.Events. remove removes the handler.
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

// handle calls the handlers with the events.
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

// emit queues an event. When the queue is full the loop waits, and frames are not
// read; see Options.HandlerWithin.
func (c *Client) emit(e Event) {
	select {
	case c.events <- e:
		return
	default:
	}
	patience := time.NewTimer(c.options.HandlerWithin)
	defer patience.Stop()
	var refused chan command // nil, so that commands wait, until patience has fired
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
	return wire.Errorf(wire.HandlerBusy, "%d events wait, because a handler has not returned for %s", c.options.Events, c.options.HandlerWithin)
}
