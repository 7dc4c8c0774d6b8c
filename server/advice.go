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
func (d *desk) ask(ctx context.Context, key chatKey, now state, r round) advice {
	h, there := d.webhooks.decider(key.app)
	if !there || now.chat.Status == chat.Closed {
		return advice{}
	}
	f := foldedAt(key, now) // as it is now, to look at
	inv, u, err := d.choose(ctx, f, r)
	if err != nil {
		return advice{} // whoever invites finds the same
	}
	id := h.ID + "." + strconv.FormatUint(now.seq, 10) + ".assign"
	inv.Agent = briefOf(u)
	data := inv.told().Str("room", roomOf(now.chat)).RawIf("lang", member(now.chat.Fixed, "lang")).Done()
	a := d.webhooks.ask(ctx, h, id, data)
	a.attempt = inv.Attempt
	return a
}

// inviteAdvised goes on with a round aside, with the advice of the app's webhook;
// false if it has none, or too many questions are under way. Meanwhile no other
// node looks after the chat; if this one is stopped, one of them asks again.
func (d *desk) inviteAdvised(ctx context.Context, key chatKey) (aside bool, err error) {
	w := d.webhooks
	if _, there := w.decider(key.app); !there {
		return false, nil
	}
	if w.isAsked(key) {
		return true, nil
	}
	within := w.options.AgentWithin + time.Second
	if err := d.timers.set(ctx, key, dueRecord{At: unixSeconds(time.Now().Add(within))}); err != nil {
		return false, err
	}
	return w.aside(key, func() {
		ctx, stop := context.WithTimeout(d.ctx, operationWithin)
		defer stop()
		_, now, err := d.log.View(ctx, key, 0)
		if err == nil {
			var a advice
			if r, there := now.roundNow(); there && !d.waits(key, r) && (r.out || !now.away) {
				a = d.ask(ctx, key, now, r)
			}
			err = d.inviteNow(ctx, key, a)
		}
		if err == nil {
			err = d.settle(ctx, key)
		}
		if err != nil && d.ctx.Err() == nil {
			d.later(key, err)
		}
	}), nil
}

// take gives the agent of the advice, if it is about this attempt and the agent
// is on duty and not in the chat; otherwise ours.
func (d *desk) take(ctx context.Context, f *folded, a advice, attempt int, ours User) (User, error) {
	if a.agent == "" || a.attempt != attempt || a.agent == ours.ID {
		return ours, nil
	}
	serving, err := d.onDuty(ctx, f.key.app)
	if err != nil {
		return ours, err
	}
	i := slices.IndexFunc(serving, func(one servingAgent) bool { return one.user.ID == a.agent })
	if i < 0 || f.chat.Users.Has(a.agent) || f.chat.Creator == a.agent {
		d.logger.Debug("webhook: the agent that it names cannot be invited", "webhook", a.asked.Hook, "agent", a.agent, "chat", f.key.id)
		return ours, nil
	}
	return serving[i].user, nil
}
