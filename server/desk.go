package server

import (
	"context"
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

// desk follows the board: it invites agents to chats in queues, and tells visitors
// and agents what has changed.
type desk struct {
	turn    chan struct{} // held by whoever dispatches
	news    chan struct{}
	started chan struct{} // closed when the server is ready

	mu      sync.Mutex
	due     map[string]bool      // apps whose queues may have somebody to invite
	changed map[string]bool      // apps whose agents have not heard of the latest change
	listed  map[string]time.Time // when they heard last
	told    map[chatKey]toldPlace
}

func newDesk() *desk {
	return &desk{
		turn: make(chan struct{}, 1), news: make(chan struct{}, 1), started: make(chan struct{}),
		due: map[string]bool{}, changed: map[string]bool{}, listed: map[string]time.Time{}, told: map[chatKey]toldPlace{},
	}
}

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
func (s *Server) boardChanged(c boardChange) {
	select {
	case <-s.desk.started:
	default:
		return
	}
	s.tellPlaces(c)
	s.desk.mu.Lock()
	s.desk.changed[c.app] = true
	s.desk.mu.Unlock()
	if c.own {
		s.desk.look(c.app)
	}
	s.tellLists()
}

// attendDesk serves the queues until the server is closed.
func (s *Server) attendDesk() {
	beat := time.NewTicker(deskBeat)
	defer beat.Stop()
	for {
		select {
		case <-s.desk.news:
		case <-beat.C:
			for _, app := range s.board.queueing() {
				s.desk.look(app)
			}
		case <-s.ctx.Done():
			return
		}
		s.desk.mu.Lock()
		apps := slices.Sorted(maps.Keys(s.desk.due))
		clear(s.desk.due)
		s.desk.mu.Unlock()
		for _, app := range apps {
			ctx, stop := context.WithTimeout(s.ctx, operationWithin)
			if err := s.dispatch(ctx, app); err != nil && s.ctx.Err() == nil {
				s.options.Logger.Warn("queue: not served, will be tried again", "app", app, "error", err)
			}
			stop()
		}
	}
}

// announceDesk tells at each beat what was not told at once.
func (s *Server) announceDesk() {
	beat := time.NewTicker(deskBeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			s.tellLists()
			s.tellFarPlaces()
		case <-s.ctx.Done():
			return
		}
	}
}

// tellLists tells the agents who are connected here that their list has changed,
// at most once in a beat.
func (s *Server) tellLists() {
	var apps []string
	s.desk.mu.Lock()
	for app := range s.desk.changed {
		if time.Since(s.desk.listed[app]) >= deskBeat {
			apps = append(apps, app)
			s.desk.listed[app] = time.Now()
			delete(s.desk.changed, app)
		}
	}
	s.desk.mu.Unlock()
	f := wire.Frame{Event: eventList, Data: wire.Raw("{}")}
	for _, app := range apps {
		for _, agent := range s.duty.hereOf(app) {
			s.hub.pushToUser(agent, f, "", 0)
		}
	}
}
