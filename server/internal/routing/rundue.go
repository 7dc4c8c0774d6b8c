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
	"parley/server/internal/store"
)

// NoteDue notes, before an entry is appended, when the chat will need the server
// then; so what is to follow the entry follows also if this node dies. confirm is
// to be called after the append: a node that found nothing to do may have put off
// the chat meanwhile.
func (d *Dispatcher) BeforeAppend(ctx context.Context, f *chatstate.Folded, e chat.Entry) (confirm func(), err error) {
	set := d.settings.Of(f.Key.App).Chats
	next, err := chat.Apply(f.Chat, e)
	if err != nil { // makes no sense, and will change nothing
		return func() {}, nil
	}
	l, err := f.Lifecycle.After(next, e)
	if err != nil {
		return func() {}, nil
	}
	before, need := DueOf(f.Lifecycle, f.Chat, set), DueOf(l, next, set)
	if said, _ := d.timers.Get(f.Key); !said.Covers(need) {
		if err := d.timers.Put(ctx, f.Key, need); err != nil {
			return nil, err
		}
	}
	if before.Covers(need) {
		return func() {}, nil
	}
	return func() {
		if err := d.timers.Ensure(ctx, f.Key, need); err != nil {
			d.logger.Warn("when to look after the chat is not certain", "chat", f.Key.ID, "error", err)
		}
	}, nil
}

// RunDue is called when a chat's time has come.
func (d *Dispatcher) RunDue(key ids.Key) {
	if d.engine.Failing() != nil { // the operator was told, once
		d.timers.Rearm(key, time.Second)
		return
	}
	ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
	defer stop()
	if err := d.runDue(ctx, key); err != nil && d.ctx.Err() == nil {
		d.RetryLater(key, err)
	}
}

// RetryLater tries again after what failed, until it is done.
func (d *Dispatcher) RetryLater(key ids.Key, err error) {
	d.logger.Error("chat not looked after, will be tried again", "chat", key.ID, "error", err)
	d.timers.Rearm(key, time.Second)
}

// runDue does what there is to do for a chat, and notes when it needs the server
// next.
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
		if d.webhooks.IsAsking(key) { // the round goes on when it has answered
			return nil
		}
	}
	if err := d.expire(ctx, key, now); err != nil {
		return err
	}
	return d.reschedule(ctx, key)
}

// comingBack tells whether an app's agents may be on their way back after a
// restart: a chat is not left alone because its invitation ran out meanwhile.
func (d *Dispatcher) agentsMayReturn(app string) bool {
	return time.Since(d.startedAt) < d.returnWithin && len(d.duty.Available(app)) == 0
}

// reschedule notes when the chat needs the server next, if what was said is past. It
// looks into the log again afterwards, as another node may have appended.
func (d *Dispatcher) reschedule(ctx context.Context, key ids.Key) error {
	for try := range store.Tries {
		said, revision := d.timers.Get(key)
		_, now, err := d.log.ViewLatest(ctx, key)
		if err != nil {
			return err
		}
		need := DueOf(now.Lifecycle, now.Chat, d.settings.Of(key.App).Chats)
		switch {
		case revision == 0 && need.At == 0:
			return nil
		case said.Covers(need) && said.Wait() > 0:
			d.timers.Rearm(key, said.Wait())
			return nil
		}
		if err := d.timers.Replace(ctx, key, need, revision); err != nil {
			return err
		}
		store.Pause(ctx, try)
	}
	return ids.ErrUnavailable("the chat changes all the time")
}

// AfterClose does what follows every close, as far as it is not done: the ticket,
// and forgetting who is in the chat.
func (d *Dispatcher) AfterClose(ctx context.Context, key ids.Key) error {
	_, revision := d.timers.Get(key)
	o, err := d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventInfo}, func(f *chatstate.Folded) (wire.Raw, error) {
		if f.Ticketed || f.Chat.Status != chat.Closed {
			return nil, chatlog.ErrNothing
		}
		ticket := wire.NewObject(nil).Str("ticketId", chatstate.NewPartID(key.ID)).Done()
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
