package routing

import (
	"context"
	"math"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/settings"
)

// expire closes a chat in which there was no message for too long, and announces
// that before. What was missed while no server ran is done at once.
func (d *Dispatcher) expire(ctx context.Context, key ids.Key, now chatstate.State) error {
	set := d.settings.Of(key.App).Chats
	expiry, at := now.ExpiresAt(set.ExpireAfter), ids.Unix(time.Now())
	switch {
	case expiry == 0 || now.Chat.Status == chat.Closed:
		return nil
	case at >= expiry:
		return d.closeInactive(ctx, key, set)
	case now.Alerted || !set.Alerts() || at < expiry-set.ExpiryAlert:
		return nil
	}
	_, err := d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventExpiryAlert}, func(f *chatstate.Folded) (wire.Raw, error) {
		left := f.ExpiresAt(set.ExpireAfter) - ids.Unix(time.Now())
		if f.Chat.Status == chat.Closed || f.Alerted || left > set.ExpiryAlert {
			return nil, chatlog.ErrNothing
		}
		return wire.NewObject(nil).Str("chatId", key.ID).Int("timeLeft", int64(max(1, math.Ceil(left)))).Done(), nil
	})
	return err
}

// closeInactive closes the chat unless there was a message meanwhile.
func (d *Dispatcher) closeInactive(ctx context.Context, key ids.Key, set settings.ChatSettings) error {
	return d.closeFor(ctx, key, "inactivity", func(f *chatstate.Folded) bool {
		return ids.Unix(time.Now()) >= f.ExpiresAt(set.ExpireAfter)
	})
}

// CloseErased closes a chat whose data is to be removed, unless it is closed, and does
// what follows a close.
func (d *Dispatcher) CloseErased(ctx context.Context, key ids.Key) error {
	return d.closeFor(ctx, key, "erasure", func(*chatstate.Folded) bool { return true })
}

// closeFor closes an open chat for a reason of the server's, if it still holds.
func (d *Dispatcher) closeFor(ctx context.Context, key ids.Key, reason string, holds func(*chatstate.Folded) bool) error {
	var before chatstate.Round
	o, err := d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventClose}, func(f *chatstate.Folded) (wire.Raw, error) {
		if f.Chat.Status == chat.Closed || !holds(f) {
			return nil, chatlog.ErrNothing
		}
		before = f.Round
		return wire.NewObject(nil).Str("chatId", key.ID).Str("userId", chat.System).
			Raw("extraData", wire.NewObject(nil).Str("reason", reason).Done()).Done(), nil
	})
	if err != nil {
		return err
	}
	d.PushInvitationEnded(key, before, "closed", "")
	if o.State.Chat.Status != chat.Closed {
		return nil
	}
	return d.AfterClose(ctx, key)
}
