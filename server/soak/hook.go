package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// hook is an app's own server, which is told of every message.
type hook struct {
	server http.Server
	mu     sync.Mutex
	told   map[string]map[string]int // by message, how often under each delivery's id
}

// openHook listens, and has the server tell it of messages from now on.
func openHook(ctx context.Context, base string) (*hook, error) {
	h := &hook{told: map[string]map[string]int{}}
	h.server.Handler = http.HandlerFunc(h.serve)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { _ = h.server.Serve(l) }() // until it is closed
	return h, rest(ctx, base, "POST", "/webhooks", map[string]any{"events": []string{"messages:new"}, "target": "http://" + l.Addr().String()}, nil)
}

func (h *hook) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Hook-Secret", r.Header.Get("X-Hook-Secret"))
	var post struct {
		Data struct{ Message struct{ ID string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&post); err != nil { // cut off by a kill
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id := post.Data.Message.ID
	if id == "" {
		return // the handshake
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.told[id] == nil {
		h.told[id] = map[string]int{}
	}
	h.told[id][r.Header.Get("X-Hook-Delivery")]++
}

// judge waits until the hook was told of all messages, and counts what it was not,
// or under more than one id.
func (h *hook) judge(ctx context.Context, messages []message) (v verdict, again int) {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for v, again = h.compare(messages); v.Lost > 0 && ctx.Err() == nil; v, again = h.compare(messages) {
		select {
		case <-look.C:
		case <-ctx.Done():
		}
	}
	return v, again
}

func (h *hook) compare(messages []message) (v verdict, again int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v.Messages = len(messages)
	for _, m := range messages {
		ids := h.told[m.ID]
		switch len(ids) {
		case 0:
			v.Lost++
			v.example("the webhook was not told of %s", m.ID)
		case 1:
		default:
			v.Doubled++
			v.example("the webhook was told of %s under %d ids", m.ID, len(ids))
		}
		for _, times := range ids {
			again += times - 1
		}
	}
	return v, again
}

func (h *hook) Close() error {
	if err := h.server.Close(); err != nil {
		return fmt.Errorf("the webhook's target: %w", err)
	}
	return nil
}
