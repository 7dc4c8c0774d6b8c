package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// roundNow is the round in which the next agent of the chat is invited: the one
// that runs, or a new one of a chat in the queue. false means that there is none.
func (s *state) roundNow() (round, bool) {
	if s.round.running || !s.queued() {
		return s.round, s.round.running
	}
	r := s.round
	r.invited, r.tried, r.rejected, r.transfer = s.place.terms, nil, nil, transfer{}
	return r, true
}

// leaveData is the entry of somebody leaving. The last agent leaves the chat to
// the queue, if there is one.
func (s *Server) leaveData(f *folded, u chat.User) wire.Raw {
	o := wire.NewObject(nil).Str("chatId", f.key.id).Str("userId", u.ID).Raw("user", u.Raw)
	alone := following(f.chat, chat.EventLeave, wire.NewObject(nil).Str("userId", u.ID).Done()).Status == chat.Waiting
	if alone && f.chat.Status == chat.Active && !f.place.queued && s.settings.of(f.key.app).Queue.Active {
		o.Bool("inQueue", true)
	}
	return o.Done()
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
	if err := s.dispatch(ctx, c.key.app); err != nil {
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
	return o.of(c.key, func(audience) *wire.Object {
		found := wire.NewObject(nil)
		if agent.ID != "" {
			brief, _ := json.Marshal(agent) // texts only
			found.Raw("agent", brief)
		}
		return found
	}), nil
}

// dispatch invites agents who have time to the chats that wait in line, the first
// of each room first. It goes by what this node knows; of two nodes that do the
// same, the log takes one.
func (s *Server) dispatch(ctx context.Context, app string) error {
	select {
	case s.desk.turn <- struct{}{}:
		defer func() { <-s.desk.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	waiting := s.board.uninvited(app)
	if len(waiting) == 0 {
		return nil
	}
	onDuty, err := s.onDuty(ctx, app)
	if err != nil {
		return err
	}
	idle := func(a servingAgent) bool { return s.idle(chatKey{app, a.user.ID}) }
	asking := 0 // chats about which a webhook is asked; each will take an agent
	for _, id := range waiting {
		if !slices.ContainsFunc(onDuty, idle) {
			break
		}
		key := chatKey{app, id}
		if s.webhooks.isAsked(key) {
			asking++
			continue
		}
		_, now, err := s.log.View(ctx, key, 0)
		if err != nil {
			return err
		}
		r, there := now.roundNow()
		if there && !r.out && !now.away && len(s.candidates(&folded{key: key, state: now}, r, onDuty)) > asking {
			err = s.inviteNext(ctx, key)
		}
		if err != nil {
			return err
		}
		if s.webhooks.isAsked(key) {
			asking++
		}
	}
	return nil
}

// idle tells whether an agent can be invited out of a queue: he has time, and no
// invitation to answer. He is asked for one chat after the other.
func (s *Server) idle(agent chatKey) bool {
	_, asked := s.board.load(agent, "")
	return asked == 0 && s.free(agent)
}

// putToRest ends the round of a chat in the queue for which nobody could be won.
// It keeps its place; whoever was asked already is asked again after the time that
// an agent has to answer, others at any time.
func (s *Server) putToRest(ctx context.Context, key chatKey, over func(*folded) error) (outcome, error) {
	return s.log.Append(ctx, key, act{by: chat.System, event: eventRest}, func(f *folded) (wire.Raw, error) {
		if err := over(f); err != nil {
			return nil, err
		}
		if !f.round.running || !f.queued() {
			return nil, errNothing
		}
		return json.Marshal(rest{key.id, s.restUntil(f)})
	})
}

func (s *Server) restUntil(f *folded) float64 {
	return unixSeconds(time.Now().Add(time.Duration(s.terms(f, invitation{}).Interval * float64(time.Second))))
}

// unattended ends a round in which nobody could be won: in the queue the chat
// rests, elsewhere it is left alone.
func (s *Server) unattended(ctx context.Context, key chatKey, over func(*folded) error) (outcome, error) {
	_, now, err := s.log.View(ctx, key, 0)
	if err != nil || now.queued() {
		return s.putToRest(ctx, key, over)
	}
	return s.log.Append(ctx, key, act{by: chat.System, event: chat.EventAlone}, func(f *folded) (wire.Raw, error) {
		err := over(f)
		if err == nil && f.queued() {
			err = errors.New("the chat has come into the queue meanwhile")
		}
		if err != nil {
			return nil, err
		}
		return wire.NewObject(nil).Str("chatId", key.id).Done(), nil
	})
}
