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

// searchAgent starts an assignment round and gives the agent who is invited first.
// If an agent is in the chat or invited already, it gives that agent; if none is on
// duty, it gives none and starts nothing.
func (s *Server) searchAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	algorithm, err := settings.CheckAlgorithm(c.Params.Text("algorithm"))
	attempts := c.Params.Count("maxAttempts", 1, 1000, 0)
	interval := c.Params.Number("interval", 0.05, 86400, 0)
	if err = cmp.Or(c.Params.Err, err); err != nil {
		return op.Result{}, err
	}
	interval, attempts = s.clampTerms(c, interval, attempts)
	terms := chatstate.Round{Invited: chatstate.Invitation{Algorithm: algorithm, MaxAttempts: attempts, Interval: interval}}
	if s.settings.Of(c.Key.App).Queue.Active || c.State.Queued() {
		return s.searchInQueue(ctx, c, terms.Invited)
	}
	advice := s.firstAdvice(ctx, c, terms)
	var agent chatstate.AgentBrief
	o, err := s.append(ctx, c, chat.EventAssign, func(f *chatstate.Folded) (wire.Raw, error) {
		if f.Chat.Attended() || f.Round.Pending {
			agent = s.dispatcher.FoundAgent(ctx, c.Key, f.State)
			return nil, chatlog.ErrNothing
		}
		r := f.Round
		if !r.Running {
			r = terms
		}
		return s.dispatcher.NextInvitation(ctx, f, r, advice)
	})
	if errors.Is(err, routing.ErrNoAgent) {
		return s.searchFailed(ctx, c)
	}
	if err != nil {
		return op.Result{}, err
	}
	if o.State.Round.Alone && o.State.Round.Running {
		if err := s.dispatcher.NoteSought(ctx, c.Key, c.User.ID); err != nil {
			return op.Result{}, err
		}
	}
	if o.Record.Seq != 0 {
		var inv chatstate.Invitation
		if err := json.Unmarshal(o.Record.Data, &inv); err != nil {
			return op.Result{}, err
		}
		agent = inv.Agent
		s.dispatcher.PushInvitation(c.Key, o.State)
	}
	return op.ResultOf(o, c.Key, agentReply(agent)), nil
}

// clampTerms brings what a session asks for within the app's bounds; the app's secret may
// ask for anything.
func (s *Server) clampTerms(c *op.Call, timeout float64, attempts int) (float64, int) {
	if c.Actor.Secret {
		return timeout, attempts
	}
	return s.settings.Of(c.Actor.App.ID).Assignment.Bounds.Clamp(timeout, attempts)
}

// searchFailed answers a search that found nobody to invite, and tells the app's
// webhooks. A page gets no agent; for the app's secret the documented answer is an error.
func (s *Server) searchFailed(ctx context.Context, c *op.Call) (op.Result, error) {
	now, err := s.dispatcher.NoteNobody(ctx, c.Key)
	if err != nil || !c.Actor.Secret {
		return op.Result{ChatID: c.Key.ID, UpTo: now.Seq, Body: agentReply(chatstate.AgentBrief{})}, err
	}
	nobody := wire.Errorf(wire.NoAgent, "no agent is available for the chat")
	return op.Reply(func(o *wire.Object) { o.Raw("error", nobody.Append(nil)) }), nil
}

// agentReply is the reply's data with an agent; it is empty if there is none.
func agentReply(agent chatstate.AgentBrief) func(chatstate.Audience) *wire.Object {
	return func(chatstate.Audience) *wire.Object {
		o := wire.NewObject(nil)
		if agent.ID != "" {
			brief, _ := json.Marshal(agent) // texts only
			o.Raw("agent", brief)
		}
		return o
	}
}

// inviteAgent invites one agent into the chat, beside those who are in it. It is a
// 409 if the agent is not on duty or in the chat already, or a round is running.
func (s *Server) inviteAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	agentID := c.Params.Text("agentId")
	if agentID == "" && c.Actor.Secret && c.User.ID != chat.System {
		agentID, c.User = c.User.ID, identity.User{ID: chat.System} // the secret may send userId instead of agentId
	}
	if agentID == "" {
		c.Params.Fail("agentId: must be given and must not be empty")
	}
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	act := chatlog.Act{By: c.User.ID, ID: c.EventID, Event: chat.EventAssign}
	o, err := s.log.Append(ctx, c.Key, act, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := chat.Check(f.Chat, c.User.ID, chat.EventClose); err != nil { // open is enough: the inviter need not be in it
			return nil, err
		}
		if f.Round.Running {
			return nil, wire.Errorf(wire.AgentInvited, "another agent is being invited; wait for the answer")
		}
		u, err := s.invitable(ctx, f, agentID)
		if err != nil {
			return nil, err
		}
		return json.Marshal(routing.AddressTo(s.dispatcher.CompleteTerms(f, chatstate.Invitation{Attempt: 1, MaxAttempts: 1}), u))
	})
	if err != nil {
		return op.Result{}, err
	}
	s.dispatcher.PushInvitation(c.Key, o.State)
	return op.ResultOf(o, c.Key, nil), nil
}

