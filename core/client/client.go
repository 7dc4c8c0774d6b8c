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

// mailbox is how many commands, and how many facts, may wait for the loop. Who
// comes later waits in turn: callers with their context, readers by not reading.
const mailbox = 64

// Client is one user's chat client.
type Client struct {
	options  Options
	commands chan command
	facts    chan func() // what a goroutine beside the loop has found out, for the loop to act on
	events   chan Event
	handlers handlers

	life context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup // every goroutine but the one that runs handlers

	began time.Time

	// The rest belongs to the loop.
	state      core.State
	calls      map[core.Call]chan<- outcome
	last       core.Call
	timers     map[core.Timer]*alarm
	connection *connection
	later      []func() // facts that came up while effects were carried out
}

// New gives a Client that has not been asked for anything; Init is first.
func New(o Options) (*Client, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, began: time.Now(), commands: make(chan command, mailbox), facts: make(chan func(), mailbox), events: make(chan Event, o.Events),
		state: core.NewState(o.Core), calls: map[core.Call]chan<- outcome{}, timers: map[core.Timer]*alarm{}}
	c.life, c.end = context.WithCancel(context.Background())
	c.work.Go(c.run)
	go c.handle()
	return c, nil
}

// Close ends the client: calls that wait fail with ErrClosed, the socket is
// closed, events not yet handled are dropped. The stored session stays, so that
// a later Client can restore it. Close returns when every goroutine has ended
// but a handler that is running; a handler may call it.
func (c *Client) Close() error {
	c.end()
	c.work.Wait()
	return nil
}

// run is the one goroutine that touches the state.
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
	state, effects := core.Step(c.state, core.Moment{Now: c.now(), Rand: rand.Uint64()}, in)
	c.state = state
	for _, e := range effects {
		c.apply(e)
	}
}

// now is the time for the core: the clock on the wall when the client began, and
// what has passed since, whatever becomes of that clock.
func (c *Client) now() int64 { return c.began.UnixMilli() + time.Since(c.began).Milliseconds() }

// post puts a fact into the mailbox; false means that the client was closed.
func (c *Client) post(fact func()) bool {
	select {
	case c.facts <- fact:
		return true
	case <-c.life.Done():
		return false
	}
}
