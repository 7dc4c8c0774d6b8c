package server

import (
	"cmp"
	"context"
	"encoding/json"

	"parley/core/chat"
	"parley/core/wire"
)

// transferChat hands the chat over, to an agent or to a room. It replaces a
// search or a transfer that runs.
func (s *Server) transferChat(ctx context.Context, c *call) (result, error) {
	agentID, room := c.params.text("agentId"), c.params.word("room")
	if (agentID == "") == (room == "") {
		c.params.fail("agentId, room: one of the two must be given, and not both")
	}
	switch {
	case c.params.err != nil:
		return result{}, c.params.err
	case agentID != "":
		return s.transferToAgent(ctx, c, agentID)
	}
	if err := checkRoom(c.actor.App, room); err != nil {
		return result{}, err
	}
	return s.transferToRoom(ctx, c, room)
}

// toInbox hands the chat over to the room that it is in.
func (s *Server) toInbox(ctx context.Context, c *call) (result, error) {
	return s.transferToRoom(ctx, c, "")
}

// transferToAgent invites an agent on duty, whatever the rooms; until it is
// accepted nobody leaves. 409 names an agent who cannot be invited.
func (s *Server) transferToAgent(ctx context.Context, c *call, agentID string) (result, error) {
	var before round
	o, err := s.append(ctx, c, chat.EventTransfer, func(f *folded) (wire.Raw, error) {
		leaving, err := leaving(c, f.chat)
		if err != nil {
			return nil, err
		}
		u, err := s.invitable(ctx, f, agentID)
		if err != nil {
			return nil, err
		}
		inv := inviteTo(s.desk.terms(f, invitation{Attempt: 1, MaxAttempts: 1}), u)
		before = f.round
		return json.Marshal(transfer{ChatID: c.key.id, By: c.user.ID, Leaving: leaving, Invitation: &inv})
	})
	if err != nil {
		return result{}, err
	}
	s.replaced(c, before)
	s.desk.invited(c.key, o.state)
	return resultOf(o, c.key, nil), nil
}

// transferToRoom changes the chat's room, "" for the one that it has, and begins
// a round there. Who hands it over leaves at once.
func (s *Server) transferToRoom(ctx context.Context, c *call, room string) (result, error) {
	var before round
	o, err := s.append(ctx, c, chat.EventTransfer, func(f *folded) (wire.Raw, error) {
		leaving, err := leaving(c, f.chat)
		if err != nil {
			return nil, err
		}
		before = f.round
		t := transfer{ChatID: c.key.id, By: c.user.ID, Leaving: leaving, Room: cmp.Or(room, roomOf(f.chat))}
		if t.InQueue = s.settings.of(c.key.app).Queue.Active; t.InQueue {
			t.RestUntil = s.desk.restUntil(f)
		}
		return json.Marshal(t)
	})
	if err != nil {
		return result{}, err
	}
	s.replaced(c, before)
	err = s.desk.letGo(ctx, c.key)
	if err == nil && !o.state.place.queued { // else its turn comes
		err = s.desk.inviteNext(ctx, c.key)
	}
	if err != nil {
		s.desk.later(c.key, err)
	}
	return resultOf(o, c.key, nil), nil
}

// leaving are the agents who leave when the caller hands the chat over: he
// himself if he is one of the chat's, else all of them. 403 for who is none and
// may not do it from outside.
func leaving(c *call, now chat.Chat) ([]string, error) {
	if c.user.IsAgent() && now.Users.Has(c.user.ID) {
		return []string{c.user.ID}, nil
	}
	if err := allow(c.actor.Secret || c.user.Role == RoleSupervisor, "only an agent of the chat or a supervisor may transfer it"); err != nil {
		return nil, err
	}
	ids := []string{}
	for _, u := range intervenedIn(now, "") {
		ids = append(ids, u.ID)
	}
	return ids, nil
}

// replaced tells the agent whose invitation gave way to a transfer.
func (s *Server) replaced(c *call, before round) {
	before.transfer.By = ""
	s.desk.invitationEnded(c.key, before, "replaced", c.connID)
}
