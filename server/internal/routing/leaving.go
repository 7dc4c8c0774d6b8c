package routing

import (
	"context"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// LeaveData is the data of the entry by which a user leaves. The last agent leaves
// the chat to the queue, if the app has one.
func (d *Dispatcher) LeaveData(f *chatstate.Folded, u chat.User) wire.Raw {
	o := wire.NewObject(nil).Str("chatId", f.Key.ID).Str("userId", u.ID).Raw("user", u.Raw)
	after := chatstate.Preview(f.Chat, chat.EventLeave, wire.NewObject(nil).Str("userId", u.ID).Done())
	wasLast := f.Chat.Status == chat.Active && after.Status == chat.Waiting
	if wasLast && !f.Queue.Enqueued && d.settings.Of(f.Key.App).Queue.Active {
		o.Bool("inQueue", true)
	}
	return o.Done()
}

// ReleaseLeaving takes the agents who have handed the chat over out of it. It may be
// called again, until the log has it.
func (d *Dispatcher) ReleaseLeaving(ctx context.Context, key ids.Key) error {
	_, now, err := d.log.View(ctx, key, 0)
	if err != nil {
		return err
	}
	for _, id := range now.Round.Leaving {
		o, err := d.log.Append(ctx, key, chatlog.Act{By: id, Event: chat.EventLeave}, func(f *chatstate.Folded) (wire.Raw, error) {
			u, in := f.Chat.Users.Find(id)
			if !in || !slices.Contains(f.Round.Leaving, id) {
				return nil, chatlog.ErrNothing
			}
			return d.LeaveData(f, u), nil
		})
		if err != nil {
			return err
		}
		if !chatstate.InChat(o.State.Chat, id) {
			if err := d.members.Remove(ctx, key, true, id); err != nil {
				return err
			}
		}
	}
	return nil
}
