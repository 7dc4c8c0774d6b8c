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
const tickEvery = time.Second

// Parts is what the desk stands on.
type Parts struct {
	Engine   *store.Engine
	Identity *identity.Store
	Log      *chatlog.Log
	Hub      *gateway.Hub
	Settings *settings.Store
	Members  *index.Members
	Board    *index.Board
	Activity *index.AgentActivity
	Timers   *index.Timers
	Archive  *index.Archive
	Duty     *presence.Agents
	Webhooks *webhook.Hooks
}

// Desk finds agents for chats, and does for a chat what is due: it invites, hands
// over, expires and closes. It follows the board, and lets visitors and agents know
// what has changed in the queues.
type Dispatcher struct {
	engine   *store.Engine
	identity *identity.Store
	log      *chatlog.Log
	hub      *gateway.Hub
	settings *settings.Store
	members  *index.Members
	board    *index.Board
	activity *index.AgentActivity
	timers   *index.Timers
	archive  *index.Archive
	duty     *presence.Agents
	webhooks *webhook.Hooks

	ctx          context.Context // until the server is closed
	logger       *slog.Logger
	startedAt    time.Time
	returnWithin time.Duration // how long agents have to come back after a restart

	running     sync.WaitGroup // what the desk does by itself
	dispatching chan struct{}  // held by the one that dispatches
	wake        chan struct{}
	started     chan struct{} // closed when the server is ready

	mu              sync.Mutex
	queuesToServe   map[string]bool      // apps whose queues may have somebody to invite
	listChanged     map[string]bool      // apps whose agents have not heard of the latest change
	listNotifiedAt  map[string]time.Time // when they heard last
	positionNotices map[ids.Key]positionNotice
}

// New makes a desk that works until ctx ends. After a restart agents have the
// time back to connect again. It must be attached before anything calls it.
func New(ctx context.Context, back time.Duration, logger *slog.Logger) *Dispatcher {
	return &Dispatcher{
		ctx: ctx, logger: logger, startedAt: time.Now(), returnWithin: back,
		dispatching: make(chan struct{}, 1), wake: make(chan struct{}, 1), started: make(chan struct{}),
		queuesToServe: map[string]bool{}, listChanged: map[string]bool{}, listNotifiedAt: map[string]time.Time{}, positionNotices: map[ids.Key]positionNotice{},
	}
}

// Attach gives the desk what it stands on, some of which calls the desk itself.
func (d *Dispatcher) Attach(p Parts) {
	d.engine, d.identity, d.log, d.hub, d.settings, d.members = p.Engine, p.Identity, p.Log, p.Hub, p.Settings, p.Members
	d.board, d.activity, d.timers, d.archive, d.duty, d.webhooks = p.Board, p.Activity, p.Timers, p.Archive, p.Duty, p.Webhooks
}

// Start begins to serve queues, and to do what is due.
func (d *Dispatcher) Start() {
	close(d.timers.Started)
	close(d.started)
	d.running.Go(d.repairBoard)
	d.running.Go(d.serveQueues)
	d.running.Go(d.serveNotifications)
}

// Wait returns when the desk has ended, after its context.
func (d *Dispatcher) Wait() { d.running.Wait() }

// Look has the app's queues looked at soon.
func (d *Dispatcher) wakeQueue(app string) {
	d.mu.Lock()
	d.queuesToServe[app] = true
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// BoardChanged is called after a change of an app's open chats. The node that made
// it looks for an agent at once, the others at their next beat.
func (d *Dispatcher) OnBoardChange(c index.BoardChange) {
	select {
	case <-d.started:
	default:
		return
	}
	d.notifyPositions(c)
	d.mu.Lock()
	d.listChanged[c.App] = true
	d.mu.Unlock()
	if c.Ours {
		d.wakeQueue(c.App)
	}
	d.notifyLists()
}

// serveQueues serves the queues until the server is closed.
func (d *Dispatcher) serveQueues() {
	beat := time.NewTicker(tickEvery)
	defer beat.Stop()
	for {
		select {
		case <-d.wake:
		case <-beat.C:
			for _, app := range d.board.AppsWithQueues() {
				d.wakeQueue(app)
			}
		case <-d.ctx.Done():
			return
		}
		d.mu.Lock()
		apps := slices.Sorted(maps.Keys(d.queuesToServe))
		clear(d.queuesToServe)
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
func (d *Dispatcher) serveNotifications() {
	beat := time.NewTicker(tickEvery)
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
func (d *Dispatcher) notifyLists() {
	var apps []string
	d.mu.Lock()
	for app := range d.listChanged {
		if time.Since(d.listNotifiedAt[app]) >= tickEvery {
			apps = append(apps, app)
			d.listNotifiedAt[app] = time.Now()
			delete(d.listChanged, app)
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
