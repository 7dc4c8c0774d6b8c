package routing

import (
	"context"
	"slices"
	"strconv"
	"time"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/webhook"
)

// Ask asks the app's webhook, if it has one, who shall be invited next. It takes
// its time outside of the chat's turn: others go on using the chat. r is the round
// that it is about.
func (d *Dispatcher) AskWebhook(ctx context.Context, key ids.Key, now chatstate.State, r chatstate.Round) webhook.Advice {
	h, there := d.webhooks.AgentChooser(key.App)
	if !there || now.Chat.Status == chat.Closed {
		return webhook.Advice{}
	}
	f := chatstate.FromState(key, now) // as it is now, to look at
	inv, u, err := d.choose(ctx, f, r)
	if err != nil {
		return webhook.Advice{} // whoever invites finds the same
	}
	id := h.ID + "." + strconv.FormatUint(now.Seq, 10) + ".assign"
	inv.Agent = briefOf(u)
	data := inv.JSON().Str("room", chatstate.RoomOf(now.Chat)).RawIf("lang", chatstate.JSONMember(now.Chat.Fixed, "lang")).Done()
	a := d.webhooks.Ask(ctx, h, id, data)
	a.Attempt = inv.Attempt
	return a
}

// inviteAdvised goes on with a round aside, with the advice of the app's webhook;
// false if it has none, or too many questions are under way. Meanwhile no other
// node looks after the chat; if this one is stopped, one of them asks again.
func (d *Dispatcher) inviteWithAdvice(ctx context.Context, key ids.Key) (aside bool, err error) {
	w := d.webhooks
	if _, there := w.AgentChooser(key.App); !there {
		return false, nil
	}
	if w.IsAsking(key) {
		return true, nil
	}
	within := w.Options.AgentWithin + time.Second
	if err := d.timers.Put(ctx, key, index.Due{At: ids.Unix(time.Now().Add(within))}); err != nil {
		return false, err
	}
	return w.AskInBackground(key, func() {
		ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
		defer stop()
		_, now, err := d.log.View(ctx, key, 0)
		if err == nil {
			var a webhook.Advice
			if r, there := now.CurrentRound(); there && !d.awaitsAnswer(key, r) && (r.Pending || !now.Away) {
				a = d.AskWebhook(ctx, key, now, r)
			}
			err = d.inviteNow(ctx, key, a)
		}
		if err == nil {
			err = d.reschedule(ctx, key)
		}
		if err != nil && d.ctx.Err() == nil {
			d.RetryLater(key, err)
		}
	}), nil
}

// adopt gives the agent of the advice, if it is about this attempt and the agent
// is on duty and not in the chat; otherwise ours.
func (d *Dispatcher) followAdvice(ctx context.Context, f *chatstate.Folded, a webhook.Advice, attempt int, ours identity.User) (identity.User, error) {
	if a.Agent == "" || a.Attempt != attempt || a.Agent == ours.ID {
		return ours, nil
	}
	serving, err := d.AgentsOnDuty(ctx, f.Key.App)
	if err != nil {
		return ours, err
	}
	i := slices.IndexFunc(serving, func(one AgentOnDuty) bool { return one.User.ID == a.Agent })
	if i < 0 || f.Chat.Users.Has(a.Agent) || f.Chat.Creator == a.Agent {
		d.logger.Debug("webhook: the agent that it names cannot be invited", "webhook", a.Asked.Hook, "agent", a.Agent, "chat", f.Key.ID)
		return ours, nil
	}
	return serving[i].User, nil
}
