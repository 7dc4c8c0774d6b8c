package presence

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Visitors notices visitors who have lost their last connection to any node. The
// node that had it asks the others, has the agents notified, and after the app's
// grace has the visitor counted as gone. Nothing of it is stored, so that to
// connect costs nothing: what a dead node knew another one finds out by looking
// through the visitors of all open chats (sweep).
type Visitors struct {
	engine *store.Engine
	duty   *Agents
	node   string
	beat   time.Duration
	settle time.Duration // until a loss is reported: a page that changes is back within it
	hooks  Hooks
	logger *slog.Logger

	wake chan struct{}

	mu   sync.Mutex
	lost map[ids.Key]*absence // by visitor
}

// Hooks is what absences asks of the rest of the server, and what it causes.
type Hooks struct {
	// Connected tells whether a visitor has a connection to this node.
	Connected func(visitor ids.Key) bool
	// InChats visits the visitors of all open chats, once for each chat.
	InChats func(ctx context.Context, visit func(visitor ids.Key, chatID string)) error
	// Grace is how long a visitor may be away before they count as gone. 0 is for ever.
	Grace func(app string) time.Duration
	// Absent is called when a visitor is away: with notify, agents are to hear of it;
	// with gone, the grace is over. It logs its errors; after one it is called again.
	Absent func(ctx context.Context, visitor ids.Key, chats []string, notify, gone bool) error
}

// absence is a visitor's from this node.
type absence struct {
	since    time.Time
	chats    []string
	notified bool // the agents know
}

const lookAgain = time.Second // after what could not be found out, or done

// Options says how fast nodes notice who is there. Each field that is zero
// stands for its default.
type Options struct {
	// Beat is how often a node says that it lives; after three beats without a word
	// it counts as dead. Defaults to 5 s.
	Beat time.Duration
	// AgentGrace is how long an agent counts as connected after their last
	// connection was lost. Defaults to 3 s.
	AgentGrace time.Duration
	// Settle is how long a visitor may be without a connection before anybody is
	// notified: a page that changes is back within it. Defaults to 1 s.
	SettleWithin time.Duration
	// Return is how long agents have to connect again after a restart, until a chat
	// whose invitation has run out meanwhile is left alone. Defaults to 5 s.
	Return time.Duration
}

func (o Options) WithDefaults() Options {
	ids.Default(&o.Beat, 5*time.Second)
	ids.Default(&o.AgentGrace, 3*time.Second)
	ids.Default(&o.SettleWithin, time.Second)
	ids.Default(&o.Return, 5*time.Second)
	return o
}

func NewVisitors(e *store.Engine, d *Agents, node string, o Options, hooks Hooks, logger *slog.Logger) *Visitors {
	return &Visitors{
		engine: e, duty: d, node: node, beat: o.Beat, settle: o.SettleWithin, hooks: hooks, logger: logger,
		wake: make(chan struct{}, 1), lost: map[ids.Key]*absence{},
	}
}

// Disconnected notes that a visitor's last connection to this node is lost, and which
// chats were live there.
func (all *Visitors) Disconnected(visitor ids.Key, chats []ids.Key) {
	if len(chats) == 0 {
		return
	}
	a := &absence{since: time.Now()}
	for _, key := range chats {
		a.chats = append(a.chats, key.ID)
	}
	all.mu.Lock()
	all.lost[visitor] = a
	all.mu.Unlock()
	all.look()
}

// missed notes a visitor who is not connected here, and may never have been.
func (all *Visitors) missed(visitor ids.Key, chatID string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.lost[visitor] == nil {
		all.lost[visitor] = &absence{since: time.Now(), chats: []string{chatID}}
	}
}

func (all *Visitors) look() {
	select {
	case all.wake <- struct{}{}:
	default:
	}
}

// wait is the time until there is something to do about an absence; false means
// that there never is.
func (all *Visitors) wait(a *absence, grace time.Duration) (time.Duration, bool) {
	wait := all.settle
	switch {
	case a.notified && grace == 0:
		return 0, false
	case a.notified || grace > 0 && grace < wait:
		wait = grace
	}
	return time.Until(a.since.Add(wait)), true
}

// due gives the absences about which something is to be done now, and when to
// look next. Those whose agents know, and which may last, are forgotten.
func (all *Visitors) due(grace func(app string) time.Duration) (due map[ids.Key]*absence, next time.Duration) {
	all.mu.Lock()
	defer all.mu.Unlock()
	due, next = map[ids.Key]*absence{}, time.Hour
	for visitor, a := range all.lost {
		switch wait, ends := all.wait(a, grace(visitor.App)); {
		case !ends:
			delete(all.lost, visitor)
		case wait <= 0:
			due[visitor] = a
		default:
			next = min(next, wait)
		}
	}
	return due, next
}

// forget ends an absence, unless there is a newer one.
func (all *Visitors) forget(visitor ids.Key, a *absence) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.lost[visitor] == a {
		delete(all.lost, visitor)
	}
}

// Since says when a visitor was lost here; false if they were not.
func (all *Visitors) Since(visitor ids.Key) (time.Time, bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if a := all.lost[visitor]; a != nil {
		return a.since, true
	}
	return time.Time{}, false
}

// Watch attends to lost visitors until ctx ends.
func (all *Visitors) Watch(ctx context.Context) {
	next := time.NewTimer(time.Hour)
	defer next.Stop()
	for {
		select {
		case <-all.wake:
		case <-next.C:
		case <-ctx.Done():
			return
		}
		next.Reset(all.attend(ctx))
	}
}

// attend does what is due, and says when to look again.
func (all *Visitors) attend(ctx context.Context) time.Duration {
	graces := map[string]time.Duration{} // thousands may be lost at once
	due, next := all.due(func(app string) time.Duration {
		if _, known := graces[app]; !known {
			graces[app] = all.hooks.Grace(app)
		}
		return graces[app]
	})
	for visitor, a := range due {
		if all.hooks.Connected(visitor) {
			all.forget(visitor, a)
			delete(due, visitor)
		}
	}
	if len(due) == 0 {
		return next
	}
	elsewhere, certain := all.elsewhere(ctx, due)
	for visitor, a := range due {
		switch {
		case elsewhere[visitor]:
			all.forget(visitor, a)
		case !certain:
			next = min(next, lookAgain)
		default:
			next = min(next, all.absent(ctx, visitor, a))
		}
	}
	return next
}

// absent does what is due about one visitor, and says when to look again.
func (all *Visitors) absent(ctx context.Context, visitor ids.Key, a *absence) time.Duration {
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin)
	defer stop()
	grace := all.hooks.Grace(visitor.App)
	gone := grace > 0 && time.Since(a.since) >= grace
	if all.hooks.Absent(ctx, visitor, a.chats, !a.notified, gone) != nil {
		return lookAgain
	}
	a.notified = true
	wait, ends := all.wait(a, grace)
	if gone || !ends {
		all.forget(visitor, a)
		return time.Hour
	}
	return max(0, wait)
}
