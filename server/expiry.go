package server

import (
	"context"
	"math"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// expire closes a chat in which nobody has said anything for too long, and
// announces that before. What was missed while no server ran is done at once.
func (d *desk) expire(ctx context.Context, key chatKey, now state) error {
	set := d.settings.of(key.app).Chats
	end, at := now.ends(set.ExpireAfter), unixSeconds(time.Now())
	switch {
	case end == 0 || now.chat.Status == chat.Closed:
		return nil
	case at >= end:
		return d.closeSilent(ctx, key, set)
	case now.alerted || !set.alerts() || at < end-set.ExpiryAlert:
		return nil
	}
	_, err := d.log.Append(ctx, key, act{by: chat.System, event: chat.EventExpiryAlert}, func(f *folded) (wire.Raw, error) {
		left := f.ends(set.ExpireAfter) - unixSeconds(time.Now())
		if f.chat.Status == chat.Closed || f.alerted || left > set.ExpiryAlert {
			return nil, errNothing
		}
		return wire.NewObject(nil).Str("chatId", key.id).Int("timeLeft", int64(max(1, math.Ceil(left)))).Done(), nil
	})
	return err
}

// closeSilent closes the chat unless somebody has said something meanwhile.
func (d *desk) closeSilent(ctx context.Context, key chatKey, set ChatSettings) error {
	var before round
	o, err := d.log.Append(ctx, key, act{by: chat.System, event: chat.EventClose}, func(f *folded) (wire.Raw, error) {
		if f.chat.Status == chat.Closed || unixSeconds(time.Now()) < f.ends(set.ExpireAfter) {
			return nil, errNothing
		}
		before = f.round
		reason := wire.NewObject(nil).Str("reason", "inactivity").Done()
		return wire.NewObject(nil).Str("chatId", key.id).Str("userId", chat.System).Raw("extraData", reason).Done(), nil
	})
	if err != nil {
		return err
	}
	d.invitationEnded(key, before, "closed", "")
	if o.state.chat.Status != chat.Closed {
		return nil
	}
	return d.afterClose(ctx, key)
}
