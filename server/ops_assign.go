package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/routing"
	"parley/server/internal/settings"
	"parley/server/internal/webhook"
)

// searchAgent starts a round of invitations. With an invitation out or an agent
// in the chat it gives that agent; with nobody on duty, nothing.
func (s *Server) searchAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	algorithm, err := settings.CheckAlgorithm(c.Params.Text("algorithm"))
	attempts := c.Params.Count("maxAttempts", 1, 1000, 0)
	interval := c.Params.Number("interval", 0.05, 86400, 0)
	if err = cmp.Or(c.Params.Err, err); err != nil {
		return op.Result{}, err
	}
	terms := chatstate.Round{Invited: chatstate.Invitation{Algorithm: algorithm, MaxAttempts: attempts, Interval: interval}}
	if s.settings.Of(c.Key.App).Queue.Active || c.State.Queued() {
		return s.searchInQueue(ctx, c, terms.Invited)
	}
	a := s.askFirst(ctx, c, terms)
	var found chatstate.AgentBrief
	o, err := s.append(ctx, c, chat.EventAssign, func(f *chatstate.Folded) (wire.Raw, error) {
		if f.Chat.Attended() {
			found = chatstate.AttendingAgent(f.Chat)
			return nil, chatlog.ErrNothing
		}
		if f.Round.Pending {
			found = f.Round.Invited.Agent
			return nil, chatlog.ErrNothing
		}
		r := f.Round
		if !r.Running {
			r = terms
		}
		return s.desk.NextInvitation(ctx, f, r, a)
	})
	if errors.Is(err, routing.ErrNoAgent) {
		return op.Result{ChatID: c.Key.ID, UpTo: c.State.Seq, Body: func(chatstate.Audience) *wire.Object { return wire.NewObject(nil) }}, nil
	}
	if err != nil {
		return op.Result{}, err
	}
	if o.Record.Seq != 0 {
		var inv chatstate.Invitation
		if err := json.Unmarshal(o.Record.Data, &inv); err != nil {
			return op.Result{}, err
		}
		found = inv.Agent
		s.desk.PushInvitation(c.Key, o.State)
	}
	agent, err := json.Marshal(found)
	return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object { return wire.NewObject(nil).Raw("agent", agent) }), err
}

// inviteAgent asks one agent into the chat, beside those who are in it. 409 names
// an agent who cannot be asked now.
func (s *Server) inviteAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	agentID := c.Params.Text("agentId")
	if agentID == "" && c.Actor.Secret && c.User.ID != chat.System {
		agentID, c.User = c.User.ID, identity.User{ID: chat.System} // who is named is meant
	}
	if agentID == "" {
		c.Params.Fail("agentId: must be given and must not be empty")
	}
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	o, err := s.log.Append(ctx, c.Key, chatlog.Act{By: c.User.ID, ID: c.EventID, Event: chat.EventAssign}, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := chat.Check(f.Chat, c.User.ID, chat.EventClose); err != nil { // the inviter needs not be in it
			return nil, err
		}
		if f.Round.Running {
			return nil, wire.Errorf(wire.CodeConflict, "an agent is being sought already; wait until that is over")
		}
		u, err := s.invitable(ctx, f, agentID)
		if err != nil {
			return nil, err
		}
		return json.Marshal(routing.AddressTo(s.desk.CompleteTerms(f, chatstate.Invitation{Attempt: 1, MaxAttempts: 1}), u))
	})
	if err != nil {
		return op.Result{}, err
	}
	s.desk.PushInvitation(c.Key, o.State)
	return op.ResultOf(o, c.Key, nil), nil
}

// invitable gives an agent on duty who is not in the chat, whatever the rooms.
func (s *Server) invitable(ctx context.Context, f *chatstate.Folded, agentID string) (identity.User, error) {
	if f.Chat.Users.Has(agentID) {
		return identity.User{}, wire.Errorf(wire.CodeConflict, "agentId: %q is in the chat already", agentID)
	}
	serving, err := s.desk.AgentsOnDuty(ctx, f.Key.App)
	if err != nil {
		return identity.User{}, err
	}
	i := slices.IndexFunc(serving, func(a routing.AgentOnDuty) bool { return a.User.ID == agentID })
	if i < 0 {
		return identity.User{}, wire.Errorf(wire.CodeConflict, "agentId: %q is no agent on duty", agentID)
	}
	return serving[i].User, nil
}

