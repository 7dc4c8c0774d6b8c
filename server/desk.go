package server

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/core/wire"
)

// eventList is the push to agents: the list of chats has changed.
const eventList = "queues:changed"

// deskBeat is how often a node looks at all queues: for agents who have got time
// without its being told, for visitors far back in line, and for agents who are to
// hear that the list has changed.
const deskBeat = time.Second

// DeskParts is what the desk stands on.
type DeskParts struct {
	Engine   *Engine
	Identity *Identity
	Log      *Log
	Hub      *hub
	Settings *settings
	Members  *members
	Board    *board
	Turns    *turns
	Timers   *timers
	Archive  *archive
	Duty     *duty
	Webhooks *webhooks
}

// desk finds agents for chats, and does for a chat what is due: it invites, hands
// over, expires and closes. It follows the board, and lets visitors and agents know
// what has changed in the queues.
type desk struct {
	engine   *Engine
	identity *Identity
	log      *Log
	hub      *hub
	settings *settings
	members  *members
	board    *board
	turns    *turns
	timers   *timers
	archive  *archive
	duty     *duty
	webhooks *webhooks

	ctx    context.Context // until the server is closed
	logger *slog.Logger
	begun  time.Time
	back   time.Duration // how long agents have to come back after a restart

	running sync.WaitGroup // what the desk does by itself
	turn    chan struct{}  // held by the one that dispatches
	news    chan struct{}
	started chan struct{} // closed when the server is ready

	mu      sync.Mutex
	due     map[string]bool      // apps whose queues may have somebody to invite
	changed map[string]bool      // apps whose agents have not heard of the latest change
	listed  map[string]time.Time // when they heard last
	told    map[chatKey]toldPlace
}

// newDesk makes a desk that works until ctx ends. After a restart agents have the
// time back to connect again. It must be attached before anything calls it.
func newDesk(ctx context.Context, back time.Duration, logger *slog.Logger) *desk {
	return &desk{
		ctx: ctx, logger: logger, begun: time.Now(), back: back,
		turn: make(chan struct{}, 1), news: make(chan struct{}, 1), started: make(chan struct{}),
		due: map[string]bool{}, changed: map[string]bool{}, listed: map[string]time.Time{}, told: map[chatKey]toldPlace{},
	}
}

// attach gives the desk what it stands on, some of which calls the desk itself.
func (d *desk) attach(p DeskParts) {
	d.engine, d.identity, d.log, d.hub, d.settings, d.members = p.Engine, p.Identity, p.Log, p.Hub, p.Settings, p.Members
	d.board, d.turns, d.timers, d.archive, d.duty, d.webhooks = p.Board, p.Turns, p.Timers, p.Archive, p.Duty, p.Webhooks
}

// start begins to serve queues, and to do what is due.
func (d *desk) start() {
	close(d.timers.started)
	close(d.started)
	d.running.Go(d.mendAll)
	d.running.Go(d.attendDesk)
	d.running.Go(d.announceDesk)
}

// wait returns when the desk has ended, after its context.
func (d *desk) wait() { d.running.Wait() }

// look has the app's queues looked at soon.
func (d *desk) look(app string) {
	d.mu.Lock()
	d.due[app] = true
	d.mu.Unlock()
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// boardChanged is called after a change of an app's open chats. The node that made
// it looks for an agent at once, the others at their next beat.
func (d *desk) boardChanged(c boardChange) {
	select {
	case <-d.started:
	default:
		return
	}
	d.tellPlaces(c)
	d.mu.Lock()
	d.changed[c.app] = true
	d.mu.Unlock()
	if c.own {
		d.look(c.app)
	}
	d.tellLists()
}

// attendDesk serves the queues until the server is closed.
func (d *desk) attendDesk() {
	beat := time.NewTicker(deskBeat)
	defer beat.Stop()
	for {
		select {
		case <-d.news:
		case <-beat.C:
			for _, app := range d.board.queueing() {
				d.look(app)
			}
		case <-d.ctx.Done():
			return
		}
		d.mu.Lock()
		apps := slices.Sorted(maps.Keys(d.due))
		clear(d.due)
		d.mu.Unlock()
		for _, app := range apps {
			ctx, stop := context.WithTimeout(d.ctx, operationWithin)
			if err := d.dispatch(ctx, app); err != nil && d.ctx.Err() == nil {
				d.logger.Warn("queue: not served, will be tried again", "app", app, "error", err)
			}
			stop()
		}
	}
}

// announceDesk tells at each beat what was not told at once.
func (d *desk) announceDesk() {
	beat := time.NewTicker(deskBeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			d.tellLists()
			d.tellFarPlaces()
		case <-d.ctx.Done():
			return
		}
	}
}

// tellLists tells the agents who are connected here that their list has changed,
// at most once in a beat.
func (d *desk) tellLists() {
	var apps []string
	d.mu.Lock()
	for app := range d.changed {
		if time.Since(d.listed[app]) >= deskBeat {
			apps = append(apps, app)
			d.listed[app] = time.Now()
			delete(d.changed, app)
		}
	}
	d.mu.Unlock()
	f := wire.Frame{Event: eventList, Data: wire.Raw("{}")}
	for _, app := range apps {
		for _, agent := range d.duty.hereOf(app) {
			d.hub.pushToUser(agent, f, "", 0)
		}
	}
}
