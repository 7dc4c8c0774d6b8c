package server

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/webhook"
)

// userActivity pushes to the others in the chat whether the user is typing. It is in no
// log, and may get lost with a connection.
func (s *Server) userActivity(_ context.Context, c *op.Call) (op.Result, error) {
	kind := c.Params.OneOf("type", "writing", "stop-writing", "not-writing")
	if kind == "" {
		c.Params.RequiredText("type")
	}
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	if err := c.Check(c.State.Chat, chat.EventActivity); err != nil {
		return op.Result{}, err
	}
	s.dispatcher.PushActivity(c.State, c.Key, c.User.ID, kind, c.ConnID)
	return op.Result{ChatID: c.Key.ID, UpTo: c.State.Seq}, nil
}

// userFocus does nothing: clients of the documented interface send it, and nothing here
// depends on it.
func (s *Server) userFocus(context.Context, *op.Call) (op.Result, error) { return op.Result{}, nil }

// account is a user as they and the app's secret read them.
func (s *Server) account(ctx context.Context, c *op.Call, u identity.User) (wire.Raw, error) {
	open, err := s.dispatcher.OpenChats(ctx, c.Actor.App.ID, u)
	var chatIDs []string
	for _, now := range open {
		chatIDs = append(chatIDs, now.Chat.ID)
	}
	return wire.Raw(u.Account(chatIDs, c.Actor.Secret)), err
}

// userAnswer gives a user, and the token of the session that they have begun, if any.
func (s *Server) userAnswer(ctx context.Context, c *op.Call, u identity.User, token string) (op.Result, error) {
	account, err := s.account(ctx, c, u)
	return op.Reply(func(o *wire.Object) {
		if o.Raw("user", account); token != "" {
			o.Raw("session", wire.NewObject(nil).Str("token", token).Done())
		}
	}), err
}

// createUser makes a visitor with a session. Who a page says they are is a claim, unless
// the app's secret or a proof says so too; a proof gives the known user whom it names.
func (s *Server) createUser(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	n := identity.NewUser{
		Name: p.Text("name"), Nickname: p.Text("nickname"), Contact: p.Text("contact"),
		ExternalID: p.Text("externalId"), ExtraInfo: json.RawMessage(p.Object("extraInfo")),
		Client: identity.Client{Address: c.Client, UserAgent: c.UserAgent}, Silent: !c.Actor.Secret,
	}
	proof := identity.Proof{Token: p.Text("identity"), ExternalID: n.ExternalID, Hash: p.Text("userHash"), KeyID: p.Text("kid")}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	if proof.Given() {
		return s.knownUser(ctx, c, proof, n)
	}
	if !c.Actor.Secret {
		n.Claimed, n.ExternalID = n.ExternalID, ""
	}
	u, token, err := s.identity.CreateUser(ctx, c.Actor.App.ID, n)
	if err != nil {
		return op.Result{}, err
	}
	s.notifyOfSignup(c, u)
	return s.userAnswer(ctx, c, u, token)
}

func (s *Server) notifyOfSignup(c *op.Call, u identity.User) {
	s.webhooks.Notify(c.Actor.App.ID, webhook.EventSignup, wire.NewObject(nil).Raw("user", wire.Raw(u.Account(nil, true))).Done())
}

// knownUser gives the user of a proof, with a session unless the call has one of theirs.
func (s *Server) knownUser(ctx context.Context, c *op.Call, proof identity.Proof, n identity.NewUser) (op.Result, error) {
	app, caller := c.Actor.App.ID, c.Actor.User
	if c.Actor.Ended {
		caller = identity.User{}
	}
	u, fresh, err := s.identity.KnownUser(ctx, app, caller, proof, n)
	if err != nil {
		return op.Result{}, err
	}
	if fresh {
		s.notifyOfSignup(c, u)
	}
	if u.ID == caller.ID {
		return s.userAnswer(ctx, c, u, "")
	}
	token, err := s.identity.StartSession(ctx, app, u, n.Client)
	if err != nil {
		return op.Result{}, err
	}
	return s.userAnswer(ctx, c, u, token)
}

// findUsers gives the user with an external id, in a list of one or none; without one,
// a page of all visitors and agents of the app. next is there if there are more; it is
// the after of the next page.
func (s *Server) findUsers(ctx context.Context, c *op.Call) (op.Result, error) {
	app, id, after, limit := c.Actor.App.ID, c.Params.Text("externalId"), c.Params.Cursor("after"), readLimit(c)
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	var users []identity.User
	var next uint64
	var err error
	if id == "" {
		users, next, err = s.identity.Users(ctx, app, after, limit)
	} else if u, failed := s.identity.UserByExternalID(ctx, app, id); failed == nil {
		users = []identity.User{u}
	} else if !ids.IsCode(failed, wire.CodeNotFound) {
		err = failed
	}
	if err != nil {
		return op.Result{}, err
	}
	list := make([]wire.Raw, len(users))
	for i, u := range users {
		if list[i], err = s.account(ctx, c, u); err != nil {
			return op.Result{}, err
		}
	}
	return op.Page("users", list, next), nil
}

func (s *Server) getUser(ctx context.Context, c *op.Call) (op.Result, error) {
	u, err := s.identity.User(ctx, c.Actor.App.ID, c.User.ID)
	if err != nil {
		return op.Result{}, err
	}
	return s.userAnswer(ctx, c, u, "")
}

