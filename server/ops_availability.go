package server

import (
	"context"
	"slices"
	"time"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/presence"
	"parley/server/internal/routing"
)

// setAvailable puts the agent on duty or off duty. Without rooms they serve all rooms of
// their account; with an empty list none, so that chats reach them by transfer only.
func (s *Server) setAvailable(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	if !p.Has("available") {
		p.Fail("available: must be given")
	}
	available := p.Flag("available")
	rooms, given := p.Words("rooms")
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	for _, room := range rooms {
		if err := checkRoom(c.Actor.App, room); err != nil {
			return op.Result{}, err
		}
		if len(c.User.Rooms) > 0 && !slices.Contains(c.User.Rooms, room) {
			return op.Result{}, wire.Errorf(wire.NotAllowed, "rooms: the agent's account does not have room %q", room)
		}
	}
	r := presence.Availability{Available: available, Since: ids.Unix(time.Now())}
	if given {
		r.Rooms = identity.EmptyNotNull(rooms)
	}
	return op.Result{}, s.dispatcher.SetAvailability(ctx, ids.Key{App: c.Actor.App.ID, ID: c.User.ID}, r)
}

// takeOffDuty takes an agent off duty in all rooms.
func (s *Server) takeOffDuty(ctx context.Context, agent ids.Key) error {
	return s.dispatcher.SetAvailability(ctx, agent, presence.Availability{Since: ids.Unix(time.Now())})
}

// agentsAvailable counts, for each of the rooms (by default the app's), the agents on
// duty who can take one more chat; with languages, only those who speak one of them.
func (s *Server) agentsAvailable(ctx context.Context, c *op.Call) (op.Result, error) {
	rooms, given := c.Params.EitherWords("roomIds", "roomId")
	langs, _ := c.Params.EitherWords("langs", "lang")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	if !given {
		rooms = c.Actor.App.Rooms
	}
	list, err := s.dispatcher.AgentsOnDuty(ctx, c.Actor.App.ID)
	if err != nil {
		return op.Result{}, err
	}
	list = slices.DeleteFunc(list, func(a routing.AgentOnDuty) bool {
		return !s.dispatcher.Load(ids.Key{App: c.Actor.App.ID, ID: a.User.ID}).Free()
	})
	return op.Reply(func(o *wire.Object) {
		counts := wire.NewObject(nil)
		for _, room := range rooms {
			counts.Int(room, int64(routing.CountAgents(list, room, langs)))
		}
		o.Raw("agents", counts.Done())
	}), nil
}

// agentsOnline says whether an agent is on duty, busy or not, in one of the rooms (by
// default any); with languages, one who speaks one of them.
func (s *Server) agentsOnline(ctx context.Context, c *op.Call) (op.Result, error) {
	rooms, given := c.Params.EitherWords("roomIds", "roomId")
	langs, _ := c.Params.EitherWords("langs", "lang")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	list, err := s.dispatcher.AgentsOnDuty(ctx, c.Actor.App.ID)
	if err != nil {
		return op.Result{}, err
	}
	if !given || len(rooms) == 0 {
		rooms = []string{""}
	}
	online := slices.ContainsFunc(rooms, func(room string) bool { return routing.CountAgents(list, room, langs) > 0 })
	return op.Reply(func(o *wire.Object) { o.Bool("agentsOnline", online) }), nil
}
