package server

import (
	"context"
	"encoding/json"
	"time"

	"parley/core/wire"
)

// teammate is an agent as the colleagues see him.
type teammate struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Nickname   string   `json:"nickname"`
	ProviderID string   `json:"providerId"`
	Role       string   `json:"role"`
	Rooms      []string `json:"rooms"`
	Langs      []string `json:"langs"`
	Available  bool     `json:"available"` // on duty
	Chats      int      `json:"chats"`     // open ones
	*accountInfo
}

// accountInfo is what only the app's secret is told.
type accountInfo struct {
	Username string  `json:"username"`
	Disabled bool    `json:"disabled"`
	Created  float64 `json:"created"` // unix seconds
}

// teammates gives agents as the caller may see them.
func (s *Server) teammates(c *call, agents ...User) []teammate {
	app, team := c.actor.App.ID, []teammate{}
	serving := s.duty.available(app)
	for _, u := range agents {
		if u.Disabled && !c.actor.Secret {
			continue
		}
		_, available := serving[u.ID]
		chats, _ := s.board.load(chatKey{app, u.ID}, "")
		m := teammate{
			ID: u.ID, Name: u.Name, Nickname: u.Nickname, ProviderID: u.ProviderID, Role: u.Role,
			Rooms: emptyNotNull(u.Rooms), Langs: emptyNotNull(u.Langs), Available: available, Chats: chats,
		}
		if c.actor.Secret {
			m.accountInfo = &accountInfo{u.Username, u.Disabled, u.Created}
		}
		team = append(team, m)
	}
	return team
}

// listAgents gives the agents of the app, so that one of them can be chosen.
func (s *Server) listAgents(ctx context.Context, c *call) (result, error) {
	agents, err := s.identity.Agents(ctx, c.actor.App.ID)
	if err != nil {
		return result{}, err
	}
	data, err := json.Marshal(s.teammates(c, agents...))
	return answer(func(o *wire.Object) { o.Raw("agents", data) }), err
}

func (s *Server) getAgent(ctx context.Context, c *call) (result, error) {
	u, err := s.identity.Agent(ctx, c.actor.App.ID, c.params.text("agentId"))
	if err != nil {
		return result{}, err
	}
	return s.agentAnswer(c, u)
}

func (s *Server) agentAnswer(c *call, u User) (result, error) {
	team := s.teammates(c, u)
	if len(team) == 0 {
		return result{}, errUnknownAgent(u.ID)
	}
	data, err := json.Marshal(team[0])
	return answer(func(o *wire.Object) { o.Raw("agent", data) }), err
}

// updateAgent changes what is given. The agent's connections end, so that what
// they open anew has the new rights, or is refused.
func (s *Server) updateAgent(ctx context.Context, c *call) (result, error) {
	p := c.params
	if p.has("username") {
		p.fail("username: cannot be changed; make another agent")
	}
	patch := AgentPatch{
		Name: p.textIf("name"), Nickname: p.textIf("nickname"), Role: p.textIf("role"),
		Rooms: p.wordsIf("rooms"), Langs: p.wordsIf("langs"), Password: p.textIf("password"),
	}
	if p.has("disabled") {
		disabled := p.flag("disabled")
		patch.Disabled = &disabled
	}
	err := p.err
	if err == nil && patch.Rooms != nil {
		err = checkRooms(c.actor.App, *patch.Rooms)
	}
	if err != nil {
		return result{}, err
	}
	u, err := s.identity.UpdateAgent(ctx, c.actor.App.ID, p.text("agentId"), patch)
	if err == nil && u.Disabled {
		err = s.retire(ctx, c.actor.App, u)
	}
	if err != nil {
		return result{}, err
	}
	s.hub.whisperToUser(chatKey{c.actor.App.ID, u.ID}, whisper{Event: sessionEnded})
	return s.agentAnswer(c, u)
}

// removeAgent ends an agent's account for good. Until that is the last thing to
// do, it can be asked for again.
func (s *Server) removeAgent(ctx context.Context, c *call) (result, error) {
	app, disabled := c.actor.App, true
	u, err := s.identity.UpdateAgent(ctx, app.ID, c.params.text("agentId"), AgentPatch{Disabled: &disabled})
	if err != nil {
		return result{}, err
	}
	s.hub.whisperToUser(chatKey{app.ID, u.ID}, whisper{Event: sessionEnded})
	if err := s.retire(ctx, app, u); err != nil {
		return result{}, err
	}
	return result{}, s.identity.RemoveAgent(ctx, app.ID, u.ID)
}

// retire takes an agent off duty and out of the chats. A chat in which no other
// agent is goes back to its room.
func (s *Server) retire(ctx context.Context, app App, u User) error {
	if err := s.desk.setDuty(ctx, chatKey{app.ID, u.ID}, dutyRecord{Since: unixSeconds(time.Now())}); err != nil {
		return err
	}
	nothing, _ := parseParams(nil)
	c := &call{actor: Actor{App: app, User: u}, user: u, params: nothing}
	open, err := s.openChats(ctx, c)
	if err != nil {
		return err
	}
	for _, now := range open {
		c.key, c.state = chatKey{app.ID, now.chat.ID}, now
		if now.chat.Users.Has(u.ID) && len(intervenedIn(now.chat, u.ID)) == 0 {
			_, err = s.transferToRoom(ctx, c, "")
		} else {
			_, err = s.leaveChat(ctx, c)
		}
		if isCode(err, wire.CodeGone) || isCode(err, wire.CodeForbidden) {
			continue // closed or left meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkRooms refuses rooms that the app does not have.
func checkRooms(app App, rooms []string) error {
	for _, room := range rooms {
		if err := checkRoom(app, room); err != nil {
			return wire.Errorf(wire.CodeBadRequest, "rooms: %s", asError(err).Message)
		}
	}
	return nil
}