// acceptInvitation is the join of the agent who is invited.
func (s *Server) acceptInvitation(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.join(ctx, c, "", func(f *chatstate.Folded) error {
		if f.Chat.Users.Has(c.User.ID) {
			return chatlog.ErrNothing
		}
		if agent := (ids.Key{App: c.Key.App, ID: c.User.ID}); f.Round.Transfer.By == "" && s.desk.Full(agent) {
			return wire.Errorf(wire.CodeConflict, "agent %s is in as many chats as the app's settings allow", agent.ID)
		}
		return invitee(f, c.User.ID)
	})
}

// invitee refuses who has no invitation that still runs.
func invitee(f *chatstate.Folded, agentID string) error {
	switch {
	case f.Round.Pending && f.Round.Invited.Agent.ID == agentID:
		return nil
	case f.Chat.Attended():
		return wire.Errorf(wire.CodeConflict, "the invitation is over: another agent is in the chat")
	case slices.Contains(f.Round.Attempted, agentID):
		return wire.Errorf(wire.CodeConflict, "the invitation is over")
	}
	return wire.Errorf(wire.CodeConflict, "there is no invitation to chat %s for agent %s", f.Key.ID, agentID)
}

// rejectInvitation passes the invitation on to the next agent.
func (s *Server) rejectInvitation(ctx context.Context, c *op.Call) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chatstate.EventReject, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := invitee(f, c.User.ID); err != nil {
			return nil, err
		}
		before = f.Round
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	s.desk.PushInvitationEnded(c.Key, before, "rejected", c.ConnID)
	if err := s.desk.InviteNext(ctx, c.Key); err != nil {
		s.desk.RetryLater(c.Key, err)
	}
	return op.ResultOf(o, c.Key, nil), nil
}

// askFirst asks at the beginning of a search, unless the search will find that
// there is nothing to do.
func (s *Server) askFirst(ctx context.Context, c *op.Call, terms chatstate.Round) webhook.Advice {
	now := c.State
	if now.Chat.Attended() || now.Round.Pending || s.log.Has(ctx, c.Key, c.User.ID, c.EventID) {
		return webhook.Advice{}
	}
	if now.Round.Running {
		terms = now.Round
	}
	return s.desk.AskWebhook(ctx, c.Key, now, terms)
}

// searchInQueue is searchAgent where chats wait in line: the chat is put into the
// queue, or stays in it at its place. It gives an agent if one is in the chat or
// invited by then.
func (s *Server) searchInQueue(ctx context.Context, c *op.Call, terms chatstate.Invitation) (op.Result, error) {
	o, err := s.append(ctx, c, chatstate.EventEnqueue, func(f *chatstate.Folded) (wire.Raw, error) {
		known := f.Queue.Terms
		wanted := chatstate.Invitation{
			Algorithm: cmp.Or(terms.Algorithm, known.Algorithm), MaxAttempts: cmp.Or(terms.MaxAttempts, known.MaxAttempts),
			Interval: cmp.Or(terms.Interval, known.Interval),
		}
		if f.Chat.Attended() || f.Queue.Enqueued && wanted == known {
			return nil, chatlog.ErrNothing
		}
		return json.Marshal(chatstate.Enqueue{ChatID: c.Key.ID, Algorithm: wanted.Algorithm, MaxAttempts: wanted.MaxAttempts, Interval: wanted.Interval})
	})
	if err != nil {
		return op.Result{}, err
	}
	if err := s.desk.Dispatch(ctx, c.Key.App); err != nil {
		return op.Result{}, err
	}
	_, now, err := s.log.View(ctx, c.Key, o.State.Seq)
	if err != nil {
		return op.Result{}, err
	}
	agent := chatstate.AttendingAgent(now.Chat)
	if now.Round.Pending {
		agent = now.Round.Invited.Agent
	}
	return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
		found := wire.NewObject(nil)
		if agent.ID != "" {
			brief, _ := json.Marshal(agent) // texts only
			found.Raw("agent", brief)
		}
		return found
	}), nil
}
