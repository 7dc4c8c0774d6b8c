package client

import (
	"time"

	"parley/core"
	"parley/core/wire"
)

// alarm is a running timer. Each arming has its own, so that the pointer identifies it.
type alarm struct{ timer *time.Timer }

func (c *Client) apply(effect core.Effect) {
	switch e := effect.(type) {
	case core.Dial:
		c.dial(e)
	case core.Send:
		c.send(e)
	case core.Hangup:
		if c.connection != nil && c.connection.epoch == e.Epoch {
			c.disconnect()
		}
	case core.Fetch:
		c.fetch(e)
	case core.Arm:
		c.arm(e)
	case core.Disarm:
		c.disarm(e.Timer)
	case core.SaveSession:
		c.warn("the session cannot be stored", c.options.Store.SaveSession(&e.Session))
	case core.ClearSession:
		c.warn("the stored session cannot be removed", c.options.Store.SaveSession(nil))
	case core.Persist:
		c.warn("the outbox cannot be stored", c.options.Store.Persist(e.Key, e.Record))
	case core.Settle:
		c.outcome(e.Call, outcome{value: e.Value})
	case core.Reject:
		c.outcome(e.Call, outcome{err: e.Err})
	case core.Emit, core.OpenChat, core.HistoryPart, core.PatchChat, core.AppendMessages, core.Mirror, core.Drop:
		c.emit(effect)
	case core.TransferFile:
		c.later = append(c.later, func() { c.step(noTransfer(e.Call)) })
	case core.Created: // the outcome of SendMessage has the id too
	case core.At: // for a core that takes over after a crash, which there is only in a page
	case core.TakeMore: // never ordered, because Store.Load gives the whole outbox at once
	}
}

// noTransfer is the response to an order to move a file: a refusal.
func noTransfer(call core.Call) core.Fetched {
	refusal := wire.Errorf(wire.NoTransfers, "client: files cannot be uploaded or downloaded; use the REST API's /media with an HTTP client of your own")
	return core.Fetched{Call: call, Status: refusal.Code, Body: wire.NewObject(nil).Raw("error", refusal.Append(nil)).Done()}
}

func (c *Client) arm(e core.Arm) {
	c.disarm(e.Timer)
	a := &alarm{}
	a.timer = time.AfterFunc(e.After, func() { c.post(func() { c.fired(e.Timer, a) }) })
	c.timers[e.Timer] = a
}

// fired reports that a timer has run out, unless it was disarmed or armed again
// before the loop learned of it.
func (c *Client) fired(t core.Timer, a *alarm) {
	if c.timers[t] == a {
		delete(c.timers, t)
		c.step(core.Fired{Timer: t})
	}
}

func (c *Client) disarm(t core.Timer) {
	if a := c.timers[t]; a != nil {
		a.timer.Stop()
		delete(c.timers, t)
	}
}

func (c *Client) fetch(e core.Fetch) {
	c.work.Go(func() {
		status, body, err := c.options.HTTP.Do(c.life, e)
		if err != nil {
			status, body = 0, []byte(err.Error())
		}
		c.post(func() { c.step(core.Fetched{Call: e.Call, Status: status, Body: body}) })
	})
}

// outcome ends a call, unless emit has failed it already.
func (c *Client) outcome(call core.Call, o outcome) {
	if done := c.calls[call]; done != nil {
		done <- o
		delete(c.calls, call)
	}
}

// warn emits an error after which the client goes on. Nil is no error.
func (c *Client) warn(what string, err error) {
	if err == nil {
		return
	}
	c.emit(core.Emit{To: core.ToParley, Event: "error", Data: wire.Errorf(wire.NotStored, "%s: %s", what, err).Append(nil)})
}
