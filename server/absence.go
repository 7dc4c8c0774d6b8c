package server

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// absences notices visitors who have lost their last connection to any node. The
// node that had it asks the others, has the agents notified, and after the app's
// grace has the visitor counted as gone. Nothing of it is stored, so that to
// connect costs nothing: what a dead node knew another one finds out by looking
// through the visitors of all open chats (sweep).
type absences struct {
	engine *Engine
	duty   *duty
	node   string
	beat   time.Duration
	settle time.Duration // until a loss is reported: a page that changes is back within it
	hooks  VisitorHooks
	logger *slog.Logger

	wake chan struct{}

	mu   sync.Mutex
	lost map[chatKey]*absence // by visitor
}

// VisitorHooks is what absences asks of the rest of the server, and what it causes.
type VisitorHooks struct {
	// Connected tells whether a visitor has a connection to this node.
	Connected func(visitor chatKey) bool
	// InChats visits the visitors of all open chats, once for each chat.
	InChats func(ctx context.Context, visit func(visitor chatKey, chatID string)) error
	// Grace is how long a visitor may be away before they count as gone. 0 is for ever.
	Grace func(app string) time.Duration
	// Absent is called when a visitor is away: with notify, agents are to hear of it;
	// with gone, the grace is over. It logs its errors; after one it is called again.
	Absent func(ctx context.Context, visitor chatKey, chats []string, notify, gone bool) error
}

// absence is a visitor's from this node.
type absence struct {
	since    time.Time
	chats    []string
	notified bool // the agents know
}

const lookAgain = time.Second // after what could not be found out, or done

// PresenceOptions says how fast nodes notice who is there. Each field that is zero
// stands for its default.
type PresenceOptions struct {
	// Beat is how often a node says that it lives; after three beats without a word
	// it counts as dead. Defaults to 5 s.
	Beat time.Duration
	// AgentGrace is how long an agent counts as connected after their last
	// connection was lost. Defaults to 3 s.
	AgentGrace time.Duration
	// Settle is how long a visitor may be without a connection before anybody is
	// notified: a page that changes is back within it. Defaults to 1 s.
	Settle time.Duration
}

func (o PresenceOptions) withDefaults() PresenceOptions {
	orDefault(&o.Beat, 5*time.Second)
	orDefault(&o.AgentGrace, 3*time.Second)
	orDefault(&o.Settle, time.Second)
	return o
}

func newAbsences(e *Engine, d *duty, node string, o PresenceOptions, hooks VisitorHooks, logger *slog.Logger) *absences {
	return &absences{
		engine: e, duty: d, node: node, beat: o.Beat, settle: o.Settle, hooks: hooks, logger: logger,
		wake: make(chan struct{}, 1), lost: map[chatKey]*absence{},
	}
}

// went notes that a visitor's last connection to this node is lost, and which
// chats were live there.
func (all *absences) went(visitor chatKey, chats []chatKey) {
	if len(chats) == 0 {
		return
	}
	a := &absence{since: time.Now()}
	for _, key := range chats {
		a.chats = append(a.chats, key.id)
	}
	all.mu.Lock()
	all.lost[visitor] = a
	all.mu.Unlock()
	all.look()
}

// missed notes a visitor who is not connected here, and may never have been.
func (all *absences) missed(visitor chatKey, chatID string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.lost[visitor] == nil {
		all.lost[visitor] = &absence{since: time.Now(), chats: []string{chatID}}
	}
}

func (all *absences) look() {
	select {
	case all.wake <- struct{}{}:
	default:
	}
}

// wait is the time until there is something to do about an absence; false means
// that there never is.
func (all *absences) wait(a *absence, grace time.Duration) (time.Duration, bool) {
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
func (all *absences) due(grace func(app string) time.Duration) (due map[chatKey]*absence, next time.Duration) {
	all.mu.Lock()
	defer all.mu.Unlock()
	due, next = map[chatKey]*absence{}, time.Hour
	for visitor, a := range all.lost {
		switch wait, ends := all.wait(a, grace(visitor.app)); {
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
func (all *absences) forget(visitor chatKey, a *absence) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.lost[visitor] == a {
		delete(all.lost, visitor)
	}
}

// since says when a visitor was lost here; false if they were not.
func (all *absences) since(visitor chatKey) (time.Time, bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if a := all.lost[visitor]; a != nil {
		return a.since, true
	}
	return time.Time{}, false
}

// watch attends to lost visitors until ctx ends.
func (all *absences) watch(ctx context.Context) {
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
func (all *absences) attend(ctx context.Context) time.Duration {
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
func (all *absences) absent(ctx context.Context, visitor chatKey, a *absence) time.Duration {
	ctx, stop := context.WithTimeout(ctx, operationWithin)
	defer stop()
	grace := all.hooks.Grace(visitor.app)
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
