package routing

import (
	"context"
	"slices"
	"strconv"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/webhook"
)

// AskWebhook asks the app's webhook, if it has one, whom to invite next in the round
// r. It does not hold the chat's lock: others go on using the chat. The zero Advice
// means that the choice is ours.
func (d *Dispatcher) AskWebhook(ctx context.Context, key ids.Key, now chatstate.State, r chatstate.Round) webhook.Advice {
	hook, found := d.webhooks.AgentChooser(key.App)
	if !found || now.Chat.Status == chat.Closed {
		return webhook.Advice{}
	}
	inv, u, err := d.choose(ctx, chatstate.FromState(key, now), r)
	if err != nil {
		return webhook.Advice{} // the invitation will fail with the same error
	}
	id := hook.ID + "." + strconv.FormatUint(d.log.NumberOf(key, now.Seq), 10) + ".assign"
	inv.Agent = briefOf(u)
	data := inv.JSON().Str("room", chatstate.RoomOf(now.Chat)).RawIf("lang", wire.Member(now.Chat.Fixed, "lang")).Done()
	a := d.webhooks.Ask(ctx, hook, id, data)
	a.Attempt = inv.Attempt
	return a
}

// inviteWithAdvice goes on with a round in the background, with the advice of the
// app's webhook. started is false if the app has no such webhook, or too many
// questions are under way. Meanwhile no other node goes on with the round; if this
// one is stopped, one of them asks again.
func (d *Dispatcher) inviteWithAdvice(ctx context.Context, key ids.Key) (started bool, err error) {
	if _, found := d.webhooks.AgentChooser(key.App); !found {
		return false, nil
	}
	if d.webhooks.IsAsking(key) {
		return true, nil
	}
	within := d.webhooks.Options.AgentWithin + time.Second
	if err := d.timers.Put(ctx, key, index.Due{At: ids.Unix(time.Now().Add(within))}); err != nil {
		return false, err
	}
	return d.webhooks.AskInBackground(key, func() {
		ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
		defer stop()
		if err := d.askAndInvite(ctx, key); err != nil && d.ctx.Err() == nil {
			d.RetryLater(key, err)
		}
	}), nil
}

func (d *Dispatcher) askAndInvite(ctx context.Context, key ids.Key) error {
	_, now, err := d.log.View(ctx, key, 0)
	if err != nil {
		return err
	}
	var a webhook.Advice
	if r, found := now.CurrentRound(); found && !d.awaitsAnswer(key, r) && (r.Pending || !now.Away) {
		a = d.AskWebhook(ctx, key, now, r)
	}
	if err := d.inviteNow(ctx, key, a); err != nil {
		return err
	}
	return d.reschedule(ctx, key)
}

// followAdvice gives the agent of the advice, if it is about this attempt and the
// agent is on duty and not in the chat; otherwise our own choice.
func (d *Dispatcher) followAdvice(
	ctx context.Context, f *chatstate.Folded, a webhook.Advice, attempt int, own identity.User,
) (identity.User, error) {
	if a.Agent == "" || a.Attempt != attempt || a.Agent == own.ID {
		return own, nil
	}
	onDuty, err := d.AgentsOnDuty(ctx, f.Key.App)
	if err != nil {
		return own, err
	}
	i := slices.IndexFunc(onDuty, func(one AgentOnDuty) bool { return one.User.ID == a.Agent })
	if i < 0 || f.Chat.Users.Has(a.Agent) || f.Chat.Creator == a.Agent {
		d.logger.Debug("webhook: the agent that it names cannot be invited", "webhook", a.Asked.Hook, "agent", a.Agent, "chat", f.Key.ID)
		return own, nil
	}
	return onDuty[i].User, nil
}
