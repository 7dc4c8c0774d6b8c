package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// webhook is an app's own server, which gets every message.
type webhook struct {
	server    http.Server
	mu        sync.Mutex
	delivered map[string]map[string]int // by message: how often it came under each delivery id
}

// openWebhook listens, and registers itself for the messages from then on.
func openWebhook(ctx context.Context, base string) (*webhook, error) {
	h := &webhook{delivered: map[string]map[string]int{}}
	h.server.Handler = http.HandlerFunc(h.serve)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { _ = h.server.Serve(l) }() // until it is closed
	target := "http://" + l.Addr().String()
	return h, demo(base).Ask(ctx, "POST", "/webhooks", map[string]any{"events": []string{"messages:new"}, "target": target}, nil)
}

func (h *webhook) serve(w http.ResponseWriter, r *http.Request) {
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
	if h.delivered[id] == nil {
		h.delivered[id] = map[string]int{}
	}
	h.delivered[id][r.Header.Get("X-Hook-Delivery")]++
}

// judge waits until the webhook has all messages. It counts those that are missing then,
// and those that came under more than one id.
func (h *webhook) judge(ctx context.Context, messages []message) (v verdict, again int) {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	_ = await(ctx, func() bool { // what is lost at the end of ctx is what the verdict says
		v, again = h.compare(messages)
		return v.Lost == 0
	})
	return v, again
}

func (h *webhook) compare(messages []message) (v verdict, again int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v.Messages = len(messages)
	for _, m := range messages {
		ids := h.delivered[m.ID]
		switch len(ids) {
		case 0:
			v.Lost++
			v.example("the webhook did not get %s", m.ID)
		case 1:
		default:
			v.Doubled++
			v.example("the webhook got %s under %d ids", m.ID, len(ids))
		}
		for _, times := range ids {
			again += times - 1
		}
	}
	return v, again
}

func (h *webhook) Close() error {
	if err := h.server.Close(); err != nil {
		return fmt.Errorf("the webhook's target: %w", err)
	}
	return nil
}
