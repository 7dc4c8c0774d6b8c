package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// searchAgent starts a round of invitations. With an invitation out or an agent
// in the chat it gives that agent; with nobody on duty, nothing.
func (s *Server) searchAgent(ctx context.Context, c *call) (result, error) {
	algorithm, err := checkAlgorithm(c.params.text("algorithm"))
	attempts := c.params.count("maxAttempts", 1, 1000, 0)
	interval := c.params.number("interval", 0.05, 86400, 0)
	if err = cmp.Or(c.params.err, err); err != nil {
		return result{}, err
	}
	terms := round{invited: invitation{Algorithm: algorithm, MaxAttempts: attempts, Interval: interval}}
	if s.settings.of(c.key.app).Queue.Active || c.state.queued() {
		return s.searchInQueue(ctx, c, terms.invited)
	}
	a := s.askFirst(ctx, c, terms)
	var found agentBrief
	o, err := s.append(ctx, c, chat.EventAssign, func(f *folded) (wire.Raw, error) {
		if f.chat.Attended() {
			found = attending(f.chat)
			return nil, errNothing
		}
		if f.round.out {
			found = f.round.invited.Agent
			return nil, errNothing
		}
		r := f.round
		if !r.running {
			r = terms
		}
		return s.desk.invite(ctx, f, r, a)
	})
	if errors.Is(err, errNobody) {
		return result{chatID: c.key.id, upTo: c.state.seq, body: func(audience) *wire.Object { return wire.NewObject(nil) }}, nil
	}
	if err != nil {
		return result{}, err
	}
	if o.record.Seq != 0 {
		var inv invitation
		if err := json.Unmarshal(o.record.Data, &inv); err != nil {
			return result{}, err
		}
		found = inv.Agent
		s.desk.invited(c.key, o.state)
	}
	agent, err := json.Marshal(found)
	return resultOf(o, c.key, func(audience) *wire.Object { return wire.NewObject(nil).Raw("agent", agent) }), err
}

// inviteAgent asks one agent into the chat, beside those who are in it. 409 names
// an agent who cannot be asked now.
func (s *Server) inviteAgent(ctx context.Context, c *call) (result, error) {
	agentID := c.params.text("agentId")
	if agentID == "" && c.actor.Secret && c.user.ID != chat.System {
		agentID, c.user = c.user.ID, User{ID: chat.System} // who is named is meant
	}
	if agentID == "" {
		c.params.fail("agentId: must be given and must not be empty")
	}
	if c.params.err != nil {
		return result{}, c.params.err
	}
	o, err := s.log.Append(ctx, c.key, act{c.user.ID, c.eventID, chat.EventAssign}, func(f *folded) (wire.Raw, error) {
		if err := chat.Check(f.chat, c.user.ID, chat.EventClose); err != nil { // the inviter needs not be in it
			return nil, err
		}
		if f.round.running {
			return nil, wire.Errorf(wire.CodeConflict, "an agent is being sought already; wait until that is over")
		}
		u, err := s.invitable(ctx, f, agentID)
		if err != nil {
			return nil, err
		}
		return json.Marshal(inviteTo(s.desk.terms(f, invitation{Attempt: 1, MaxAttempts: 1}), u))
	})
	if err != nil {
		return result{}, err
	}
	s.desk.invited(c.key, o.state)
	return resultOf(o, c.key, nil), nil
}

// invitable gives an agent on duty who is not in the chat, whatever the rooms.
func (s *Server) invitable(ctx context.Context, f *folded, agentID string) (User, error) {
	if f.chat.Users.Has(agentID) {
		return User{}, wire.Errorf(wire.CodeConflict, "agentId: %q is in the chat already", agentID)
	}
	serving, err := s.desk.onDuty(ctx, f.key.app)
	if err != nil {
		return User{}, err
	}
	i := slices.IndexFunc(serving, func(a servingAgent) bool { return a.user.ID == agentID })
	if i < 0 {
		return User{}, wire.Errorf(wire.CodeConflict, "agentId: %q is no agent on duty", agentID)
	}
	return serving[i].user, nil
}