// invitable gives the agent if they can be invited: on duty, in whatever rooms, and
// not in the chat.
func (s *Server) invitable(ctx context.Context, f *chatstate.Folded, agentID string) (identity.User, error) {
	if f.Chat.Users.Has(agentID) {
		return identity.User{}, wire.Errorf(wire.AgentInChat, "agentId: agent %q is in the chat already", agentID)
	}
	serving, err := s.dispatcher.AgentsOnDuty(ctx, f.Key.App)
	if err != nil {
		return identity.User{}, err
	}
	i := slices.IndexFunc(serving, func(a routing.AgentOnDuty) bool { return a.User.ID == agentID })
	if i < 0 {
		return identity.User{}, wire.Errorf(wire.AgentOffDuty, "agentId: agent %q is not on duty", agentID)
	}
	return serving[i].User, nil
}

// acceptInvitation brings the invited agent into the chat.
func (s *Server) acceptInvitation(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.join(ctx, c, "", func(f *chatstate.Folded) error {
		if f.Chat.Users.Has(c.User.ID) {
			return chatlog.ErrNothing
		}
		if agent := (ids.Key{App: c.Key.App, ID: c.User.ID}); f.Round.Transfer.By == "" && s.dispatcher.Load(agent).Full() {
			return wire.Errorf(wire.AgentFull, "agent %s is in as many chats as the app's settings allow", agent.ID)
		}
		return checkInvited(f, c.User.ID)
	})
}

// checkInvited refuses an agent who has no pending invitation to the chat.
func checkInvited(f *chatstate.Folded, agentID string) error {
	switch {
	case f.Round.Pending && f.Round.Invited.Agent.ID == agentID:
		return nil
	case f.CheckFree() != nil:
		return wire.Errorf(wire.InvitationOver, "the invitation is over: %s", ids.AsError(f.CheckFree()).Message)
	case slices.Contains(f.Round.Attempted, agentID):
		return wire.Errorf(wire.InvitationOver, "the invitation is over")
	}
	return wire.Errorf(wire.InvitationOver, "there is no invitation to chat %s for agent %s", f.Key.ID, agentID)
}

// rejectInvitation ends the invitation, and invites the next agent.
func (s *Server) rejectInvitation(ctx context.Context, c *op.Call) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chatstate.EventReject, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := checkInvited(f, c.User.ID); err != nil {
			return nil, err
		}
		before = f.Round
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	s.dispatcher.PushInvitationEnded(c.Key, before, "rejected", c.ConnID)
	if err := s.dispatcher.InviteNext(ctx, c.Key); err != nil {
		s.dispatcher.RetryLater(c.Key, err)
	}
	return op.ResultOf(o, c.Key, nil), nil
}

// firstAdvice asks the app's webhook, if it has one for that, which agent to invite.
// It does not ask where searchAgent has nothing to invite anybody for.
func (s *Server) firstAdvice(ctx context.Context, c *op.Call, terms chatstate.Round) webhook.Advice {
	now := c.State
	if now.Chat.Attended() || now.Round.Pending || s.log.Has(ctx, c.Key, c.User.ID, c.EventID) {
		return webhook.Advice{}
	}
	if now.Round.Running {
		terms = now.Round
	}
	return s.dispatcher.AskWebhook(ctx, c.Key, now, terms)
}

// searchInQueue is searchAgent in queue mode: it puts the chat into the queue, where
// a chat that is in it already keeps its position. It gives an agent if one is in the
// chat, or was invited at once.
func (s *Server) searchInQueue(ctx context.Context, c *op.Call, terms chatstate.Invitation) (op.Result, error) {
	o, err := s.append(ctx, c, chatstate.EventEnqueue, func(f *chatstate.Folded) (wire.Raw, error) {
		before := f.Queue.Terms
		after := chatstate.Invitation{
			Algorithm:   cmp.Or(terms.Algorithm, before.Algorithm),
			MaxAttempts: cmp.Or(terms.MaxAttempts, before.MaxAttempts),
			Interval:    cmp.Or(terms.Interval, before.Interval),
		}
		if f.Chat.Attended() || f.Queue.Enqueued && after == before {
			return nil, chatlog.ErrNothing
		}
		return json.Marshal(chatstate.Enqueue{
			ChatID: c.Key.ID, Algorithm: after.Algorithm, MaxAttempts: after.MaxAttempts, Interval: after.Interval,
		})
	})
	if err != nil {
		return op.Result{}, err
	}
	if err := s.dispatcher.DispatchQueue(ctx, c.Key.App); err != nil {
		return op.Result{}, err
	}
	_, now, err := s.log.View(ctx, c.Key, o.State.Seq)
	if err != nil {
		return op.Result{}, err
	}
	return op.ResultOf(o, c.Key, agentReply(s.dispatcher.FoundAgent(ctx, c.Key, now))), nil
}
