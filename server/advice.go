package server

import (
	"context"
	"slices"
	"strconv"
	"time"

	"parley/core/chat"
)

// ask asks the app's webhook, if it has one, who shall be invited next. It takes
// its time outside of the chat's turn: others go on using the chat. r is the round
// that it is about.
func (s *Server) ask(ctx context.Context, key chatKey, now state, r round) advice {
	h, there := s.webhooks.decider(key.app)
	if !there || now.chat.Status == chat.Closed {
		return advice{}
	}
	f := foldedAt(key, now) // as it is now, to look at
	inv, u, err := s.choose(ctx, f, r)
	if err != nil {
		return advice{} // whoever invites finds the same
	}
	id := h.ID + "." + strconv.FormatUint(now.seq, 10) + ".assign"
	inv.Agent = briefOf(u)
	data := inv.told().Str("room", roomOf(now.chat)).RawIf("lang", member(now.chat.Fixed, "lang")).Done()
	a := s.webhooks.ask(ctx, h, id, data)
	a.attempt = inv.Attempt
	return a
}

// inviteAdvised goes on with a round aside, with the advice of the app's webhook;
// false if it has none, or too many questions are under way. Meanwhile no other
// node looks after the chat; if this one is stopped, one of them asks again.
func (s *Server) inviteAdvised(ctx context.Context, key chatKey) (aside bool, err error) {
	w := s.webhooks
	if _, there := w.decider(key.app); !there {
		return false, nil
	}
	if w.isAsked(key) {
		return true, nil
	}
	within := w.options.AgentWithin + time.Second
	if err := s.timers.set(ctx, key, dueRecord{At: unixSeconds(time.Now().Add(within))}); err != nil {
		return false, err
	}
	return w.aside(key, func() {
		ctx, stop := context.WithTimeout(s.ctx, operationWithin)
		defer stop()
		_, now, err := s.log.View(ctx, key, 0)
		if err == nil {
			var a advice
			if r, there := now.roundNow(); there && !s.waits(key, r) && (r.out || !now.away) {
				a = s.ask(ctx, key, now, r)
			}
			err = s.inviteNow(ctx, key, a)
		}
		if err == nil {
			err = s.settle(ctx, key)
		}
		if err != nil && s.ctx.Err() == nil {
			s.later(key, err)
		}
	}), nil
}

// take gives the agent of the advice, if it is about this attempt and the agent
// is on duty and not in the chat; otherwise ours.
func (s *Server) take(ctx context.Context, f *folded, a advice, attempt int, ours User) (User, error) {
	if a.agent == "" || a.attempt != attempt || a.agent == ours.ID {
		return ours, nil
	}
	serving, err := s.onDuty(ctx, f.key.app)
	if err != nil {
		return ours, err
	}
	i := slices.IndexFunc(serving, func(one servingAgent) bool { return one.user.ID == a.agent })
	if i < 0 || f.chat.Users.Has(a.agent) || f.chat.Creator == a.agent {
		s.options.Logger.Debug("webhook: the agent that it names cannot be invited", "webhook", a.asked.Hook, "agent", a.agent, "chat", f.key.id)
		return ours, nil
	}
	return serving[i].user, nil
}
