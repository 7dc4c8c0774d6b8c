package server

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// askedAtMost is the number of an app's chats about which a webhook is asked at the
// same time; beyond, it has no say.
const askedAtMost = 256

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

// ask posts a question under an id; who asks the same meanwhile gets the same answer.
func (w *webhooks) ask(ctx context.Context, h hook, id string, data wire.Raw) advice {
	found, _, _ := w.asking.Do(h.key()+id, func() (any, error) {
		return w.askOne(ctx, h, message{chat.EventAssign, id, json.RawMessage(data), time.Now()}), nil
	})
	return found.(advice)
}

// askOne posts a question. No answer in time, an error or nonsense is no advice.
func (w *webhooks) askOne(ctx context.Context, h hook, m message) advice {
	ctx, stop := context.WithTimeout(ctx, w.options.AgentWithin)
	defer stop()
	text, err := w.sender.deliver(ctx, h, m.id, m.body(h.App))
	a := advice{asked: &question{Hook: h.ID, ID: m.id, Answered: err == nil}}
	if err != nil {
		w.logger.Debug("webhook: no answer on an agent", "webhook", h.ID, "error", err)
		return a
	}
	var said struct {
		AgentID string
		Agent   struct{ ID string }
	}
	if err := json.Unmarshal(text, &said); err != nil && len(text) > 0 {
		w.logger.Debug("webhook: an answer that names no agent", "webhook", h.ID, "error", err)
		return a
	}
	if a.agent = said.AgentID; a.agent == "" {
		a.agent = said.Agent.ID
	}
	return a
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
