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

// Users notices visitors and agents who have lost their last connection to any node, and
// reports their absence. See the package comment.
type Users struct {
	engine *store.Engine
	agents *Agents
	node   string // this node
	beat   time.Duration
	settle time.Duration
	hooks  Hooks
	logger *slog.Logger

	wake chan struct{} // holds one value when Watch has something new to look at

	mu   sync.Mutex
	lost map[ids.Key]*absence // by user
}

// Hooks is what Users asks of the rest of the server, and what it causes there.
type Hooks struct {
	// Connected tells whether a user has a connection to this node.
	Connected func(user ids.Key) bool
	// Sessions gives the digests of the tokens with which a user is connected to this node.
	Sessions func(user ids.Key) []string
	// InChats visits the users of all open chats, once for each chat.
	InChats func(ctx context.Context, visit func(user ids.Key, isAgent bool, chatID string)) error
	// Grace is how long an app's visitors or agents may be absent before they count as
	// gone. 0 is for ever.
	Grace func(app string, isAgent bool) time.Duration
	// Absent is called when a user is absent: with notify, the others in their chats are
	// to be notified; with gone, the grace is over. It logs its own errors; after one it
	// is called again.
	Absent func(ctx context.Context, user Absentee, notify, gone bool) error
}

// Absentee is a user who has no connection, and the open chats that miss them.
type Absentee struct {
	User    ids.Key
	IsAgent bool
	Chats   []string
}

// absence is that of a user whom this node has lost or found missing. Only Watch
// changes it.
type absence struct {
	Absentee
	since    time.Time
	notified bool // the others in the chats have been
}

// Options says how fast nodes notice who is connected.
type Options struct {
	// Beat is how often a node says that it lives; a node that was silent for three
	// beats is dead. Defaults to 5 s.
	Beat time.Duration
	// AgentSettle is how long an agent counts as connected, and so can be invited, after
	// their last connection was lost. Defaults to 3 s. When they leave their chats is a
	// setting of the app, agentGrace.
	AgentSettle time.Duration
	// SettleWithin is how long a user may be without a connection before the others in
	// their chats are notified: a page that is reloaded is back by then. Defaults to 1 s.
	SettleWithin time.Duration
	// Return is how long agents have to connect again after a restart before a chat
	// whose invitation has run out meanwhile is left alone. Defaults to 5 s.
	Return time.Duration
	// CutOff is how long a node may have no connection to NATS before it sends its clients to the other nodes. Defaults
	// to 3 s: most connections that are lost are there again within a second, by another NATS server. Where NATS is
	// reached and takes no write, as without a quorum, it is five times as long.
	CutOff time.Duration
}

// WithDefaults gives the options with the default in each field that is not positive.
func (o Options) WithDefaults() Options {
	ids.Default(&o.Beat, 5*time.Second)
	ids.Default(&o.AgentSettle, 3*time.Second)
	ids.Default(&o.SettleWithin, time.Second)
	ids.Default(&o.Return, 5*time.Second)
	ids.Default(&o.CutOff, 3*time.Second)
	return o
}

// NewUsers gives a Users that does nothing yet: AnswerNodes, Watch and WatchNodes do its
// work. It needs options WithDefaults, and all hooks.
func NewUsers(e *store.Engine, a *Agents, node string, o Options, hooks Hooks, logger *slog.Logger) *Users {
	return &Users{
		engine: e, agents: a, node: node, beat: o.Beat, settle: o.SettleWithin, hooks: hooks, logger: logger,
		wake: make(chan struct{}, 1), lost: map[ids.Key]*absence{},
	}
}

// Disconnected notes that a user has lost their last connection to this node, on which
// these chats were live.
func (u *Users) Disconnected(user ids.Key, isAgent bool, chats []ids.Key) {
	if len(chats) == 0 {
		return
	}
	a := &absence{Absentee: Absentee{User: user, IsAgent: isAgent}, since: time.Now()}
	for _, key := range chats {
		a.Chats = append(a.Chats, key.ID)
	}
	u.mu.Lock()
	u.lost[user] = a
	u.mu.Unlock()
	u.wakeUp()
}

// noteMissing notes users who are not connected to this node, and may never have been.
func (u *Users) noteMissing(missing map[ids.Key]*absence) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for user, a := range missing {
		if u.lost[user] == nil {
			u.lost[user] = a
		}
	}
}

func (u *Users) wakeUp() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// untilDue is the time until an absence is to be reported; ends is false when it never
// is: the others know, and it may last for ever.
func (u *Users) untilDue(a *absence, grace time.Duration) (wait time.Duration, ends bool) {
	after := u.settle
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
func (u *Users) due(grace func(*absence) time.Duration) (due map[ids.Key]*absence, next time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	due, next = map[ids.Key]*absence{}, idle
	for user, a := range u.lost {
		switch wait, ends := u.untilDue(a, grace(a)); {
		case !ends:
			delete(u.lost, user)
		case wait <= 0:
			due[user] = a
		default:
			next = min(next, wait)
		}
	}
	return due, next
}

// forget ends an absence, unless there is a newer one.
func (u *Users) forget(user ids.Key, a *absence) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.lost[user] == a {
		delete(u.lost, user)
	}
}

// LostSince gives when this node lost a user or found them missing; lost is false when
// it did not, or does not report them any longer.
func (u *Users) LostSince(user ids.Key) (since time.Time, lost bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if a := u.lost[user]; a != nil {
		return a.since, true
	}
	return time.Time{}, false
}

// Watch reports absences when they are due, until ctx ends.
func (u *Users) Watch(ctx context.Context) {
	next := time.NewTimer(idle)
	defer next.Stop()
	for {
		select {
		case <-u.wake:
		case <-next.C:
		case <-ctx.Done():
			return
		}
		next.Reset(u.reportDue(ctx))
	}
}

// reportDue reports what is due, and gives the wait until the next call.
func (u *Users) reportDue(ctx context.Context) time.Duration {
	type group struct {
		app     string
		isAgent bool
	}
	graces := map[group]time.Duration{} // thousands of users may be lost at once
	due, next := u.due(func(a *absence) time.Duration {
		of := group{a.User.App, a.IsAgent}
		if _, known := graces[of]; !known {
			graces[of] = u.hooks.Grace(of.app, of.isAgent)
		}
		return graces[of]
	})
	for user, a := range due {
		if u.hooks.Connected(user) {
			u.forget(user, a)
			delete(due, user)
		}
	}
	if len(due) == 0 {
		return next
	}
	elsewhere, certain := u.onOtherNodes(ctx, due)
	for user, a := range due {
		switch {
		case elsewhere[user]:
			u.forget(user, a)
		case !certain:
			next = min(next, retryAfter)
		default:
			next = min(next, u.report(ctx, a))
		}
	}
	return next
}

// report reports one absence, and gives the wait until it is to be reported again.
func (u *Users) report(ctx context.Context, a *absence) time.Duration {
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin)
	defer stop()
	grace := u.hooks.Grace(a.User.App, a.IsAgent)
	gone := grace > 0 && time.Since(a.since) >= grace
	if u.hooks.Absent(ctx, a.Absentee, !a.notified, gone) != nil {
		return retryAfter
	}
	a.notified = true
	wait, ends := u.untilDue(a, grace)
	if gone || !ends {
		u.forget(a.User, a)
		return idle
	}
	return max(0, wait)
}
