package server

import (
	"cmp"
	"context"
	"slices"
	"time"

	"parley/core/wire"
)

// setAvailable puts an agent on duty or off it. Rooms left out are all of the
// agent's; an empty list is none, so that chats come by transfer only.
func (s *Server) setAvailable(ctx context.Context, c *call) (result, error) {
	p := c.params
	if !p.has("available") {
		p.fail("available: must be given")
	}
	available := p.flag("available")
	rooms, given := p.words("rooms")
	if p.err != nil {
		return result{}, p.err
	}
	for _, room := range rooms {
		if err := checkRoom(c.actor.App, room); err != nil {
			return result{}, err
		}
		if len(c.user.Rooms) > 0 && !slices.Contains(c.user.Rooms, room) {
			return result{}, wire.Errorf(wire.CodeForbidden, "rooms: room %q is none of the agent's", room)
		}
	}
	r := dutyRecord{Available: available, Since: unixSeconds(time.Now())}
	if given {
		r.Rooms = emptyNotNull(rooms)
	}
	return result{}, s.desk.setDuty(ctx, chatKey{c.actor.App.ID, c.user.ID}, r)
}

// agentsAvailable counts, for each room asked for, the agents on duty there who
// have time for one more chat. Without rooms it is about the app's; with
// languages, about the agents who speak one of them.
func (s *Server) agentsAvailable(ctx context.Context, c *call) (result, error) {
	rooms, given := c.params.eitherWords("roomIds", "roomId")
	langs, _ := c.params.eitherWords("langs", "lang")
	if c.params.err != nil {
		return result{}, c.params.err
	}
	if !given {
		rooms = c.actor.App.Rooms
	}
	list, err := s.desk.onDuty(ctx, c.actor.App.ID)
	if err != nil {
		return result{}, err
	}
	list = slices.DeleteFunc(list, func(a servingAgent) bool { return !s.desk.free(chatKey{c.actor.App.ID, a.user.ID}) })
	return answer(func(o *wire.Object) {
		counts := wire.NewObject(nil)
		for _, room := range rooms {
			counts.Int(room, int64(countServing(list, room, langs)))
		}
		o.Raw("agents", counts.Done())
	}), nil
}

// agentsOnline tells whether anybody is on duty, busy or not: in the rooms and
// for the languages given, or in any.
func (s *Server) agentsOnline(ctx context.Context, c *call) (result, error) {
	rooms, given := c.params.eitherWords("roomIds", "roomId")
	langs, _ := c.params.eitherWords("langs", "lang")
	if c.params.err != nil {
		return result{}, c.params.err
	}
	list, err := s.desk.onDuty(ctx, c.actor.App.ID)
	if err != nil {
		return result{}, err
	}
	if !given || len(rooms) == 0 {
		rooms = []string{""}
	}
	online := slices.ContainsFunc(rooms, func(room string) bool { return countServing(list, room, langs) > 0 })
	return answer(func(o *wire.Object) { o.Bool("agentsOnline", online) }), nil
}

func (s *Server) loginAgent(ctx context.Context, c *call) (result, error) {
	username, password := c.params.need("username"), c.params.need("password")
	if c.params.err != nil {
		return result{}, c.params.err
	}
	u, token, err := s.identity.Login(ctx, c.actor.App.ID, username, password)
	if err != nil {
		return result{}, err
	}
	return sessionAnswer(u, token), nil
}

// logout ends the session and its connections, and takes an agent off duty. A
// visitor's token still reads the own conversations for a while.
func (s *Server) logout(ctx context.Context, c *call) (result, error) {
	if c.session == "" {
		return result{}, wire.Errorf(wire.CodeUnauthorized, "needs a session: send its token as x-hyper-token")
	}
	if err := s.identity.Logout(ctx, c.actor.User, c.session); err != nil {
		return result{}, err
	}
	user := chatKey{c.actor.App.ID, c.actor.User.ID}
	if c.actor.User.IsAgent() {
		if err := s.desk.setDuty(ctx, user, dutyRecord{Since: unixSeconds(time.Now())}); err != nil {
			return result{}, err
		}
	}
	s.hub.whisperToUser(user, whisper{Event: sessionEnded, Session: c.session, Except: c.connID})
	return result{}, nil
}

func (s *Server) createAgent(ctx context.Context, c *call) (result, error) {
	p := c.params
	n := NewAgent{
		Username: p.need("username"), Password: p.need("password"),
		Name: p.text("name"), Nickname: p.text("nickname"), Role: p.text("role"),
	}
	n.Rooms, _ = p.words("rooms")
	n.Langs, _ = p.words("langs")
	if err := cmp.Or(p.err, checkRooms(c.actor.App, n.Rooms)); err != nil {
		return result{}, err
	}
	u, err := s.identity.CreateAgent(ctx, c.actor.App.ID, n)
	if err != nil {
		return result{}, err
	}
	return userAnswer(u), nil
}
