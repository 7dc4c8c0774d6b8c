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

// person is a visitor or an agent: one user, whose client is closed and made anew
// now and then, as pages are. What it had accepted to send is in its shelf.
type person struct {
	name      string
	app       core.App
	id, token string
	shelf     *shelf
	random    *rand.Rand
	pause     time.Duration // between two messages, on average

	mu     sync.Mutex // guards what follows
	client *client.Client
	chats  []string // in which it talks
	told   map[string][]string
	open   bool // whether the connection is
	lives  int
	sent   int
}

// patient options, but quick to find a half-open connection.
var quick = core.Options{HeartbeatEvery: 2 * time.Second, HeartbeatWait: 2 * time.Second, OpenWithin: 5 * time.Second, LoginWithin: 10 * time.Minute}

// begin makes a new client on the shelf; the old one, if any, is closed in the
// middle of whatever it does.
func (p *person) begin(ctx context.Context) error {
	if old := p.current(); old != nil {
		if err := old.Close(); err != nil {
			return err
		}
	}
	c, err := client.New(client.Options{Dialer: wsconn.Dialer{CloseWithin: 50 * time.Millisecond}, Store: p.shelf, Core: quick})
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.client, p.open, p.told = c, false, map[string][]string{}
	p.lives++
	p.mu.Unlock()
	c.On(func(e client.Event) { p.hear(c, e) })
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

// hear notes which messages this client is told of.
func (p *person) hear(c *client.Client, e client.Event) {
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
			p.told[emit.ChatID] = append(p.told[emit.ChatID], data.Message.ID)
		}
	}
}

// caughtUp tells whether the connection is open and everything was delivered.
func (p *person) caughtUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open && p.shelf.waiting() == 0
}

// talk sends numbered messages until ctx ends, and starts afresh now and then.
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

// say sends a message and waits for it a moment, as one does who types on.
func (p *person) say(ctx context.Context, c *client.Client, chatID string) {
	p.sent++
	ctx, stop := context.WithTimeout(ctx, time.Duration(p.random.IntN(60))*time.Millisecond)
	defer stop()
	_, err := c.SendMessage(ctx, chatID, fmt.Sprintf("%s %d", p.name, p.sent))
	var refused *wire.Error
	if errors.As(err, &refused) {
		p.shelf.refuse(fmt.Sprintf("%s %d", p.name, p.sent), refused)
	}
}

// awaitCaughtUp returns when the person is connected and has delivered everything.
func (p *person) awaitCaughtUp(ctx context.Context) error {
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !p.caughtUp() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// judgeTold compares what the client of now was told of others' messages with the
// log: none twice, all in order, and from the first on none left out.
func (p *person) judgeTold(chatID string, log []message) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := p.told[chatID]
	var want []string
	for _, m := range log {
		if m.Sender != p.id && (len(want) > 0 || len(told) > 0 && m.ID == told[0]) {
			want = append(want, m.ID)
		}
	}
	return judge(p.name+" was told", want, told)
}