// updateUser changes what a user says of themselves. With the app's secret it also makes
// them known by an external id; one that a page sends back changes nothing.
func (s *Server) updateUser(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	patch := identity.UserPatch{Name: p.OptionalText("name"), Nickname: p.OptionalText("nickname"), Contact: p.OptionalText("contact")}
	patch.ExtraInfo = json.RawMessage(p.Object("extraInfo"))
	externalID := p.Text("externalId")
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	if c.User.Verified && !c.Actor.Secret && (patch.Name != nil || patch.Nickname != nil || patch.Contact != nil) {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "name, nickname, contact: are those of a known user, whom only the app's server describes")
	}
	if !c.Actor.Secret && c.User.Role == identity.RoleAgent && (patch.Name != nil || patch.Nickname != nil) {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "name and nickname of an agent are for supervisors to change, and for the app's secret")
	}
	if externalID != "" && c.Actor.Secret {
		if _, err := s.identity.MakeKnown(ctx, c.Actor.App.ID, c.User.ID, externalID); err != nil {
			return op.Result{}, err
		}
	}
	u, err := s.identity.UpdateUser(ctx, c.Actor.App.ID, c.User.ID, patch)
	if err != nil {
		return op.Result{}, err
	}
	return s.userAnswer(ctx, c, u, "")
}

func (s *Server) notifyOfAgent(c *op.Call, event string, u identity.User) {
	s.webhooks.Notify(c.Actor.App.ID, event, wire.NewObject(nil).Str("userId", u.ID).Done())
}

// logout ends the session. An agent who is not connected with another one goes off duty,
// and their open chats go to others, or, if the call says so, are closed.
func (s *Server) logout(ctx context.Context, c *op.Call) (op.Result, error) {
	then := c.Params.OneOf("chats", "transfer", "close")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	if c.Session == "" {
		return op.Result{}, errNoSession
	}
	if err := s.identity.Logout(ctx, c.Actor.App.ID, c.Actor.User, c.Session); err != nil {
		return op.Result{}, err
	}
	user := ids.Key{App: c.Actor.App.ID, ID: c.Actor.User.ID}
	if c.Actor.User.IsAgent() && then == "close" && !s.hasOtherSession(ctx, user, c.Session) {
		if err := s.closeOwnChats(ctx, c); err != nil {
			return op.Result{}, err
		}
	}
	if err := s.leaveDuty(ctx, c, c.Actor.User, c.Session); err != nil {
		return op.Result{}, err
	}
	s.hub.PushToUser(user, gateway.Push{Event: gateway.SessionEnded, Session: c.Session, Except: c.ConnID})
	return op.Result{}, nil
}

// logoutAgent is logout for a session. The app's secret names the agent instead, all of
// whose sessions end; or, if it names rooms too, the agent only stops serving these.
func (s *Server) logoutAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	if c.Session != "" || !c.Actor.Secret {
		return s.logout(ctx, c)
	}
	app, id := c.Actor.App, cmp.Or(c.Params.Text("agentId"), c.Params.Text("id"), c.Params.Text("userId"))
	rooms, _ := c.Params.EitherWords("rooms", "roomIds")
	if id == "" {
		c.Params.Fail("agentId: must be given and must not be empty")
	}
	if err := cmp.Or(c.Params.Err, checkRooms(app, rooms)); err != nil {
		return op.Result{}, err
	}
	u, err := s.identity.Agent(ctx, app.ID, id)
	if err != nil {
		return op.Result{}, err
	}
	agent := ids.Key{App: app.ID, ID: u.ID}
	if len(rooms) > 0 {
		all := u.Rooms
		if len(all) == 0 {
			all = app.Rooms
		}
		return op.Result{}, s.dispatcher.LeaveRooms(ctx, agent, all, rooms)
	}
	err = s.identity.EndSessions(ctx, app.ID, u.ID)
	s.endConnections(agent, "", err)
	if err != nil {
		return op.Result{}, err
	}
	s.notifyOfAgent(c, webhook.EventLogout, u)
	return op.Result{}, s.retire(ctx, agent, chatstate.ReasonLogout)
}

// hasOtherSession tells whether a user is connected with another session that has not ended. If
// a node does not answer, they may be connected there: an agent who is not leaves their
// chats when the grace is over.
func (s *Server) hasOtherSession(ctx context.Context, user ids.Key, session string) bool {
	sessions, err := s.users.Sessions(ctx, user)
	if err != nil {
		s.warn("log-out: a node did not say whether the agent is connected to it", err)
		return true
	}
	return slices.ContainsFunc(sessions, func(digest string) bool {
		return digest != session && s.identity.HasSession(ctx, user, digest)
	})
}

// closeOwnChats closes the open chats that the acting agent, and no other agent, is in.
func (s *Server) closeOwnChats(ctx context.Context, c *op.Call) error {
	open, err := s.dispatcher.OpenChats(ctx, c.Actor.App.ID, c.User)
	for _, now := range open {
		if err != nil || !now.Chat.Users.Has(c.User.ID) || len(agentsBeside(now.Chat, c.User.ID)) > 0 {
			continue
		}
		one := *c
		one.Key, one.State = ids.Key{App: c.Actor.App.ID, ID: now.Chat.ID}, now
		if _, err = s.closeChat(ctx, &one); ids.IsCode(err, wire.CodeGone) {
			err = nil // somebody else was first
		}
	}
	return err
}
