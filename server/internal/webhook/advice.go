package webhook

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// askedAtMost is the number of an app's chats about which a webhook is asked at the
// same time; beyond, it has no say.
const askedAtMost = 256

// Advice is what a webhook says on who shall be invited.
type Advice struct {
	Asked   *chatstate.Question // nil if there is no hook to ask
	Attempt int                 // that it is about
	Agent   string              // id, "" if it leaves the choice to us
}

// AgentChooser gives the webhook that chooses agents: the app's oldest active one for
// chats:assign. The others are only told.
func (w *Hooks) AgentChooser(app string) (Hook, bool) {
	list := w.List(app)
	i := slices.IndexFunc(list, func(h Hook) bool { return h.Active && h.wants(chat.EventAssign) })
	if i < 0 {
		return Hook{}, false
	}
	return list[i], true
}

// AskInBackground does what asks about a chat, unless that is under way already; false means
// that the app has too many questions under way, or the server is closing.
func (w *Hooks) AskInBackground(key ids.Key, do func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	chats := w.asked[key.App]
	if chats == nil {
		chats = map[string]struct{}{}
		w.asked[key.App] = chats
	}
	if _, already := chats[key.ID]; already {
		return true
	}
	if w.closed || len(chats) >= askedAtMost {
		return false
	}
	chats[key.ID] = struct{}{}
	w.running.Go(func() {
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(chats, key.ID)
		}()
		do()
	})
	return true
}

// IsAsking tells whether a question about a chat is under way.
func (w *Hooks) IsAsking(key ids.Key) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, asked := w.asked[key.App][key.ID]
	return asked
}

// Ask posts a question under an id; who asks the same meanwhile gets the same answer.
func (w *Hooks) Ask(ctx context.Context, h Hook, id string, data wire.Raw) Advice {
	found, _, _ := w.asking.Do(h.Key()+id, func() (any, error) {
		return w.askOne(ctx, h, message{chat.EventAssign, id, json.RawMessage(data), time.Now()}), nil
	})
	return found.(Advice)
}

// askOne posts a question. No answer in time, an error or nonsense is no advice.
func (w *Hooks) askOne(ctx context.Context, h Hook, m message) Advice {
	ctx, stop := context.WithTimeout(ctx, w.Options.AgentWithin)
	defer stop()
	text, err := w.sender.deliver(ctx, h, m.id, m.body(h.App))
	a := Advice{Asked: &chatstate.Question{Hook: h.ID, ID: m.id, Answered: err == nil}}
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
	if a.Agent = said.AgentID; a.Agent == "" {
		a.Agent = said.Agent.ID
	}
	return a
}

// assigned is what a hook is told of an invitation: nothing if it was asked and
// has answered, and under the question's id if that answer did not come.
func (w *Hooks) assigned(h Hook, e chat.Entry, m message) ([]message, error) {
	var inv chatstate.Invitation
	if err := json.Unmarshal(e.Data, &inv); err != nil {
		return nil, nil // was logged when it was folded
	}
	if inv.Asked != nil && inv.Asked.Hook == h.ID {
		if inv.Asked.Answered {
			return nil, nil
		}
		m.id = inv.Asked.ID
	}
	m.data = inv.JSON().Float("expiresAt", inv.ExpiresAt).Done()
	return []message{m}, nil
}
