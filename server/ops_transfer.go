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

// transferChat transfers the chat to an agent or to a room. It replaces the assignment
// round or the transfer that is running.
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

// toInbox transfers the chat to the room that it is in, and gives the agent who is
// invited there, if one is by now.
func (s *Server) toInbox(ctx context.Context, c *op.Call) (op.Result, error) {
	res, err := s.transferToRoom(ctx, c, "")
	if err != nil {
		return res, err
	}
	_, now, err := s.log.View(ctx, c.Key, res.UpTo)
	agent := chatstate.AgentBrief{}
	if now.Round.Pending {
		agent = now.Round.Invited.Agent
	}
	res.Body = func(to chatstate.Audience) *wire.Object { return agentReply(agent)(to).Bool("success", true) }
	return res, err
}

// transferToAgent invites an agent on duty, in whatever rooms. Nobody leaves the chat
// before the agent accepts. It is a 409 if the agent cannot be invited.
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
		inv := routing.AddressTo(s.dispatcher.CompleteTerms(f, chatstate.Invitation{Attempt: 1, MaxAttempts: 1}), u)
		before = f.Round
		return json.Marshal(chatstate.Transfer{ChatID: c.Key.ID, By: c.User.ID, Leaving: leaving, Invitation: &inv})
	})
	if err != nil {
		return op.Result{}, err
	}
	s.pushReplaced(c, before)
	s.dispatcher.PushInvitation(c.Key, o.State)
	return op.ResultOf(o, c.Key, nil), nil
}

// transferToRoom moves the chat to a room, "" for its own, and starts a round there.
// The agents who transfer it leave at once.
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
			t.CooldownUntil = s.dispatcher.CooldownUntil(f)
		}
		return json.Marshal(t)
	})
	if err != nil {
		return op.Result{}, err
	}
	s.pushReplaced(c, before)
	err = s.dispatcher.ReleaseLeaving(ctx, c.Key)
	if err == nil && !o.State.Queue.Enqueued { // a queued chat waits until it is first
		err = s.dispatcher.InviteNext(ctx, c.Key)
	}
	if err != nil {
		s.dispatcher.RetryLater(c.Key, err)
	}
	return op.ResultOf(o, c.Key, nil), nil
}

// leaving gives the agents who leave the chat when the caller transfers it: the caller
// alone if they are one of them, else all of them. Only a supervisor or the app's secret
// may transfer a chat that they are not in.
func leaving(c *op.Call, now chat.Chat) ([]string, error) {
	if c.User.IsAgent() && now.Users.Has(c.User.ID) {
		return []string{c.User.ID}, nil
	}
	if !c.Actor.Secret && c.User.Role != identity.RoleSupervisor {
		return nil, wire.Errorf(wire.NotAllowed, "only an agent of the chat or a supervisor may transfer it")
	}
	agents := []string{}
	for _, u := range agentsBeside(now, "") {
		agents = append(agents, u.ID)
	}
	return agents, nil
}

// pushReplaced tells the invited agent that a transfer has replaced the invitation.
func (s *Server) pushReplaced(c *op.Call, before chatstate.Round) {
	before.Transfer.By = ""
	s.dispatcher.PushInvitationEnded(c.Key, before, "replaced", c.ConnID)
}

// interveneChat lets a supervisor replace the agents in the chat. It is one entry, not a
// join and a leave for each. It changes nothing if the supervisor is the only agent in
// the chat.
func (s *Server) interveneChat(ctx context.Context, c *op.Call) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chat.EventIntervene, func(f *chatstate.Folded) (wire.Raw, error) {
		replaced := agentsBeside(f.Chat, c.User.ID)
		if len(replaced) == 0 && f.Chat.Users.Has(c.User.ID) {
			return nil, chatlog.ErrNothing
		}
		if err := s.members.Add(ctx, c.Key, true, c.User.ID, attendanceOf(c)); err != nil {
			return nil, err
		}
		before = f.Round
		interventor, intervened := wire.Raw(c.User.Public()), replaced.JSON()
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
			continue // this is a repeated request, and they have come back
		}
		if err := s.members.Remove(ctx, c.Key, true, id); err != nil {
			return op.Result{}, err
		}
	}
	s.dispatcher.EndTakenRound(ctx, c.Key, before, c.ConnID)
	return op.ResultOf(o, c.Key, nil), nil
}

// agentsBeside gives the agents in the chat but one. The creator counts as its visitor,
// even if they are an agent elsewhere.
func agentsBeside(now chat.Chat, userID string) (agents chat.Users) {
	for _, u := range now.Users {
		if u.IsAgent() && u.ID != userID && u.ID != now.Creator {
			agents = append(agents, u)
		}
	}
	return agents
}
