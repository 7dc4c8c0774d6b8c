package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"parley/core/wire"
	"parley/server/drive"
)

// toll is what one event costs those who go on meanwhile, in a network without faults.
type toll struct {
	Event           string
	Messages, Calls int
	Late            int           // messages that took over a second
	Rejected        int           // of both
	Message, Call   time.Duration // the slowest
	Polled          time.Duration // the slowest message of those whose network cuts WebSockets off
	Heard           time.Duration // the slowest from the sending of a message to its arrival at the other one of the chat
	examples        []string
}

func (t toll) String() string {
	return fmt.Sprintf("%d messages, %d over a second, the slowest took %.2f s (%.2f s by HTTP), was heard after %.2f s; %d calls, %.2f s; %d rejected",
		t.Messages, t.Late, t.Message.Seconds(), t.Polled.Seconds(), t.Heard.Seconds(), t.Calls, t.Call.Seconds(), t.Rejected)
}

// event is what happens to the servers of a cluster, one after the other or to one of them.
type event struct {
	name string
	do   func(context.Context) error
}

// events are the upgrades of a cluster as docs/operating.md tells operators to do them, and
// the deaths that cost the most.
func (s *servers) events() []event {
	return []event{
		{"upgrade of NATS", func(context.Context) error { return restartAll(s.nats, syscall.SIGUSR2) }}, // lame duck mode
		{"upgrade of parleyd", func(context.Context) error { return restartAll(s.nodes, syscall.SIGTERM) }},
		{"death of a parleyd", func(context.Context) error { return s.nodes[0].Restart(syscall.SIGKILL) }},
		{"death of the leader", func(ctx context.Context) error {
			leader, err := s.leader(ctx)
			if err != nil {
				return err
			}
			return leader.Restart(syscall.SIGKILL)
		}},
	}
}

func restartAll(all []*daemon, by syscall.Signal) error {
	for _, d := range all {
		if err := d.Restart(by); err != nil {
			return err
		}
	}
	return nil
}

// leader gives the NATS server that leads the first stream of the chats, as one of them says.
func (s *servers) leader(ctx context.Context) (*daemon, error) {
	text, err := drive.API{}.Read(ctx, s.monitors[0]+"/jsz?streams=true")
	if err != nil {
		return nil, err
	}
	var said struct {
		Accounts []struct {
			Streams []struct {
				Name    string
				Cluster struct{ Leader string }
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, err
	}
	for _, account := range said.Accounts {
		for _, stream := range account.Streams {
			if stream.Name != "PARLEY_CHATS" {
				continue
			}
			for n, d := range s.nats {
				if stream.Cluster.Leader == natsName(n) {
					return d, nil
				}
			}
		}
	}
	return nil, errors.New("nobody leads the stream of the chats")
}

// measureTolls lets the events happen, one after the other, and measures what each costs.
func (s *soak) measureTolls(ctx context.Context) (tolls []toll, err error) {
	if s.history, err = s.beginHistory(ctx); err != nil {
		return nil, err
	}
	for _, e := range s.servers.events() {
		t, err := s.toll(ctx, e)
		if err != nil {
			return tolls, fmt.Errorf("%s: %w", e.name, err)
		}
		tolls = append(tolls, t)
		if err := s.settle(ctx); err != nil {
			return tolls, err
		}
	}
	return tolls, nil
}

// toll measures an event from before it begins until everybody has been served after it.
func (s *soak) toll(ctx context.Context, e event) (toll, error) {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	going, hush := context.WithCancel(ctx)
	defer hush()
	t := &tolled{toll: toll{Event: e.name}, sent: map[string]time.Time{}}
	for _, p := range s.people {
		p.onText(t.heard)
		defer p.onText(nil)
	}
	talkers := slices.DeleteFunc(slices.Clone(s.people), func(p *person) bool { return len(p.chats) == 0 })
	served := make([]atomic.Int64, len(talkers)+1) // how often each was served, and the caller behind them
	var all sync.WaitGroup
	for i, p := range talkers {
		all.Go(func() { p.converse(going, t, s.history, &served[i]) })
	}
	all.Go(func() { s.call(going, t, &served[len(talkers)]) })
	all.Go(func() { s.readAlong(going) })
	err := s.awaitServed(ctx, served)
	if err == nil {
		err = e.do(ctx)
	}
	if err == nil {
		err = s.awaitServed(ctx, served)
	}
	hush()
	all.Wait()
	if err == nil {
		err = await(ctx, t.allHeard)
	}
	return t.toll, err
}

// awaitServed waits until everybody has been served twice: what the second was for began after
// the call.
func (s *soak) awaitServed(ctx context.Context, served []atomic.Int64) error {
	before := make([]int64, len(served))
	for i := range served {
		before[i] = served[i].Load()
	}
	return await(ctx, func() bool {
		for i := range served {
			if served[i].Load() < before[i]+2 {
				return false
			}
		}
		return true
	})
}

// tolled is a toll that grows.
type tolled struct {
	mu sync.Mutex
	toll
	sent map[string]time.Time // by text, what has not been heard yet
}

// allHeard tells whether everything has arrived.
func (t *tolled) allHeard() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.sent) == 0
}

