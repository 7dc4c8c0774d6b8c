package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// teammate is an agent as colleagues see them.
type teammate struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Nickname   string   `json:"nickname"`
	Picture    string   `json:"picture,omitempty"`
	ProviderID string   `json:"providerId"`
	Role       string   `json:"role"`
	Rooms      []string `json:"rooms"`
	Langs      []string `json:"langs"`
	Available  bool     `json:"available"` // on duty
	Chats      int      `json:"chats"`     // open ones
	*accountInfo
}

// accountInfo is what only the app's secret and supervisors get.
type accountInfo struct {
	Username   string  `json:"username"`
	Disabled   bool    `json:"disabled"`
	Created    float64 `json:"created"` // unix seconds
	*loginInfo         // of an agent alone, not in lists
}

// loginInfo is how an agent is known at the app's provider.
type loginInfo struct {
	Email       string `json:"email"`
	OIDCSubject string `json:"oidcSubject"`
}

// teammates gives agents as the caller may see them, the disabled ones only with all.
func (s *Server) teammates(c *op.Call, all bool, agents ...identity.User) []teammate {
	app, team := c.Actor.App.ID, []teammate{}
	serving := s.agents.Available(app)
	for _, u := range agents {
		if u.Disabled && !all {
			continue
		}
		_, available := serving[u.ID]
		chats, _ := s.board.Load(ids.Key{App: app, ID: u.ID}, "")
		m := teammate{
			ID: u.ID, Name: u.Name, Nickname: u.Nickname, Picture: u.Picture, ProviderID: u.ProviderID, Role: u.Role,
			Rooms: identity.EmptyNotNull(u.Rooms), Langs: identity.EmptyNotNull(u.Langs), Available: available, Chats: chats,
		}
		if manages(c) {
			m.accountInfo = &accountInfo{Username: u.Username, Disabled: u.Disabled, Created: u.Created}
		}
		team = append(team, m)
	}
	return team
}

// listAgents gives the agents of the app, for supervisors who ask so with the disabled ones.
func (s *Server) listAgents(ctx context.Context, c *op.Call) (op.Result, error) {
	agents, err := s.identity.Agents(ctx, c.Actor.App.ID)
	if err != nil {
		return op.Result{}, err
	}
	all := c.Actor.Secret || c.Params.Flag("disabled") && manages(c)
	data, err := json.Marshal(s.teammates(c, all, agents...))
	return op.Reply(func(o *wire.Object) { o.Raw("agents", data) }), err
}

func (s *Server) getAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	u, err := s.identity.Agent(ctx, c.Actor.App.ID, c.Params.Text("agentId"))
	if err != nil {
		return op.Result{}, err
	}
	return s.agentAnswer(ctx, c, u)
}

func (s *Server) agentAnswer(ctx context.Context, c *op.Call, u identity.User) (op.Result, error) {
	team := s.teammates(c, manages(c), u)
	if len(team) == 0 {
		return op.Result{}, identity.ErrUnknownAgent(u.ID)
	}
	if own := team[0].accountInfo; own != nil {
		switch account, err := s.identity.Account(ctx, c.Actor.App.ID, u); {
		case err == nil:
			own.loginInfo = &loginInfo{account.Email, account.Subject}
		case !ids.IsCode(err, wire.CodeNotFound): // a crash may have left an agent without an account
			return op.Result{}, err
		}
	}
	data, err := json.Marshal(team[0])
	return op.Reply(func(o *wire.Object) { o.Raw("agent", data) }), err
}

func (s *Server) createAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	n := identity.NewAgent{
		Username: p.RequiredText("username"), Password: p.RequiredText("password"),
		Name: p.Text("name"), Nickname: p.Text("nickname"), Role: p.Text("role"), Email: p.Text("email"),
	}
	n.Rooms, _ = p.Words("rooms")
	n.Langs, _ = p.Words("langs")
	if err := cmp.Or(p.Err, checkRooms(c.Actor.App, n.Rooms)); err != nil {
		return op.Result{}, err
	}
	u, err := s.identity.CreateAgent(ctx, c.Actor.App.ID, n)
	if err != nil {
		return op.Result{}, err
	}
	c.Note("agentId", u.ID)
	return s.userAnswer(ctx, c, u, "")
}

