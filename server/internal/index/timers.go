package index

import (
	"context"
	"math"
	"strings"
	"sync"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	otherNodesLater = time.Second            // the nodes that did not write a record wake the chat later, so that they rarely have to
	wokenAtMost     = 32                     // chats at the same time
	RetryWhenBusy   = 200 * time.Millisecond // after this time a chat is woken that could not be woken now
)

// Timers wake chats that need the server at some time: when an invitation expires, a
// ticket has to be made, or the chat expires.
//
// There is one record per chat with its earliest deadline. It is in a bucket, so that
// it survives a restart and any node can do what is due; the log's expected sequence
// makes it happen once. Deadlines may fire early, never late: the handler checks what
// is due. A new message only moves the expiry later, so it needs no write.
type Timers struct {
	records *store.Mirror[Due] // <app>.<chat>
	wake    func(key ids.Key)
	started chan struct{} // closed when chats may be woken
	slots   chan struct{} // holds a token for each chat that is woken now

	mu      sync.Mutex
	armed   map[string]*time.Timer      // by name of the record
	agents  map[string]ids.Key          // who is invited, by name of the record
	invited map[ids.Key]map[string]bool // names of the records, by who is invited
	stopped bool
}

// Due says when a chat needs the server. The zero Due is never.
type Due struct {
	At    float64 `json:"at"`              // unix seconds, 0 for never
	Agent string  `json:"agent,omitempty"` // who is invited
}

// Covers tells whether a record need not be written again for need: it fires no later,
// and names the agent who is invited.
func (d Due) Covers(need Due) bool {
	return need.At == 0 || d.At != 0 && d.At <= need.At && (need.Agent == "" || d.Agent == need.Agent)
}

// Wait gives the time from now on, rounded up to milliseconds.
func (d Due) Wait() time.Duration {
	return time.Until(time.UnixMilli(int64(math.Ceil(d.At * 1000))))
}

// OpenTimers copies the records and follows them until ctx ends. wake is called from
// Start on, for at most 32 chats at a time.
func OpenTimers(ctx context.Context, e *store.Engine, wake func(ids.Key)) (*Timers, error) {
	t := newTimers(wake)
	kv, err := store.Bucket(ctx, e, "parley_waiting", "chats that need the server, and when", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	t.records, err = store.OpenMirror(ctx, kv, ">", t.changed)
	return t, err
}

func newTimers(wake func(ids.Key)) *Timers {
	return &Timers{
		wake: wake, started: make(chan struct{}), slots: make(chan struct{}, wokenAtMost),
		armed: map[string]*time.Timer{}, agents: map[string]ids.Key{}, invited: map[ids.Key]map[string]bool{},
	}
}

// Start lets chats be woken. It may be called once.
func (t *Timers) Start() { close(t.started) }

// Stop disarms all timers for good.
func (t *Timers) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for _, timer := range t.armed {
		timer.Stop()
	}
}

// Put writes when a chat needs the server, whatever was written before.
func (t *Timers) Put(ctx context.Context, key ids.Key, d Due) error {
	return t.records.Put(ctx, key.Name(), d)
}

// Get gives a chat's record as this node knows it, and its revision. A chat without a record has revision 0.
func (t *Timers) Get(key ids.Key) (d Due, revision uint64) {
	r := t.records.Get(key.Name())
	return r.Value, r.Revision
}

// Ensure reads a chat's record from the store, and writes need if it does not cover it.
func (t *Timers) Ensure(ctx context.Context, key ids.Key, need Due) error {
	stored, err := t.records.Fetch(ctx, key.Name())
	if err != nil || stored.Exists && stored.Value.Covers(need) {
		return err
	}
	return t.Put(ctx, key, need)
}

// Replace writes a chat's record unless it has changed since the revision.
func (t *Timers) Replace(ctx context.Context, key ids.Key, d Due, revision uint64) error {
	if d.At == 0 {
		return t.Clear(ctx, key, revision)
	}
	if revision == 0 {
		return t.Put(ctx, key, d)
	}
	_, err := t.records.Replace(ctx, key.Name(), d, revision)
	return err
}

// Clear removes a chat's record unless it has changed since the revision.
func (t *Timers) Clear(ctx context.Context, key ids.Key, revision uint64) error {
	if revision == 0 {
		return nil
	}
	return t.records.RemoveAt(ctx, key.Name(), revision)
}

// InvitedTo gives the chats to which an agent may be invited now. It costs by their number.
func (t *Timers) InvitedTo(agent ids.Key) (keys []ids.Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name := range t.invited[agent] {
		keys = append(keys, ids.Key{App: agent.App, ID: strings.TrimPrefix(name, agent.App+".")})
	}
	return keys
}

// noteInvited files a record under the agent whom it names. The caller holds mu.
func (t *Timers) noteInvited(name string, r store.Record[Due]) {
	if agent, was := t.agents[name]; was {
		delete(t.agents, name)
		if delete(t.invited[agent], name); len(t.invited[agent]) == 0 {
			delete(t.invited, agent)
		}
	}
	if !r.Exists || r.Value.Agent == "" {
		return
	}
	app, _, _ := strings.Cut(name, ".")
	agent := ids.Key{App: app, ID: r.Value.Agent}
	if t.invited[agent] == nil {
		t.invited[agent] = map[string]bool{}
	}
	t.agents[name], t.invited[agent][name] = agent, true
}

// Rearm wakes a chat after a time, whatever its record says, if it has one.
func (t *Timers) Rearm(key ids.Key, after time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.armed[key.Name()]; old != nil && !t.stopped {
		old.Stop()
		t.arm(key.Name(), after)
	}
}

// changed arms the timer of a record that has changed.
func (t *Timers) changed(name string, r store.Record[Due]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.armed[name]; old != nil {
		old.Stop()
		delete(t.armed, name)
	}
	t.noteInvited(name, r)
	if !r.Exists || t.stopped {
		return
	}
	wait := r.Value.Wait()
	if !r.Local {
		wait += otherNodesLater
	}
	t.arm(name, wait)
}

// arm starts a timer. The caller holds mu.
func (t *Timers) arm(name string, wait time.Duration) {
	app, id, _ := strings.Cut(name, ".")
	key := ids.Key{App: app, ID: id}
	t.armed[name] = time.AfterFunc(wait, func() {
		if !t.takeSlot() {
			t.Rearm(key, RetryWhenBusy)
			return
		}
		defer func() { <-t.slots }()
		t.wake(key)
	})
}

// takeSlot takes a slot, if one is free and chats may be woken.
func (t *Timers) takeSlot() bool {
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
