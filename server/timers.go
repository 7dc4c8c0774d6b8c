package server

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// timers look after chats that need the server at some time: an invitation that
// runs out, a ticket to be made, a chat that expires. For each there is one record,
// of the earliest that is to come (life.go), in a bucket, so that it survives a
// restart and any node can do it; the log's expected sequence makes it happen once.
// A record may be too early, never too late: who is woken looks what there is to
// do. So a message, which puts off the end of its chat, writes none.
type timers struct {
	due     *mirror // <app>.<chat>: dueRecord
	wake    func(key chatKey)
	started chan struct{} // closed when the server is ready to be woken
	slots   chan struct{} // one for each chat that is looked after now

	mu    sync.Mutex
	armed map[string]*time.Timer
	off   bool
}

type dueRecord struct {
	At    float64 `json:"at"`              // unix seconds, 0 if there is nothing to do
	Agent string  `json:"agent,omitempty"` // who is invited
}

// covers tells whether the record does for what another one is about.
func (r dueRecord) covers(other dueRecord) bool {
	return other.At == 0 || r.At != 0 && r.At <= other.At && (other.Agent == "" || r.Agent == other.Agent)
}

const (
	behindOthers = time.Second            // how much later the other nodes look, so that they rarely have to
	wokenAtMost  = 32                     // chats looked after at the same time
	whenBusy     = 200 * time.Millisecond // until it is tried again
)

func openTimers(ctx context.Context, e *Engine, wake func(chatKey)) (*timers, error) {
	t := &timers{wake: wake, started: make(chan struct{}), slots: make(chan struct{}, wokenAtMost), armed: map[string]*time.Timer{}}
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
	return t.due.put(ctx, key.name(), data)
}

// get gives what was said last, and its revision.
func (t *timers) get(key chatKey) (r dueRecord, revision uint64) {
	data, revision := t.due.record(key.name())
	if json.Unmarshal(data, &r) != nil {
		return dueRecord{}, revision
	}
	return r, revision
}

// ensure looks into the store itself whether what was said holds, and says it again.
func (t *timers) ensure(ctx context.Context, key chatKey, need dueRecord) error {
	entry, err := t.due.kv.Get(ctx, key.name())
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return err
	}
	var r dueRecord
	if err == nil && json.Unmarshal(entry.Value(), &r) == nil && r.covers(need) {
		return nil
	}
	return t.set(ctx, key, need)
}

// replace says something else, unless another has done so since the revision.
func (t *timers) replace(ctx context.Context, key chatKey, r dueRecord, revision uint64) error {
	if r.At == 0 {
		return t.clear(ctx, key, revision)
	}
	if revision == 0 {
		return t.set(ctx, key, r)
	}
	data, err := json.Marshal(r)
	if err == nil {
		_, err = t.due.replace(ctx, key.name(), data, revision)
	}
	return err
}

// clear says that there is nothing to do any more, likewise.
func (t *timers) clear(ctx context.Context, key chatKey, revision uint64) error {
	if revision == 0 {
		return nil
	}
	return t.due.removeAt(ctx, key.name(), revision)
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
	wait := r.wait()
	if !m.own {
		wait += behindOthers
	}
	t.arm(name, wait)
}

// wait is the time from now on, rounded up.
func (r dueRecord) wait() time.Duration {
	return time.Until(time.UnixMilli(int64(math.Ceil(r.At * 1000))))
}

// arm starts a timer; t.mu is held.
func (t *timers) arm(name string, wait time.Duration) {
	app, id, _ := strings.Cut(name, ".")
	key := chatKey{app, id}
	t.armed[name] = time.AfterFunc(wait, func() {
		if !t.ready() {
			t.again(key, whenBusy)
			return
		}
		defer func() { <-t.slots }()
		t.wake(key)
	})
}

// ready takes a slot, if there is one and the server has started.
func (t *timers) ready() bool {
	select {
	case <-t.started:
	default:
		return false
	}
	select {
	case t.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// again looks after the chat once more, as it could not be done now.
func (t *timers) again(key chatKey, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := key.name()
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
