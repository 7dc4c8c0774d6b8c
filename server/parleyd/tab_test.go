package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/wire"
	"parley/core/wsconn"
)

// tab is a user's connection, on which nothing happens by itself.
type tab struct {
	t    *testing.T
	conn core.Conn

	mu     sync.Mutex // guards what follows
	more   chan struct{}
	frames []wire.Frame // in order of arrival
	taken  int          // that next has passed
	sent   int
	err    error

	at map[string]uint64 // positions in the chats when the session was opened
}

// open connects a user, who has seen the chats up to these positions.
func (p *process) open(a account, seen map[string]uint64) *tab {
	p.t.Helper()
	conn, err := wsconn.Dialer{CloseWithin: 50 * time.Millisecond}.Dial(p.t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/v1/socket")
	require.NoError(p.t, err)
	c := &tab{t: p.t, conn: conn, more: make(chan struct{}), at: map[string]uint64{}}
	p.t.Cleanup(func() { _ = conn.Close() })
	go c.receive()
	opened := c.ask(wire.EventOpen, map[string]any{"appId": "demo", "token": a.Session.Token, "chats": seen})
	for id, chat := range opened["chats"].(map[string]any) {
		c.at[id] = uint64(chat.(map[string]any)["seq"].(float64))
	}
	return c
}

func (c *tab) receive() {
	for {
		message, err := c.conn.Read(context.Background())
		var f wire.Frame
		if err == nil {
			f, err = wire.Parse(message)
		}
		c.mu.Lock()
		if c.err = err; err == nil {
			c.frames = append(c.frames, f)
		}
		close(c.more)
		c.more = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
		if f.Event == wire.EventBye {
			go func() { _ = c.conn.Close() }()
		}
	}
}

// find waits for a frame; fits is called under c.mu.
func (c *tab) find(what string, fits func(i int, f wire.Frame) bool) wire.Frame {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	for looked := 0; ; {
		c.mu.Lock()
		for ; looked < len(c.frames); looked++ {
			if f := c.frames[looked]; fits(looked, f) {
				c.mu.Unlock()
				return f
			}
		}
		more, err := c.more, c.err
		c.mu.Unlock()
		require.NoError(c.t, err, "waiting for %s", what)
		select {
		case <-more:
		case <-deadline:
			require.Fail(c.t, "no "+what, "has %s", c.events())
		}
	}
}

// next gives the data of the next push of this name, passing what came before it.
func (c *tab) next(event string) (data map[string]any) {
	c.t.Helper()
	f := c.find(event, func(i int, f wire.Frame) bool {
		if i < c.taken || f.Event != event {
			return false
		}
		c.taken = i + 1
		return true
	})
	require.NoError(c.t, json.Unmarshal(f.Data, &data))
	return data
}

// post sends a request and does not wait.
func (c *tab) post(event string, data any) (id string) {
	c.t.Helper()
	c.sent++
	id = fmt.Sprintf("%p-%d", c, c.sent)
	c.postAs(id, event, data)
	return id
}

func (c *tab) postAs(id, event string, data any) {
	c.t.Helper()
	require.NoError(c.t, c.try(id, event, data))
}

// try sends a request; the error says that the connection has ended.
func (c *tab) try(id, event string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	f := wire.Frame{ID: id, Event: event, Data: raw}
	return c.conn.Write(c.t.Context(), f.Append(nil))
}

// ask gives the data of the reply to a request.
func (c *tab) ask(event string, data any) map[string]any {
	c.t.Helper()
	return c.reply(c.post(event, data))
}

func (c *tab) reply(id string) (data map[string]any) {
	c.t.Helper()
	f := c.find("reply to "+id, func(_ int, f wire.Frame) bool { return f.ID == id })
	require.Nil(c.t, f.Error, "%v", f.Error)
	require.NoError(c.t, json.Unmarshal(f.Data, &data))
	return data
}

// events lists the pushes that came, in order.
func (c *tab) events() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.frames {
		if f.Event != "" {
			names = append(names, f.Event)
		}
	}
	return names
}

// count tells how many pushes of a name came.
func (c *tab) count(event string) (n int) {
	for _, name := range c.events() {
		if name == event {
			n++
		}
	}
	return n
}

// about is the data of a request about a chat.
func about(chatID string, more ...any) map[string]any {
	data := map[string]any{"chatId": chatID}
	for i := 0; i < len(more); i += 2 {
		data[more[i].(string)] = more[i+1]
	}
	return data
}

// replied tells whether a request was answered.
func (c *tab) replied(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.frames, func(f wire.Frame) bool { return f.ID == id })
}
