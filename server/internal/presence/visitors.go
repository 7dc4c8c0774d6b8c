package presence

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// retryAfter is the wait after something that could not be found out or done.
const retryAfter = time.Second

// idle is the wait when nothing is due: Watch is woken when that changes.
const idle = time.Hour

// Visitors notices visitors who have lost their last connection to any node, and reports
// their absence. See the package comment.
type Visitors struct {
	engine *store.Engine
	agents *Agents
	node   string // this node
	beat   time.Duration
	settle time.Duration
	hooks  Hooks
	logger *slog.Logger

	wake chan struct{} // holds one value when Watch has something new to look at

	mu   sync.Mutex
	lost map[ids.Key]*absence // by visitor
}

// Hooks is what Visitors asks of the rest of the server, and what it causes there.
type Hooks struct {
	// Connected tells whether a visitor has a connection to this node.
	Connected func(visitor ids.Key) bool
	// InChats visits the visitors of all open chats, once for each chat.
	InChats func(ctx context.Context, visit func(visitor ids.Key, chatID string)) error
	// Grace is how long a visitor may be absent before they count as gone. 0 is for ever.
	Grace func(app string) time.Duration
	// Absent is called when a visitor is absent: with notify, their agents are to be
	// notified; with gone, the grace is over. It logs its own errors; after one it is
	// called again.
	Absent func(ctx context.Context, visitor ids.Key, chats []string, notify, gone bool) error
}

// absence is that of a visitor whom this node has lost or found missing. Only Watch
// changes it.
type absence struct {
	since    time.Time
	chats    []string
	notified bool // the agents have been
}

// Options says how fast nodes notice who is connected.
type Options struct {
	// Beat is how often a node says that it lives; a node that was silent for three
	// beats is dead. Defaults to 5 s.
	Beat time.Duration
	// AgentGrace is how long an agent counts as connected after their last connection
	// was lost. Defaults to 3 s.
	AgentGrace time.Duration
	// SettleWithin is how long a visitor may be without a connection before their
	// agents are notified: a page that is reloaded is back by then. Defaults to 1 s.
	SettleWithin time.Duration
	// Return is how long agents have to connect again after a restart before a chat
	// whose invitation has run out meanwhile is left alone. Defaults to 5 s.
	Return time.Duration
}

// WithDefaults gives the options with the default in each field that is not positive.
func (o Options) WithDefaults() Options {
	ids.Default(&o.Beat, 5*time.Second)
	ids.Default(&o.AgentGrace, 3*time.Second)
	ids.Default(&o.SettleWithin, time.Second)
	ids.Default(&o.Return, 5*time.Second)
	return o
}

// NewVisitors gives a Visitors that does nothing yet: AnswerNodes, Watch and WatchNodes do
// its work. It needs options WithDefaults, and all hooks.
func NewVisitors(e *store.Engine, a *Agents, node string, o Options, hooks Hooks, logger *slog.Logger) *Visitors {
	return &Visitors{
		engine: e, agents: a, node: node, beat: o.Beat, settle: o.SettleWithin, hooks: hooks, logger: logger,
		wake: make(chan struct{}, 1), lost: map[ids.Key]*absence{},
	}
}

// Disconnected notes that a visitor has lost their last connection to this node, on which
// these chats were live.
func (v *Visitors) Disconnected(visitor ids.Key, chats []ids.Key) {
	if len(chats) == 0 {
		return
	}
	a := &absence{since: time.Now()}
	for _, key := range chats {
		a.chats = append(a.chats, key.ID)
	}
	v.mu.Lock()
	v.lost[visitor] = a
	v.mu.Unlock()
	v.wakeUp()
}

// noteMissing notes a visitor who is not connected to this node, and may never have been.
func (v *Visitors) noteMissing(visitor ids.Key, chatID string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.lost[visitor] == nil {
		v.lost[visitor] = &absence{since: time.Now(), chats: []string{chatID}}
	}
}

func (v *Visitors) wakeUp() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// untilDue is the time until an absence is to be reported; ends is false when it never
// is: the agents know, and it may last for ever.
func (v *Visitors) untilDue(a *absence, grace time.Duration) (wait time.Duration, ends bool) {
	after := v.settle
	switch {
	case a.notified && grace == 0:
		return 0, false
	case a.notified || grace > 0 && grace < after:
		after = grace
	}
	return time.Until(a.since.Add(after)), true
}

// due gives the absences that are to be reported now, and the wait until the next is. It
// forgets those that never are.
func (v *Visitors) due(grace func(app string) time.Duration) (due map[ids.Key]*absence, next time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	due, next = map[ids.Key]*absence{}, idle
	for visitor, a := range v.lost {
		switch wait, ends := v.untilDue(a, grace(visitor.App)); {
		case !ends:
			delete(v.lost, visitor)
		case wait <= 0:
			due[visitor] = a
		default:
			next = min(next, wait)
		}
	}
	return due, next
}

// forget ends an absence, unless there is a newer one.
func (v *Visitors) forget(visitor ids.Key, a *absence) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.lost[visitor] == a {
		delete(v.lost, visitor)
	}
}

// LostSince gives when this node lost a visitor or found them missing; lost is false when
// it did not, or does not report them any longer.
func (v *Visitors) LostSince(visitor ids.Key) (since time.Time, lost bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if a := v.lost[visitor]; a != nil {
		return a.since, true
	}
	return time.Time{}, false
}

// Watch reports absences when they are due, until ctx ends.
func (v *Visitors) Watch(ctx context.Context) {
	next := time.NewTimer(idle)
	defer next.Stop()
	for {
		select {
		case <-v.wake:
		case <-next.C:
		case <-ctx.Done():
			return
		}
		next.Reset(v.reportDue(ctx))
	}
}

// reportDue reports what is due, and gives the wait until the next call.
func (v *Visitors) reportDue(ctx context.Context) time.Duration {
	graces := map[string]time.Duration{} // by app: thousands of visitors may be lost at once
	due, next := v.due(func(app string) time.Duration {
		if _, known := graces[app]; !known {
			graces[app] = v.hooks.Grace(app)
		}
		return graces[app]
	})
	for visitor, a := range due {
		if v.hooks.Connected(visitor) {
			v.forget(visitor, a)
			delete(due, visitor)
		}
	}
	if len(due) == 0 {
		return next
	}
	elsewhere, certain := v.onOtherNodes(ctx, due)
	for visitor, a := range due {
		switch {
		case elsewhere[visitor]:
			v.forget(visitor, a)
		case !certain:
			next = min(next, retryAfter)
		default:
			next = min(next, v.report(ctx, visitor, a))
		}
	}
	return next
}

// report reports one absence, and gives the wait until it is to be reported again.
func (v *Visitors) report(ctx context.Context, visitor ids.Key, a *absence) time.Duration {
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin)
	defer stop()
	grace := v.hooks.Grace(visitor.App)
	gone := grace > 0 && time.Since(a.since) >= grace
	if v.hooks.Absent(ctx, visitor, a.chats, !a.notified, gone) != nil {
		return retryAfter
	}
	a.notified = true
	wait, ends := v.untilDue(a, grace)
	if gone || !ends {
		v.forget(visitor, a)
		return idle
	}
	return max(0, wait)
}
