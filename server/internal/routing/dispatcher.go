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

// EventList is the push to agents that their list of chats has changed.
const EventList = "queues:changed"

// tickEvery is how often a node serves all queues, in case it was not notified that
// an agent is free, and sends the notifications that were held back.
const tickEvery = time.Second

// Parts are the rooms that the dispatcher uses.
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
	Chats    *index.ChatList
	Presence *presence.Agents
	Webhooks *webhook.Hooks
}

// Dispatcher finds agents for chats, and does for a chat what is due. The package's
// comment says how.
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
	chats    *index.ChatList
	presence *presence.Agents
	webhooks *webhook.Hooks

	ctx          context.Context // until the server is closed
	logger       *slog.Logger
	startedAt    time.Time
	returnWithin time.Duration // how long agents have to connect again after a restart

	running     sync.WaitGroup
	dispatching chan struct{} // a lock: held by the one that dispatches
	wake        chan struct{} // holds a token while queuesToServe is not empty
	started     chan struct{} // closed when the server is ready
	typing      *paced[typist]

	mu              sync.Mutex
	queuesToServe   map[string]bool            // apps whose queues may have a chat to invite an agent to
	listChanged     map[string]bool            // apps whose agents have not heard of the latest change
	listNotifiedAt  map[string]time.Time       // by app: when its agents heard last
	positionNotices map[ids.Key]positionNotice // by chat: the latest
}

// New makes a dispatcher that works until ctx ends. After a restart agents have the
// time returnWithin to connect again. It must be attached before it is called.
func New(ctx context.Context, returnWithin time.Duration, logger *slog.Logger) *Dispatcher {
	return &Dispatcher{
		ctx: ctx, logger: logger, startedAt: time.Now(), returnWithin: returnWithin,
		dispatching: make(chan struct{}, 1), wake: make(chan struct{}, 1), started: make(chan struct{}),
		queuesToServe: map[string]bool{}, listChanged: map[string]bool{}, listNotifiedAt: map[string]time.Time{},
		positionNotices: map[ids.Key]positionNotice{}, typing: newPaced[typist](activitiesPerSecond, activitiesAtOnce),
	}
}

// Attach gives the dispatcher the rooms that it uses. It comes after New because some
// of them are opened with methods of the dispatcher as their hooks.
func (d *Dispatcher) Attach(p Parts) {
	d.engine, d.identity, d.log, d.hub, d.settings, d.members = p.Engine, p.Identity, p.Log, p.Hub, p.Settings, p.Members
	d.chats, d.board, d.activity, d.timers, d.archive, d.presence, d.webhooks = p.Chats, p.Board, p.Activity, p.Timers, p.Archive, p.Presence, p.Webhooks
}

// Start begins to serve queues, and to do what is due.
func (d *Dispatcher) Start() {
	d.timers.Start()
	close(d.started)
	d.running.Go(d.repairBoard)
	d.running.Go(d.fillChats)
	d.running.Go(d.fillPast)
	d.running.Go(d.serveQueues)
	d.running.Go(d.serveNotifications)
}

// Wait returns when the dispatcher has stopped, after its context has ended.
func (d *Dispatcher) Wait() { d.running.Wait() }

// wakeQueue has the app's queues served soon.
func (d *Dispatcher) wakeQueue(app string) {
	d.mu.Lock()
	d.queuesToServe[app] = true
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// OnBoardChange is index.Board's hook: an open chat has changed. The node that made
// the change looks for an agent at once, the others at their next tick.
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
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-d.wake:
		case <-tick.C:
			for _, app := range d.board.AppsWithWaiting() {
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
			if err := d.DispatchQueue(ctx, app); err != nil && d.ctx.Err() == nil {
				d.logger.Warn("queue: not served, will be tried again", "app", app, "error", err)
			}
			stop()
		}
	}
}

// serveNotifications sends at each tick what was held back, until the server is closed.
func (d *Dispatcher) serveNotifications() {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			d.notifyLists()
			d.notifyFarPositions()
		case <-d.ctx.Done():
			return
		}
	}
}

// notifyLists pushes to the agents who are connected here that their list has
// changed, at most once a tick.
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
		for _, agent := range d.presence.Here(app) {
			d.hub.PushLocal(agent, f, "", 0)
		}
	}
}