// heard notes that a text has arrived.
func (t *tolled) heard(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if begun, first := t.sent[text]; first {
		t.Heard = max(t.Heard, time.Since(begun))
		delete(t.sent, text)
	}
}

// note notes that something was served, or rejected.
func (t *tolled) note(what string, begun time.Time, err error, count *int, slowest *time.Duration) {
	took := time.Since(begun)
	t.mu.Lock()
	defer t.mu.Unlock()
	*count++
	*slowest = max(*slowest, took)
	if err != nil {
		t.Rejected++
		t.examples = append(t.examples, fmt.Sprintf("%s: %s after %s: %v", t.Event, what, took.Round(time.Millisecond), err))
	}
}

// converse sends one message after the other, each when the one before it is stored.
func (p *person) converse(ctx context.Context, t *tolled, h *history, served *atomic.Int64) {
	for ctx.Err() == nil {
		select {
		case <-time.After(time.Duration(p.random.ExpFloat64() * float64(p.pause))):
		case <-ctx.Done():
			return
		}
		p.sent++
		text, begun := fmt.Sprintf("%s %d", p.name, p.sent), time.Now()
		t.mu.Lock()
		t.sent[text] = begun
		t.mu.Unlock()
		chatID := p.chats[p.random.IntN(len(p.chats))]
		_, err := p.current().SendMessage(ctx, chatID, text)
		var refused *wire.Error
		if errors.As(err, &refused) {
			p.store.refuse(text, refused)
		} else {
			h.note(chatID, act{text: text}, "", begun, err == nil)
		}
		if ctx.Err() != nil {
			return
		}
		slowest := &t.Message
		if p.byHTTP {
			slowest = &t.Polled
		}
		t.note("a message", begun, err, &t.Messages, slowest)
		if time.Since(begun) > time.Second {
			t.mu.Lock()
			t.Late++
			t.mu.Unlock()
		}
		served.Add(1)
	}
}

// call makes a visitor and reads them by their token at once, over and over, and logs an agent
// in now and then.
func (s *soak) call(ctx context.Context, t *tolled, served *atomic.Int64) {
	for n := 0; ctx.Err() == nil; n++ {
		var a drive.Account
		calls := []func() error{
			func() error { return s.ask(ctx, "POST", "/users", "", `{"name":"Caller"}`, &a) },
			func() error { return s.ask(ctx, "GET", "/users/"+a.User.ID, a.Session.Token, "", &a) },
		}
		if n%10 == 0 {
			calls = append(calls, func() error {
				return s.ask(ctx, "POST", "/agents/login", "", `{"username":"agent1","password":"demo"}`, &a)
			})
		}
		for _, call := range calls {
			begun := time.Now()
			err := call()
			if ctx.Err() != nil {
				return
			}
			t.note("a call", begun, err, &t.Calls, &t.Call)
			if err != nil {
				break
			}
			served.Add(1)
		}
		select {
		case <-time.After(s.pause):
		case <-ctx.Done():
		}
	}
}

// ask makes a request of an app's page to any server. As a balancer does, it asks another one
// when the connection fails.
func (s *soak) ask(ctx context.Context, method, path, token, body string, answer any) error {
	for {
		r, err := http.NewRequestWithContext(ctx, method, "http://"+s.proxy.Addr()+"/v1"+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("x-hyper-appId", "demo")
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("x-hyper-token", token)
		}
		r.Close = true // the next request gets any server
		got, err := http.DefaultClient.Do(r)
		if err != nil && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return err
		}
		text, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err == nil && got.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s %s: %s: %s", method, path, got.Status, text)
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(text, answer)
	}
}