// acceptInvitation is the join of the agent who is invited.
func (s *Server) acceptInvitation(ctx context.Context, c *call) (result, error) {
	return s.join(ctx, c, "", func(f *folded) error {
		if f.chat.Users.Has(c.user.ID) {
			return errNothing
		}
		if agent := (chatKey{c.key.app, c.user.ID}); f.round.transfer.By == "" && s.desk.full(agent) {
			return wire.Errorf(wire.CodeConflict, "agent %s is in as many chats as the app's settings allow", agent.id)
		}
		return invitee(f, c.user.ID)
	})
}

// invitee refuses who has no invitation that still runs.
func invitee(f *folded, agentID string) error {
	switch {
	case f.round.out && f.round.invited.Agent.ID == agentID:
		return nil
	case f.chat.Attended():
		return wire.Errorf(wire.CodeConflict, "the invitation is over: another agent is in the chat")
	case slices.Contains(f.round.tried, agentID):
		return wire.Errorf(wire.CodeConflict, "the invitation is over")
	}
	return wire.Errorf(wire.CodeConflict, "there is no invitation to chat %s for agent %s", f.key.id, agentID)
}

// rejectInvitation passes the invitation on to the next agent.
func (s *Server) rejectInvitation(ctx context.Context, c *call) (result, error) {
	var before round
	o, err := s.append(ctx, c, eventReject, func(f *folded) (wire.Raw, error) {
		if err := invitee(f, c.user.ID); err != nil {
			return nil, err
		}
		before = f.round
		return wire.NewObject(nil).Str("chatId", c.key.id).Str("userId", c.user.ID).Done(), nil
	})
	if err != nil {
		return result{}, err
	}
	s.desk.invitationEnded(c.key, before, "rejected", c.connID)
	if err := s.desk.inviteNext(ctx, c.key); err != nil {
		s.desk.later(c.key, err)
	}
	return resultOf(o, c.key, nil), nil
}

// askFirst asks at the beginning of a search, unless the search will find that
// there is nothing to do.
func (s *Server) askFirst(ctx context.Context, c *call, terms round) advice {
	now := c.state
	if now.chat.Attended() || now.round.out || s.log.Has(ctx, c.key, c.user.ID, c.eventID) {
		return advice{}
	}
	if now.round.running {
		terms = now.round
	}
	return s.desk.ask(ctx, c.key, now, terms)
}

// searchInQueue is searchAgent where chats wait in line: the chat is put into the
// queue, or stays in it at its place. It gives an agent if one is in the chat or
// invited by then.
func (s *Server) searchInQueue(ctx context.Context, c *call, terms invitation) (result, error) {
	o, err := s.append(ctx, c, eventEnqueue, func(f *folded) (wire.Raw, error) {
		known := f.place.terms
		wanted := invitation{
			Algorithm: cmp.Or(terms.Algorithm, known.Algorithm), MaxAttempts: cmp.Or(terms.MaxAttempts, known.MaxAttempts),
			Interval: cmp.Or(terms.Interval, known.Interval),
		}
		if f.chat.Attended() || f.place.queued && wanted == known {
			return nil, errNothing
		}
		return json.Marshal(enqueue{c.key.id, wanted.Algorithm, wanted.MaxAttempts, wanted.Interval})
	})
	if err != nil {
		return result{}, err
	}
	if err := s.desk.dispatch(ctx, c.key.app); err != nil {
		return result{}, err
	}
	_, now, err := s.log.View(ctx, c.key, o.state.seq)
	if err != nil {
		return result{}, err
	}
	agent := attending(now.chat)
	if now.round.out {
		agent = now.round.invited.Agent
	}
	return resultOf(o, c.key, func(audience) *wire.Object {
		found := wire.NewObject(nil)
		if agent.ID != "" {
			brief, _ := json.Marshal(agent) // texts only
			found.Raw("agent", brief)
		}
		return found
	}), nil
}
