package server

import (
	"context"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// noteDue notes, before an entry is appended, when the chat will need the server
// then; so what is to follow the entry follows also if this node dies. confirm is
// to be called after the append: a node that found nothing to do may have put off
// the chat meanwhile.
func (d *desk) noteDue(ctx context.Context, f *folded, e chat.Entry) (confirm func(), err error) {
	set := d.settings.of(f.key.app).Chats
	next, err := chat.Apply(f.chat, e)
	if err != nil { // makes no sense, and will change nothing
		return func() {}, nil
	}
	l, err := f.life.after(next, e)
	if err != nil {
		return func() {}, nil
	}
	before, need := dueOf(f.life, f.chat, set), dueOf(l, next, set)
	if said, _ := d.timers.get(f.key); !said.covers(need) {
		if err := d.timers.set(ctx, f.key, need); err != nil {
			return nil, err
		}
	}
	if before.covers(need) {
		return func() {}, nil
	}
	return func() {
		if err := d.timers.ensure(ctx, f.key, need); err != nil {
			d.logger.Warn("when to look after the chat is not certain", "chat", f.key.id, "error", err)
		}
	}, nil
}

// lookAfter is called when a chat's time has come.
func (d *desk) lookAfter(key chatKey) {
	if d.engine.Failing() != nil { // the operator was told, once
		d.timers.again(key, time.Second)
		return
	}
	ctx, stop := context.WithTimeout(d.ctx, operationWithin)
	defer stop()
	if err := d.attend(ctx, key); err != nil && d.ctx.Err() == nil {
		d.later(key, err)
	}
}

// later tries again after what failed, until it is done.
func (d *desk) later(key chatKey, err error) {
	d.logger.Error("chat not looked after, will be tried again", "chat", key.id, "error", err)
	d.timers.again(key, time.Second)
}

// attend does what there is to do for a chat, and notes when it needs the server
// next.
func (d *desk) attend(ctx context.Context, key chatKey) error {
	_, revision := d.timers.get(key)
	_, now, err := d.log.View(ctx, key, 0)
	switch {
	case isCode(err, wire.CodeNotFound):
		return d.timers.clear(ctx, key, revision)
	case err != nil:
		return err
	case now.chat.Status == chat.Closed:
		return d.afterClose(ctx, key)
	}
	if err := d.letGo(ctx, key); err != nil {
		return err
	}
	if now.round.running && !d.waits(key, now.round) {
		if d.comingBack(key.app) {
			d.timers.again(key, whenBusy)
			return nil
		}
		if err := d.inviteNext(ctx, key); err != nil {
			return err
		}
		if d.webhooks.isAsked(key) { // the round goes on when it has answered
			return nil
		}
	}
	if err := d.expire(ctx, key, now); err != nil {
		return err
	}
	return d.settle(ctx, key)
}

// comingBack tells whether an app's agents may be on their way back after a
// restart: a chat is not left alone because its invitation ran out meanwhile.
func (d *desk) comingBack(app string) bool {
	return time.Since(d.begun) < d.back && len(d.duty.available(app)) == 0
}

// settle notes when the chat needs the server next, if what was said is past. It
// looks into the log again afterwards, as another node may have appended.
func (d *desk) settle(ctx context.Context, key chatKey) error {
	for try := range appendTries {
		said, revision := d.timers.get(key)
		_, now, err := d.log.Latest(ctx, key)
		if err != nil {
			return err
		}
		need := dueOf(now.life, now.chat, d.settings.of(key.app).Chats)
		switch {
		case revision == 0 && need.At == 0:
			return nil
		case said.covers(need) && said.wait() > 0:
			d.timers.again(key, said.wait())
			return nil
		}
		if err := d.timers.replace(ctx, key, need, revision); err != nil {
			return err
		}
		pause(ctx, try)
	}
	return errUnavailable("the chat changes all the time")
}

// afterClose does what follows every close, as far as it is not done: the ticket,
// and forgetting who is in the chat.
func (d *desk) afterClose(ctx context.Context, key chatKey) error {
	_, revision := d.timers.get(key)
	o, err := d.log.Append(ctx, key, act{by: chat.System, event: chat.EventInfo}, func(f *folded) (wire.Raw, error) {
		if f.ticketed || f.chat.Status != chat.Closed {
			return nil, errNothing
		}
		ticket := wire.NewObject(nil).Str("ticketId", newPartID(key.id)).Done()
		return wire.NewObject(nil).Str("chatId", key.id).Str("type", "ticket").Raw("data", ticket).Done(), nil
	})
	if err != nil {
		return err
	}
	for _, users := range []chat.Users{o.state.chat.Users, o.state.chat.Watchers} {
		for _, u := range users {
			if err := d.members.remove(ctx, key, u.IsAgent(), u.ID); err != nil {
				return err
			}
		}
	}
	if o.state.chat.Status == chat.Closed {
		if err := d.archive.add(ctx, key, &o.state); err != nil {
			return err
		}
	}
	return d.timers.clear(ctx, key, revision)
}