// updateAgent changes the members that are given. It ends the agent's connections, so
// that those they open again have the new rights, or are refused.
func (s *Server) updateAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	if p.Has("username") {
		p.Fail("username: cannot be changed; create another agent")
	}
	patch := identity.AgentPatch{
		Name: p.OptionalText("name"), Nickname: p.OptionalText("nickname"), Role: p.OptionalText("role"),
		Rooms: p.OptionalWords("rooms"), Langs: p.OptionalWords("langs"), Password: p.OptionalText("password"),
	}
	patch.ResetSecondFactor, patch.Email = p.Flag("resetSecondFactor"), p.OptionalText("email")
	if p.Has("disabled") {
		disabled := p.Flag("disabled")
		patch.Disabled = &disabled
	}
	agent := ids.Key{App: c.Actor.App.ID, ID: p.Text("agentId")}
	err := p.Err
	if err == nil {
		var of identity.User
		of, err = s.identity.Agent(ctx, agent.App, agent.ID)
		err = cmp.Or(err, mayChange(c, of))
	}
	if err == nil && p.Has("oidcSubject") {
		patch.Provider, err = s.linkOf(c)
	}
	if err == nil && patch.Rooms != nil {
		err = checkRooms(c.Actor.App, *patch.Rooms)
	}
	if err != nil {
		return op.Result{}, err
	}
	u, err := s.identity.UpdateAgent(ctx, agent.App, agent.ID, patch)
	s.endConnections(agent, "", err)
	if err != nil {
		return op.Result{}, err
	}
	if u.Disabled {
		if err := s.retire(ctx, agent, chatstate.ReasonDisabled); err != nil {
			return op.Result{}, err
		}
	}
	return s.agentAnswer(ctx, c, u)
}

// renameAgent changes the names that visitors and colleagues see. Agents may not choose
// their own, as visitors trust them.
func (s *Server) renameAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	patch := identity.AgentPatch{Name: p.OptionalText("name"), Nickname: p.OptionalText("nickname")}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	u, err := s.identity.UpdateAgent(ctx, c.Actor.App.ID, p.Text("agentId"), patch)
	if err != nil {
		return op.Result{}, err
	}
	return s.agentAnswer(ctx, c, u)
}

func (s *Server) removeAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	of, err := s.identity.Agent(ctx, c.Actor.App.ID, c.Params.Text("agentId"))
	if err := cmp.Or(err, mayRemove(c, of)); err != nil {
		return op.Result{}, err
	}
	return op.Result{}, s.endAgent(ctx, c.Actor.App.ID, of.ID)
}

// endAgent ends an agent's account for good. It disables the account first and
// removes it last, so that a request that failed half-way can be repeated.
func (s *Server) endAgent(ctx context.Context, app, agentID string) error {
	disabled := true
	agent := ids.Key{App: app, ID: agentID}
	u, err := s.identity.UpdateAgent(ctx, app, agentID, identity.AgentPatch{Disabled: &disabled})
	s.endConnections(agent, "", err)
	if err != nil {
		return err
	}
	if err := s.retire(ctx, agent, chatstate.ReasonDisabled); err != nil {
		return err
	}
	if u.Picture != "" {
		if _, err := s.usePicture(ctx, agent, u.Picture, ""); err != nil {
			return err
		}
	}
	return s.identity.RemoveAgent(ctx, app, agentID)
}

// endConnections ends a user's connections after a change of their account, but for those
// of the session that is kept. It does so after a change that failed half-way too, as their
// sessions may have ended; not after one that was refused.
func (s *Server) endConnections(user ids.Key, kept string, err error) {
	if refused := (*wire.Error)(nil); errors.As(err, &refused) {
		return
	}
	s.hub.PushToUser(user, gateway.Push{Event: gateway.SessionEnded, Kept: kept})
}

// retire takes an agent off duty and out of all chats, for a reason of chatstate. A chat
// without another agent goes to others.
func (s *Server) retire(ctx context.Context, agent ids.Key, reason string) error {
	if err := s.takeOffDuty(ctx, agent); err != nil {
		return err
	}
	return s.dispatcher.HandBackAll(ctx, agent, reason)
}

// checkRooms refuses rooms that the app does not have.
func checkRooms(app identity.App, rooms []string) error {
	for _, room := range rooms {
		if err := checkRoom(app, room); err != nil {
			return wire.Errorf(wire.BadArgument, "rooms: %s", ids.AsError(err).Message)
		}
	}
	return nil
}
