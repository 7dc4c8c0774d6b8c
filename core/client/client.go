package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"parley/core"
)

// ErrClosed ends the calls of a Client that was closed.
var ErrClosed = errors.New("client: closed")

// mailbox is how many commands, and how many facts, may wait for the loop. When it is
// full, callers wait as long as their context allows, and sockets are not read.
const mailbox = 64

// Client is one user's chat client.
type Client struct {
	options  Options
	commands chan command
	facts    chan func() // run by the loop; other goroutines report so
	events   chan Event
	handlers handlers

	life context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup // all goroutines except the one that runs handlers

	began time.Time

	// Only the loop uses the rest.
	core       *core.Machine
	calls      map[core.Call]chan<- outcome
	last       core.Call
	timers     map[core.Timer]*alarm
	connection *connection
	later      []func() // facts found while effects are carried out
}

// New gives a Client, whose first call is Init. Close must end it. The error says
// which option is missing.
func New(o Options) (*Client, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, began: time.Now(), commands: make(chan command, mailbox), facts: make(chan func(), mailbox), events: make(chan Event, o.Events),
		core: core.New(o.Core), calls: map[core.Call]chan<- outcome{}, timers: map[core.Timer]*alarm{}}
	c.life, c.end = context.WithCancel(context.Background())
	c.work.Go(c.run)
	go c.handle()
	return c, nil
}

// Close ends the client: calls that wait fail with ErrClosed, the socket is closed,
// and events that were not handled are dropped. The stored session stays, so that a
// later Client can restore it. Close waits for all goroutines except a running
// handler, so that a handler may call it. The error is always nil.
func (c *Client) Close() error {
	c.end()
	c.work.Wait()
	return nil
}

// run is the loop: the one goroutine that uses the state.
func (c *Client) run() {
	for {
		select {
		case <-c.life.Done():
			c.disconnect()
			for _, a := range c.timers {
				a.timer.Stop()
			}
			return
		case cmd := <-c.commands:
			c.command(cmd)
		case fact := <-c.facts:
			fact()
		}
		for len(c.later) > 0 {
			fact := c.later[0]
			c.later = c.later[1:]
			fact()
		}
	}
}

func (c *Client) command(cmd command) {
	c.last++
	in, err := cmd.make(c.last)
	if err != nil {
		cmd.done <- outcome{err: err}
		return
	}
	c.calls[c.last] = cmd.done
	c.step(in)
}

func (c *Client) step(in core.Input) {
	for _, e := range c.core.Step(c.moment(), in, nil) {
		c.apply(e)
	}
}

// moment gives the time for the core. Now is when the client was made and what has
// passed since: changes of the system's clock have no effect on it.
func (c *Client) moment() core.Moment {
	now := time.Now()
	return core.Moment{Now: c.began.UnixMilli() + now.Sub(c.began).Milliseconds(), Wall: now.UnixMilli(), Rand: rand.Uint64()}
}

// post puts a fact into the mailbox. False means that the client is closed.
func (c *Client) post(fact func()) bool {
	select {
	case c.facts <- fact:
		return true
	case <-c.life.Done():
		return false
	}
}
