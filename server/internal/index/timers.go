package index

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Timers look after chats that need the server at some time: an invitation that
// runs out, a ticket to be made, a chat that expires. For each there is one record,
// of the earliest that is to come (life.go), in a bucket, so that it survives a
// restart and any node can do it; the log's expected sequence makes it happen once.
// A record may be too early, never too late: who is woken looks what there is to
// do. So a message, which puts off the end of its chat, writes none.
type Timers struct {
	records *store.Mirror[Due] // <app>.<chat>
	wake    func(key ids.Key)
	Started chan struct{} // closed when the server is ready to be woken
	slots   chan struct{} // one for each chat that is looked after now

	mu      sync.Mutex
	armed   map[string]*time.Timer
	stopped bool
}

type Due struct {
	At    float64 `json:"at"`              // unix seconds, 0 if there is nothing to do
	Agent string  `json:"agent,omitempty"` // who is invited
}

// Covers tells whether the record does for what another one is about.
func (r Due) Covers(other Due) bool {
	return other.At == 0 || r.At != 0 && r.At <= other.At && (other.Agent == "" || r.Agent == other.Agent)
}

const (
	behindOthers  = time.Second            // how much later the other nodes look, so that they rarely have to
	wokenAtMost   = 32                     // chats looked after at the same time
	RetryWhenBusy = 200 * time.Millisecond // until it is tried again
)

func OpenTimers(ctx context.Context, e *store.Engine, wake func(ids.Key)) (*Timers, error) {
	t := &Timers{wake: wake, Started: make(chan struct{}), slots: make(chan struct{}, wokenAtMost), armed: map[string]*time.Timer{}}
	kv, err := store.Bucket(ctx, e, "parley_waiting", "chats that need the server, and when", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	t.records, err = store.OpenMirror(ctx, kv, ">", t.changed)
	return t, err
}

// Put says when the chat needs looking after; it replaces what was said before.
func (t *Timers) Put(ctx context.Context, key ids.Key, r Due) error {
	return t.records.Put(ctx, key.Name(), r)
}

// Get gives what was said last, and its revision.
func (t *Timers) Get(key ids.Key) (r Due, revision uint64) {
	record := t.records.Get(key.Name())
	return record.Value, record.Revision
}

// Ensure looks into the store itself whether what was said holds, and says it again.
func (t *Timers) Ensure(ctx context.Context, key ids.Key, need Due) error {
	entry, err := t.records.KV.Get(ctx, key.Name())
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return err
	}
	var r Due
	if err == nil && json.Unmarshal(entry.Value(), &r) == nil && r.Covers(need) {
		return nil
	}
	return t.Put(ctx, key, need)
}

// Replace says something else, unless another has done so since the revision.
func (t *Timers) Replace(ctx context.Context, key ids.Key, r Due, revision uint64) error {
	if r.At == 0 {
		return t.Clear(ctx, key, revision)
	}
	if revision == 0 {
		return t.Put(ctx, key, r)
	}
	_, err := t.records.Replace(ctx, key.Name(), r, revision)
	return err
}

// Clear says that there is nothing to do any more, likewise.
func (t *Timers) Clear(ctx context.Context, key ids.Key, revision uint64) error {
	if revision == 0 {
		return nil
	}
	return t.records.RemoveAt(ctx, key.Name(), revision)
}

// InvitedTo lists the chats to which an agent may be invited now.
func (t *Timers) InvitedTo(agent ids.Key) (keys []ids.Key) {
	for name, r := range t.records.WithPrefix(agent.App + ".") {
		if r.Value.Agent == agent.ID {
			keys = append(keys, ids.Key{App: agent.App, ID: strings.TrimPrefix(name, agent.App+".")})
		}
	}
	return keys
}

// changed arms the timer of a chat anew.
func (t *Timers) changed(name string, r store.Record[Due]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.armed[name]; old != nil {
		old.Stop()
		delete(t.armed, name)
	}
	if !r.Exists || t.stopped {
		return
	}
	wait := r.Value.Wait()
	if !r.Local {
		wait += behindOthers
	}
	t.arm(name, wait)
}

// Wait is the time from now on, rounded up.
func (r Due) Wait() time.Duration {
	return time.Until(time.UnixMilli(int64(math.Ceil(r.At * 1000))))
}

// arm starts a timer; t.mu is held.
func (t *Timers) arm(name string, wait time.Duration) {
	app, id, _ := strings.Cut(name, ".")
	key := ids.Key{App: app, ID: id}
	t.armed[name] = time.AfterFunc(wait, func() {
		if !t.ready() {
			t.Rearm(key, RetryWhenBusy)
			return
		}
		defer func() { <-t.slots }()
		t.wake(key)
	})
}

// ready takes a slot, if there is one and the server has started.
func (t *Timers) ready() bool {
	select {
	case <-t.Started:
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

// Again looks after the chat once more, as it could not be done now.
func (t *Timers) Rearm(key ids.Key, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := key.Name()
	if old := t.armed[name]; old != nil && !t.stopped {
		old.Stop()
		t.arm(name, wait)
	}
}

// Stop disarms all.
func (t *Timers) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for _, timer := range t.armed {
		timer.Stop()
	}
}
