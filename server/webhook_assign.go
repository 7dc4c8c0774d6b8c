package server

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// askedAtMost is the number of an app's chats about which a webhook is asked at the
// same time; beyond, it has no say.
const askedAtMost = 256

// question is what a webhook was asked before an invitation. It is kept in the
// invitation's entry, so that the hook is told of it only if it has not answered.
type question struct {
	Hook     string `json:"hook"`
	ID       string `json:"id"` // of the delivery
	Answered bool   `json:"answered"`
}

// advice is what a webhook says on who shall be invited.
type advice struct {
	asked   *question // nil if there is no hook to ask
	attempt int       // that it is about
	agent   string    // id, "" if it leaves the choice to us
}

// decider gives the webhook that chooses agents: the app's oldest active one for
// chats:assign. The others are only told.
func (w *webhooks) decider(app string) (hook, bool) {
	list := w.list(app)
	i := slices.IndexFunc(list, func(h hook) bool { return h.Active && h.wants(chat.EventAssign) })
	if i < 0 {
		return hook{}, false
	}
	return list[i], true
}

// ask asks the app's webhook, if it has one, who shall be invited next. It takes
// its time outside of the chat's turn: others go on using the chat. r is the round
// that it is about.
func (s *Server) ask(ctx context.Context, key chatKey, now state, r round) advice {
	h, there := s.webhooks.decider(key.app)
	if !there || now.chat.Status == chat.Closed {
		return advice{}
	}
	f := &folded{key: key, state: now} // as it is now, to look at
	inv, u, err := s.choose(ctx, f, r)
	if err != nil {
		return advice{} // whoever invites finds the same
	}
	id := h.ID + "." + strconv.FormatUint(now.seq, 10) + ".assign"
	inv.Agent = briefOf(u)
	data := inv.told().Str("room", roomOf(now.chat)).RawIf("lang", member(now.chat.Fixed, "lang")).Done()
	found, _, _ := s.webhooks.asking.Do(h.key()+id, func() (any, error) {
		return s.webhooks.askOne(ctx, h, message{chat.EventAssign, id, data, time.Now()}), nil
	})
	a := found.(advice)
	a.attempt = inv.Attempt
	return a
}

// askFirst asks at the beginning of a search, unless the search will find that
// there is nothing to do.
func (s *Server) askFirst(ctx context.Context, c *call, terms round) advice {
	now := c.state
	if now.chat.Attended() || now.round.out || s.log.has(ctx, c) {
		return advice{}
	}
	if now.round.running {
		terms = now.round
	}
	return s.ask(ctx, c.key, now, terms)
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
	within := w.options.Webhooks.AgentWithin + time.Second
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

// aside does what asks about a chat, unless that is under way already; false means
// that the app has too many questions under way, or the server is closing.
func (w *webhooks) aside(key chatKey, do func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	chats := w.asked[key.app]
	if chats == nil {
		chats = map[string]struct{}{}
		w.asked[key.app] = chats
	}
	if _, already := chats[key.id]; already {
		return true
	}
	if w.closed || len(chats) >= askedAtMost {
		return false
	}
	chats[key.id] = struct{}{}
	w.running.Go(func() {
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(chats, key.id)
		}()
		do()
	})
	return true
}

// isAsked tells whether a question about a chat is under way.
func (w *webhooks) isAsked(key chatKey) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, asked := w.asked[key.app][key.id]
	return asked
}

// askOne posts a question. No answer in time, an error or nonsense is no advice.
func (w *webhooks) askOne(ctx context.Context, h hook, m message) advice {
	ctx, stop := context.WithTimeout(ctx, w.options.Webhooks.AgentWithin)
	defer stop()
	text, err := w.sender.deliver(ctx, h, m.id, m.body(h.App))
	a := advice{asked: &question{Hook: h.ID, ID: m.id, Answered: err == nil}}
	if err != nil {
		w.options.Logger.Debug("webhook: no answer on an agent", "webhook", h.ID, "error", err)
		return a
	}
	var said struct {
		AgentID string
		Agent   struct{ ID string }
	}
	if err := json.Unmarshal(text, &said); err != nil && len(text) > 0 {
		w.options.Logger.Debug("webhook: an answer that names no agent", "webhook", h.ID, "error", err)
		return a
	}
	if a.agent = said.AgentID; a.agent == "" {
		a.agent = said.Agent.ID
	}
	return a
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

// assigned is what a hook is told of an invitation: nothing if it was asked and
// has answered, and under the question's id if that answer did not come.
func (w *webhooks) assigned(h hook, e chat.Entry, m message) ([]message, error) {
	var inv invitation
	if err := json.Unmarshal(e.Data, &inv); err != nil {
		return nil, nil // was logged when it was folded
	}
	if inv.Asked != nil && inv.Asked.Hook == h.ID {
		if inv.Asked.Answered {
			return nil, nil
		}
		m.id = inv.Asked.ID
	}
	m.data = inv.told().Float("expiresAt", inv.ExpiresAt).Done()
	return []message{m}, nil
}

// told is an invitation as webhooks see it, left open.
func (inv invitation) told() *wire.Object {
	agent, _ := json.Marshal(inv.Agent) // texts only
	return wire.NewObject(nil).Str("chatId", inv.ChatID).Raw("agent", agent).Int("attempt", int64(inv.Attempt)).
		Int("maxAttempts", int64(inv.MaxAttempts)).Float("interval", inv.Interval).Str("algorithm", inv.Algorithm)
}
