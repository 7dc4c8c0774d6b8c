package server

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// timers look after chats that need the server at some time: an invitation that
// runs out, a ticket to be made. What is to come stands in a bucket, so that it
// survives a restart and any node can do it; the log's expected sequence makes it
// happen once.
type timers struct {
	due     *mirror // <app>.<chat>: dueRecord
	wake    func(key chatKey)
	started chan struct{} // closed when the server is ready to be woken

	mu    sync.Mutex
	armed map[string]*time.Timer
	off   bool
}

type dueRecord struct {
	At    float64 `json:"at"`              // unix seconds
	Agent string  `json:"agent,omitempty"` // who is invited
}

// behind is how much later the other nodes look, so that they rarely have to.
const behindOthers = time.Second

func openTimers(ctx context.Context, e *Engine, wake func(chatKey)) (*timers, error) {
	t := &timers{wake: wake, started: make(chan struct{}), armed: map[string]*time.Timer{}}
	kv, err := bucket(ctx, e, "parley_waiting", "chats that need the server, and when", markerLife)
	if err != nil {
		return nil, err
	}
	t.due, err = openMirror(ctx, kv, ">", t.changed)
	return t, err
}

// set says when the chat needs looking after; it replaces what was said before.
func (t *timers) set(ctx context.Context, key chatKey, r dueRecord) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return t.due.put(ctx, key.app+"."+key.id, data)
}

// revision names what was said last, for clear.
func (t *timers) revision(key chatKey) uint64 { return t.due.revision(key.app + "." + key.id) }

// clear says that it does not any more, unless something else was said since.
func (t *timers) clear(ctx context.Context, key chatKey, revision uint64) error {
	if revision == 0 {
		return nil
	}
	return t.due.removeAt(ctx, key.app+"."+key.id, revision)
}

// invitedTo lists the chats to which an agent may be invited now.
func (t *timers) invitedTo(agent chatKey) (keys []chatKey) {
	for name, m := range t.due.under(agent.app + ".") {
		var r dueRecord
		if json.Unmarshal(m.value, &r) == nil && r.Agent == agent.id {
			keys = append(keys, chatKey{agent.app, strings.TrimPrefix(name, agent.app+".")})
		}
	}
	return keys
}

// changed arms the timer of a chat anew.
func (t *timers) changed(name string, m mirrored) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.armed[name]; old != nil {
		old.Stop()
		delete(t.armed, name)
	}
	var r dueRecord
	if m.value == nil || t.off || json.Unmarshal(m.value, &r) != nil {
		return
	}
	wait := time.Until(time.UnixMilli(int64(r.At * 1000)))
	if !m.own {
		wait += behindOthers
	}
	t.arm(name, wait)
}

// arm starts a timer; t.mu is held.
func (t *timers) arm(name string, wait time.Duration) {
	app, id, _ := strings.Cut(name, ".")
	t.armed[name] = time.AfterFunc(wait, func() {
		<-t.started
		t.wake(chatKey{app, id})
	})
}

// again looks after the chat once more, as it could not be done now.
func (t *timers) again(key chatKey, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := key.app + "." + key.id
	if old := t.armed[name]; old != nil && !t.off {
		old.Stop()
		t.arm(name, wait)
	}
}

// stop disarms all.
func (t *timers) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.off = true
	for _, timer := range t.armed {
		timer.Stop()
	}
}
