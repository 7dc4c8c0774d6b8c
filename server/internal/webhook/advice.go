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

// maxAsking is the number of an app's chats about which its webhook is asked at a
// time; beyond it the agent is chosen without the webhook.
const maxAsking = 256

// Advice is a webhook's choice of the agent to invite.
type Advice struct {
	Asked   *chatstate.Question // nil if no webhook was asked
	Attempt int                 // the attempt of the round that it is for
	Agent   string              // id of the agent, "" if the webhook leaves the choice to the server
}

// AgentChooser gives the webhook that chooses agents: the app's oldest active one for
// chats:assign. The other ones only get the event.
func (w *Hooks) AgentChooser(app string) (Hook, bool) {
	list := w.List(app)
	i := slices.IndexFunc(list, func(h Hook) bool { return h.Active && h.wants(chat.EventAssign) })
	if i < 0 {
		return Hook{}, false
	}
	return list[i], true
}

// AskInBackground starts ask, which asks about a chat; it does nothing if a question
// about the chat is under way. false means that the app has too many questions under
// way, or that the server is closing.
func (w *Hooks) AskInBackground(key ids.Key, ask func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	chats := w.asking[key.App]
	if chats == nil {
		chats = map[string]struct{}{}
		w.asking[key.App] = chats
	}
	if _, already := chats[key.ID]; already {
		return true
	}
	if w.closed || len(chats) >= maxAsking {
		return false
	}
	chats[key.ID] = struct{}{}
	w.running.Go(func() {
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(chats, key.ID)
		}()
		ask()
	})
	return true
}

// IsAsking tells whether a question about a chat was started by AskInBackground and
// is under way.
func (w *Hooks) IsAsking(key ids.Key) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, asking := w.asking[key.App][key.ID]
	return asking
}

// Ask posts a question to a webhook and waits for the answer, AgentWithin at most.
// Calls with the same id at the same time are one question with one answer.
func (w *Hooks) Ask(ctx context.Context, h Hook, id string, data wire.Raw) Advice {
	advice, _, _ := w.questions.Do(h.key()+id, func() (any, error) {
		return w.post(ctx, h, message{chat.EventAssign, id, json.RawMessage(data), time.Now()}), nil
	})
	return advice.(Advice)
}

// post posts a question and reads the answer. No answer in time, an error and an
// answer that names no agent leave the choice to the server.
func (w *Hooks) post(ctx context.Context, h Hook, question message) Advice {
	ctx, stop := context.WithTimeout(ctx, w.Options.AgentWithin)
	defer stop()
	body, err := w.sender.deliver(ctx, h, question.id, question.body(h.App))
	advice := Advice{Asked: &chatstate.Question{Hook: h.ID, ID: question.id, Answered: err == nil}}
	if err != nil {
		w.logger.Debug("webhook: did not answer which agent to invite", "webhook", h.ID, "error", err)
		return advice
	}
	var answer struct {
		AgentID string
		Agent   struct{ ID string }
	}
	if err := json.Unmarshal(body, &answer); err != nil && len(body) > 0 {
		w.logger.Debug("webhook: its answer names no agent", "webhook", h.ID, "error", err)
		return advice
	}
	if advice.Agent = answer.AgentID; advice.Agent == "" {
		advice.Agent = answer.Agent.ID
	}
	return advice
}
