package routing

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/presence"
	"parley/server/internal/settings"
	"parley/server/internal/store"
	"parley/server/internal/webhook"
)

// EventList is the push to agents: the list of chats has changed.
const EventList = "queues:changed"

// beat is how often a node looks at all queues: for agents who have got time
// without its being told, for visitors far back in line, and for agents who are to
// hear that the list has changed.
const beat = time.Second

// Parts is what the desk stands on.
type Parts struct {
	Engine   *store.Engine
	Identity *identity.Store
	Log      *chatlog.Log
	Hub      *gateway.Hub
	Settings *settings.Store
	Members  *index.Members
	Board    *index.Board
	Turns    *index.AgentActivity
	Timers   *index.Timers
	Archive  *index.Archive
	Duty     *presence.Agents
	Webhooks *webhook.Hooks
}

// Desk finds agents for chats, and does for a chat what is due: it invites, hands
// over, expires and closes. It follows the board, and lets visitors and agents know
// what has changed in the queues.
type Desk struct {
	engine   *store.Engine
	identity *identity.Store
	log      *chatlog.Log
	hub      *gateway.Hub
	settings *settings.Store
	members  *index.Members
	board    *index.Board
	turns    *index.AgentActivity
	timers   *index.Timers
	archive  *index.Archive
	duty     *presence.Agents
	webhooks *webhook.Hooks

	ctx    context.Context // until the server is closed
	logger *slog.Logger
	begun  time.Time
	back   time.Duration // how long agents have to come back after a restart

	running     sync.WaitGroup // what the desk does by itself
	dispatching chan struct{}  // held by the one that dispatches
	wake        chan struct{}
	started     chan struct{} // closed when the server is ready

	mu      sync.Mutex
	due     map[string]bool      // apps whose queues may have somebody to invite
	changed map[string]bool      // apps whose agents have not heard of the latest change
	listed  map[string]time.Time // when they heard last
	noticed map[ids.Key]notice
}

// New makes a desk that works until ctx ends. After a restart agents have the
// time back to connect again. It must be attached before anything calls it.
func New(ctx context.Context, back time.Duration, logger *slog.Logger) *Desk {
	return &Desk{
		ctx: ctx, logger: logger, begun: time.Now(), back: back,
		dispatching: make(chan struct{}, 1), wake: make(chan struct{}, 1), started: make(chan struct{}),
		due: map[string]bool{}, changed: map[string]bool{}, listed: map[string]time.Time{}, noticed: map[ids.Key]notice{},
	}
}

// Attach gives the desk what it stands on, some of which calls the desk itself.
func (d *Desk) Attach(p Parts) {
	d.engine, d.identity, d.log, d.hub, d.settings, d.members = p.Engine, p.Identity, p.Log, p.Hub, p.Settings, p.Members
	d.board, d.turns, d.timers, d.archive, d.duty, d.webhooks = p.Board, p.Turns, p.Timers, p.Archive, p.Duty, p.Webhooks
}

// Start begins to serve queues, and to do what is due.
func (d *Desk) Start() {
	close(d.timers.Started)
	close(d.started)
	d.running.Go(d.mendAll)
	d.running.Go(d.serveQueues)
	d.running.Go(d.serveNotices)
}

// Wait returns when the desk has ended, after its context.
func (d *Desk) Wait() { d.running.Wait() }

// Look has the app's queues looked at soon.
func (d *Desk) Look(app string) {
	d.mu.Lock()
	d.due[app] = true
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// BoardChanged is called after a change of an app's open chats. The node that made
// it looks for an agent at once, the others at their next beat.
func (d *Desk) BoardChanged(c index.Change) {
	select {
	case <-d.started:
	default:
		return
	}
	d.notifyPositions(c)
	d.mu.Lock()
	d.changed[c.App] = true
	d.mu.Unlock()
	if c.Own {
		d.Look(c.App)
	}
	d.notifyLists()
}

// serveQueues serves the queues until the server is closed.
func (d *Desk) serveQueues() {
	beat := time.NewTicker(beat)
	defer beat.Stop()
	for {
		select {
		case <-d.wake:
		case <-beat.C:
			for _, app := range d.board.Queueing() {
				d.Look(app)
			}
		case <-d.ctx.Done():
			return
		}
		d.mu.Lock()
		apps := slices.Sorted(maps.Keys(d.due))
		clear(d.due)
		d.mu.Unlock()
		for _, app := range apps {
			ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
			if err := d.Dispatch(ctx, app); err != nil && d.ctx.Err() == nil {
				d.logger.Warn("queue: not served, will be tried again", "app", app, "error", err)
			}
			stop()
		}
	}
}

// serveNotices tells at each beat what was not told at once.
func (d *Desk) serveNotices() {
	beat := time.NewTicker(beat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			d.notifyLists()
			d.notifyFarPositions()
		case <-d.ctx.Done():
			return
		}
	}
}

// notifyLists tells the agents who are connected here that their list has changed,
// at most once in a beat.
func (d *Desk) notifyLists() {
	var apps []string
	d.mu.Lock()
	for app := range d.changed {
		if time.Since(d.listed[app]) >= beat {
			apps = append(apps, app)
			d.listed[app] = time.Now()
			delete(d.changed, app)
		}
	}
	d.mu.Unlock()
	f := wire.Frame{Event: EventList, Data: wire.Raw("{}")}
	for _, app := range apps {
		for _, agent := range d.duty.Here(app) {
			d.hub.PushLocal(agent, f, "", 0)
		}
	}
}
