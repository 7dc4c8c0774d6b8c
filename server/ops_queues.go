package server

import (
	"context"
	"slices"
	"time"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/op"
	"parley/server/internal/routing"
)

// queueStatus gives, for each room whose waiting chats the caller may see: how many
// chats are queued, how long the first has waited, the wait that a new chat can expect,
// and how many agents are on duty and how many of them can take one more chat.
func (s *Server) queueStatus(ctx context.Context, c *op.Call) (op.Result, error) {
	app := c.Actor.App
	onDuty, err := s.dispatcher.AgentsOnDuty(ctx, app.ID)
	if err != nil {
		return op.Result{}, err
	}
	open := s.board.Chats(app.ID)
	rooms := wire.NewObject(nil)
	for _, room := range s.roomsOf(app) {
		if !mayServe(c, room) {
			continue
		}
		now, longest := ids.Unix(time.Now()), 0.0
		line, waits := s.board.Queue(app.ID, room, 0, 0)
		for _, place := range line {
			longest = max(longest, now-open[place.ID].EnqueuedAt)
		}
		free := []routing.AgentOnDuty{}
		for _, a := range onDuty {
			if s.dispatcher.Load(ids.Key{App: app.ID, ID: a.User.ID}).Free() {
				free = append(free, a)
			}
		}
		rooms.Raw(room, wire.NewObject(nil).Int("waiting", int64(len(line))).Float("longestWait", longest).
			Float("waitingTime", index.WaitingTime(waits, len(line)+1)).
			Int("agents", int64(routing.CountAgents(onDuty, room, nil))).Int("available", int64(routing.CountAgents(free, room, nil))).Done())
	}
	active := s.settings.Of(app.ID).Queue.Active
	return op.Reply(func(o *wire.Object) { o.Bool("active", active).Raw("rooms", rooms.Done()) }), nil
}

// answeredToday gives how many chats were answered since the day began in the time zone of
// the app's opening hours, and how long they had waited.
func (s *Server) answeredToday(ctx context.Context, c *op.Call) (op.Result, error) {
	app := c.Actor.App.ID
	name := s.settings.Of(app).Window.TimeZone
	zone, err := time.LoadLocation(name)
	if err != nil {
		return op.Result{}, err
	}
	year, month, day := time.Now().In(zone).Date()
	since := ids.Unix(time.Date(year, month, day, 0, 0, 0, 0, zone))
	answered, err := s.answers.Since(ctx, app, since)
	return op.Reply(func(o *wire.Object) {
		o.Float("since", since).Str("timeZone", name).Int("answered", int64(answered.Chats)).
			Float("median", answered.Median).Float("ninety", answered.Ninety).Bool("complete", answered.Complete)
	}), err
}

// roomsOf gives the rooms of an app, and others in which chats are queued.
func (s *Server) roomsOf(app identity.App) []string {
	rooms := slices.Concat(app.Rooms, s.board.RoomsWithQueues(app.ID))
	slices.Sort(rooms)
	return slices.Compact(rooms)
}

// queueUpdate gives a chat's position in the queue, in the form of a queues:update.
func (s *Server) queueUpdate(_ context.Context, c *op.Call) (op.Result, error) {
	position, waits := s.dispatcher.Position(c.Key)
	waiting := 0.0
	if position > 0 {
		waiting = index.WaitingTime(waits, position)
	}
	place := routing.PositionData(c.Key.ID, c.State.Chat.Creator, position, waiting)
	return op.Reply(func(o *wire.Object) {
		_ = wire.Members(place, func(name string, v wire.Raw) error { // was written above
			o.Raw(name, v)
			return nil
		})
	}), nil
}
