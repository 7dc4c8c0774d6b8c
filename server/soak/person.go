package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"parley/core"
	"parley/core/client"
	"parley/core/wire"
	"parley/core/wsconn"
)

// person is a visitor or an agent. As a page does, they close their client now and then
// and begin another on the same store, which has what the first one had accepted to send.
type person struct {
	name      string
	app       core.App
	id, token string
	store     *personStore
	random    *rand.Rand
	pause     time.Duration // between two messages, on average
	byHTTP    bool          // their network cuts WebSockets off

	mu        sync.Mutex // guards what follows
	client    *client.Client
	chats     []string // that they talk in
	delivered map[string][]string
	open      bool // whether the client is connected
	clients   int
	sent      int
	heard     func(text string) // gets the texts of others as they arrive; nil if nobody wants to know
}

// quickHeartbeat finds a half-open connection soon, and waits long for a login.
var quickHeartbeat = core.Options{
	HeartbeatEvery: 2 * time.Second, HeartbeatWait: 2 * time.Second, OpenWithin: 5 * time.Second, LoginWithin: 10 * time.Minute,
}

// noWebSockets is a Dialer in a network that cuts WebSockets off.
type noWebSockets struct{}

func (noWebSockets) Dial(context.Context, string) (core.Conn, error) {
	return nil, errors.New("no WebSocket gets through")
}

// begin makes a new client on the store. It closes the old one, if any, whatever that is
// doing.
func (p *person) begin(ctx context.Context) error {
	if old := p.current(); old != nil {
		if err := old.Close(); err != nil {
			return err
		}
	}
	var dialer core.Dialer = wsconn.Dialer{CloseWithin: 50 * time.Millisecond}
	if p.byHTTP {
		dialer = noWebSockets{}
	}
	c, err := client.New(client.Options{Dialer: dialer, Store: p.store, Core: quickHeartbeat})
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.client, p.open, p.delivered = c, false, map[string][]string{}
	p.clients++
	p.mu.Unlock()
	c.On(func(e client.Event) { p.onEvent(c, e) })
	for {
		err := c.Init(ctx, p.app)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: init: %w", p.name, err)
		}
	}
	for {
		_, err := c.Login(ctx, p.id, p.token)
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

func (p *person) current() *client.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.client
}

// onEvent notes which messages the client emits.
func (p *person) onEvent(c *client.Client, e client.Event) {
	emit, is := e.(core.Emit)
	if !is {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != c {
		return
	}
	switch {
	case emit.To == core.ToParley && emit.Event == "connection":
		p.open = strings.Contains(string(emit.Data), `"open"`)
	case emit.To == core.ToChat && emit.Event == "message:received":
		var data struct {
			Message struct{ ID, Message string }
		}
		if json.Unmarshal(emit.Data, &data) == nil {
			p.delivered[emit.ChatID] = append(p.delivered[emit.ChatID], data.Message.ID)
			if p.heard != nil {
				p.heard(data.Message.Message)
			}
		}
	}
}

// onText has a function get the texts of others as they arrive.
func (p *person) onText(heard func(text string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = heard
}

// caughtUp says whether the client is connected and has sent everything.
func (p *person) caughtUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open && p.store.waiting() == 0
}

// talk sends numbered messages until ctx ends, and begins a new client now and then.
func (p *person) talk(ctx context.Context) error {
	for ctx.Err() == nil {
		pause := time.Duration(p.random.ExpFloat64() * float64(p.pause))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		if p.random.IntN(200) == 0 {
			if err := p.begin(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
		p.mu.Lock()
		chats, c := p.chats, p.client
		p.mu.Unlock()
		if len(chats) == 0 {
			continue
		}
		p.say(ctx, c, chats[p.random.IntN(len(chats))])
	}
	return nil
}

// say sends a message, and waits a moment at most for the reply.
func (p *person) say(ctx context.Context, c *client.Client, chatID string) {
	p.sent++
	ctx, stop := context.WithTimeout(ctx, time.Duration(p.random.IntN(60))*time.Millisecond)
	defer stop()
	_, err := c.SendMessage(ctx, chatID, fmt.Sprintf("%s %d", p.name, p.sent))
	var refused *wire.Error
	if errors.As(err, &refused) {
		p.store.refuse(fmt.Sprintf("%s %d", p.name, p.sent), refused)
	}
}

// awaitCaughtUp returns when the person has caught up.
func (p *person) awaitCaughtUp(ctx context.Context) error { return await(ctx, p.caughtUp) }

// judgeDelivered waits until the present client has emitted the messages of others in the
// log, since a sender has the reply before a slow connection has the push. It counts those
// that are missing then.
func (p *person) judgeDelivered(ctx context.Context, chatID string, log []message) (v verdict) {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	_ = await(ctx, func() bool { // what is lost at the end of ctx is what the verdict says
		v = p.compareDelivered(chatID, log)
		return v.Lost == 0
	})
	return v
}

// compareDelivered compares the messages of others that the present client emitted with
// the log: from the first one on, each must be there once and in order.
func (p *person) compareDelivered(chatID string, log []message) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	delivered := p.delivered[chatID]
	var want []string
	for _, m := range log {
		if m.Sender != p.id && (len(want) > 0 || len(delivered) > 0 && m.ID == delivered[0]) {
			want = append(want, m.ID)
		}
	}
	return judge("emitted to "+p.name, want, delivered)
}
