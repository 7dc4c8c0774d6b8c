package server

import (
	"cmp"
	"context"
	"encoding/json"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/op"
	"parley/server/internal/routing"
)

// transferChat hands the chat over, to an agent or to a room. It replaces a
// search or a transfer that runs.
func (s *Server) transferChat(ctx context.Context, c *op.Call) (op.Result, error) {
	agentID, room := c.Params.Text("agentId"), c.Params.Word("room")
	if (agentID == "") == (room == "") {
		c.Params.Fail("agentId, room: one of the two must be given, and not both")
	}
	switch {
	case c.Params.Err != nil:
		return op.Result{}, c.Params.Err
	case agentID != "":
		return s.transferToAgent(ctx, c, agentID)
	}
	if err := checkRoom(c.Actor.App, room); err != nil {
		return op.Result{}, err
	}
	return s.transferToRoom(ctx, c, room)
}

// toInbox hands the chat over to the room that it is in.
func (s *Server) toInbox(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.transferToRoom(ctx, c, "")
}

// transferToAgent invites an agent on duty, whatever the rooms; until it is
// accepted nobody leaves. 409 names an agent who cannot be invited.
func (s *Server) transferToAgent(ctx context.Context, c *op.Call, agentID string) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chat.EventTransfer, func(f *chatstate.Folded) (wire.Raw, error) {
		leaving, err := leaving(c, f.Chat)
		if err != nil {
			return nil, err
		}
		u, err := s.invitable(ctx, f, agentID)
		if err != nil {
			return nil, err
		}
		inv := routing.AddressTo(s.desk.CompleteTerms(f, chatstate.Invitation{Attempt: 1, MaxAttempts: 1}), u)
		before = f.Round
		return json.Marshal(chatstate.Transfer{ChatID: c.Key.ID, By: c.User.ID, Leaving: leaving, Invitation: &inv})
	})
	if err != nil {
		return op.Result{}, err
	}
	s.replaced(c, before)
	s.desk.PushInvitation(c.Key, o.State)
	return op.ResultOf(o, c.Key, nil), nil
}

// transferToRoom changes the chat's room, "" for the one that it has, and begins
// a round there. Who hands it over leaves at once.
func (s *Server) transferToRoom(ctx context.Context, c *op.Call, room string) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chat.EventTransfer, func(f *chatstate.Folded) (wire.Raw, error) {
		leaving, err := leaving(c, f.Chat)
		if err != nil {
			return nil, err
		}
		before = f.Round
		t := chatstate.Transfer{ChatID: c.Key.ID, By: c.User.ID, Leaving: leaving, Room: cmp.Or(room, chatstate.RoomOf(f.Chat))}
		if t.InQueue = s.settings.Of(c.Key.App).Queue.Active; t.InQueue {
			t.CooldownUntil = s.desk.CooldownUntil(f)
		}
		return json.Marshal(t)
	})
	if err != nil {
		return op.Result{}, err
	}
	s.replaced(c, before)
	err = s.desk.ReleaseLeaving(ctx, c.Key)
	if err == nil && !o.State.Queue.Enqueued { // else its turn comes
		err = s.desk.InviteNext(ctx, c.Key)
	}
	if err != nil {
		s.desk.RetryLater(c.Key, err)
	}
	return op.ResultOf(o, c.Key, nil), nil
}

// leaving are the agents who leave when the caller hands the chat over: he
// himself if he is one of the chat's, else all of them. 403 for who is none and
// may not do it from outside.
func leaving(c *op.Call, now chat.Chat) ([]string, error) {
	if c.User.IsAgent() && now.Users.Has(c.User.ID) {
		return []string{c.User.ID}, nil
	}
	if !c.Actor.Secret && c.User.Role != identity.RoleSupervisor {
		return nil, wire.Errorf(wire.CodeForbidden, "only an agent of the chat or a supervisor may transfer it")
	}
	ids := []string{}
	for _, u := range intervenedIn(now, "") {
		ids = append(ids, u.ID)
	}
	return ids, nil
}

// replaced tells the agent whose invitation gave way to a transfer.
func (s *Server) replaced(c *op.Call, before chatstate.Round) {
	before.Transfer.By = ""
	s.desk.PushInvitationEnded(c.Key, before, "replaced", c.ConnID)
}

// interveneChat is a supervisor taking the chat over from the agents in it: one
// entry, instead of a join and their leaving (interface notes, b.2). 410 when the
// chat is closed; who is the only agent in it already stays so.
func (s *Server) interveneChat(ctx context.Context, c *op.Call) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chat.EventIntervene, func(f *chatstate.Folded) (wire.Raw, error) {
		gone := intervenedIn(f.Chat, c.User.ID)
		if len(gone) == 0 && f.Chat.Users.Has(c.User.ID) {
			return nil, chatlog.ErrNothing
		}
		if err := s.members.Add(ctx, c.Key, true, c.User.ID, attendanceOf(c)); err != nil {
			return nil, err
		}
		before = f.Round
		interventor, intervened := wire.Raw(c.User.Public()), gone.JSON()
		next := chatstate.Preview(f.Chat, chat.EventIntervene,
			wire.NewObject(nil).Raw("interventor", interventor).Raw("intervenedUsers", intervened).Done())
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Raw("chat", chatstate.ChatJSON(next, false)).
			Raw("interventor", interventor).Raw("intervenedUsers", intervened).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	for _, id := range chatstate.RemovedAgents(o.Record.Entry) {
		if chatstate.InChat(o.State.Chat, id) {
			continue // came back, and this is the repeated request
		}
		if err := s.members.Remove(ctx, c.Key, true, id); err != nil {
			return op.Result{}, err
		}
	}
	s.desk.EndTakenRound(ctx, c.Key, before, c.ConnID)
	return op.ResultOf(o, c.Key, nil), nil
}

// intervenedIn are the agents whom a supervisor replaces. The creator is a
// visitor to the chat, whoever it is elsewhere.
func intervenedIn(now chat.Chat, supervisorID string) (gone chat.Users) {
	for _, u := range now.Users {
		if u.IsAgent() && u.ID != supervisorID && u.ID != now.Creator {
			gone = append(gone, u)
		}
	}
	return gone
}
