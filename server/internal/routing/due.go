package routing

import (
	"context"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/settings"
	"parley/server/internal/store"
)

// retryAfter is the time after which work that failed is done again.
const retryAfter = time.Second

// dueOf says when a chat needs the server next. Work that the caller should have
// done immediately is due in one second.
func dueOf(l chatstate.Lifecycle, now chat.Chat, set settings.ChatSettings) (d index.Due) {
	soon := ids.Unix(time.Now().Add(retryAfter))
	switch {
	case now.Status == chat.Closed && l.Ticketed:
		return index.Due{}
	case now.Status == chat.Closed || len(l.Round.Leaving) > 0:
		return index.Due{At: soon}
	case l.Round.Pending:
		d = index.Due{At: l.Round.Invited.ExpiresAt, Agent: l.Round.Invited.Agent.ID}
	case l.Round.Running && !l.Away:
		d = index.Due{At: soon}
	}
	if expiry := l.ExpiresAt(set.ExpireAfter); expiry != 0 {
		if alert := expiry - set.ExpiryAlert; !l.Alerted && set.Alerts() {
			expiry = alert
		}
		if d.At == 0 || expiry < d.At {
			d.At = expiry
		}
	}
	return d
}

// BeforeAppend is chatlog's hook of that name: it stores when the chat will need
// the server after the entry. confirm, after the append, makes sure that this is
// still stored, as a node that found nothing to do may have cleared it meanwhile.
func (d *Dispatcher) BeforeAppend(ctx context.Context, f *chatstate.Folded, next chatstate.Next) (confirm func(), err error) {
	confirm = func() {}
	if next.Err != nil { // the entry will change nothing
		return confirm, nil
	}
	set := d.settings.Of(f.Key.App).Chats
	before, need := dueOf(f.Lifecycle, f.Chat, set), dueOf(next.Lifecycle, next.Chat, set)
	if stored, _ := d.timers.Get(f.Key); !stored.Covers(need) {
		if err := d.timers.Put(ctx, f.Key, need); err != nil {
			return nil, err
		}
	}
	if before.Covers(need) {
		return confirm, nil
	}
	return func() {
		if err := d.timers.Ensure(ctx, f.Key, need); err != nil {
			d.logger.Warn("the time at which the chat needs the server may be lost", "chat", f.Key.ID, "error", err)
		}
	}, nil
}

// RunDue does what is due for a chat. index.Timers calls it when the time has come,
// which may be early, and on several nodes: what another node has done is not done
// again. If it fails it is retried until it is done.
func (d *Dispatcher) RunDue(key ids.Key) {
	if d.engine.Failing() != nil { // which the operator knows
		d.timers.Rearm(key, retryAfter)
		return
	}
	ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
	defer stop()
	if err := d.runDue(ctx, key); err != nil && d.ctx.Err() == nil {
		d.RetryLater(key, err)
	}
}

// RetryLater logs what failed for a chat, and has it done again in one second.
func (d *Dispatcher) RetryLater(key ids.Key, err error) {
	d.logger.Error("what is due for the chat failed, will be tried again", "chat", key.ID, "error", err)
	d.timers.Rearm(key, retryAfter)
}

// runDue does what is due for a chat, and stores when it needs the server next.
func (d *Dispatcher) runDue(ctx context.Context, key ids.Key) error {
	_, revision := d.timers.Get(key)
	_, now, err := d.log.View(ctx, key, 0)
	switch {
	case ids.IsCode(err, wire.CodeNotFound):
		return d.timers.Clear(ctx, key, revision)
	case err != nil:
		return err
	case now.Chat.Status == chat.Closed:
		return d.AfterClose(ctx, key)
	}
	if err := d.ReleaseLeaving(ctx, key); err != nil {
		return err
	}
	if now.Round.Running && !d.awaitsAnswer(key, now.Round) {
		if d.agentsMayReturn(key.App) {
			d.timers.Rearm(key, index.RetryWhenBusy)
			return nil
		}
		if err := d.InviteNext(ctx, key); err != nil {
			return err
		}
		if d.webhooks.IsAsking(key) { // the round goes on when the webhook has answered
			return nil
		}
	}
	if err := d.expire(ctx, key, now); err != nil {
		return err
	}
	return d.reschedule(ctx, key)
}

// agentsMayReturn tells whether an app's agents may still connect again after a
// restart. Until then no search is given up because its invitation ran out.
func (d *Dispatcher) agentsMayReturn(app string) bool {
	return time.Since(d.startedAt) < d.returnWithin && len(d.presence.Available(app)) == 0
}

// reschedule stores when the chat needs the server next, if the stored time is
// past. It reads the log again after each write, as another node may have appended
// before it saw the write.
func (d *Dispatcher) reschedule(ctx context.Context, key ids.Key) error {
	for try := range store.Tries {
		stored, revision := d.timers.Get(key)
		_, now, err := d.log.ViewLatest(ctx, key)
		if err != nil {
			return err
		}
		need := dueOf(now.Lifecycle, now.Chat, d.settings.Of(key.App).Chats)
		switch {
		case revision == 0 && need.At == 0:
			return nil
		case stored.Covers(need) && stored.Wait() > 0:
			d.timers.Rearm(key, stored.Wait())
			return nil
		}
		if err := d.timers.Replace(ctx, key, need, revision); err != nil {
			return err
		}
		store.Pause(ctx, try)
	}
	return ids.ErrUnavailable("the chat changes all the time")
}

// AfterClose does what follows every close, as far as it is not done: it makes the
// ticket, removes the users from the index of members, and archives the chat.
func (d *Dispatcher) AfterClose(ctx context.Context, key ids.Key) error {
	_, revision := d.timers.Get(key)
	o, err := d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventInfo}, func(f *chatstate.Folded) (wire.Raw, error) {
		if f.Ticketed || f.Chat.Status != chat.Closed {
			return nil, chatlog.ErrNothing
		}
		ticket := wire.NewObject(nil).Str("ticketId", chatstate.NewPartID(key.ID)).
			Str("ticketNumber", chatstate.TicketNumber(d.log.NumberOf(key, f.Seq))).Done()
		return wire.NewObject(nil).Str("chatId", key.ID).Str("type", "ticket").Raw("data", ticket).Done(), nil
	})
	if err != nil {
		return err
	}
	for _, users := range []chat.Users{o.State.Chat.Users, o.State.Chat.Watchers} {
		for _, u := range users {
			if err := d.members.Remove(ctx, key, u.IsAgent(), u.ID); err != nil {
				return err
			}
		}
	}
	if o.State.Chat.Status == chat.Closed {
		if err := d.archive.Add(ctx, key, &o.State); err != nil {
			return err
		}
	}
	return d.timers.Clear(ctx, key, revision)
}
