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

// ReleaseLeaving lets those leave who have handed the chat over. It may be done again,
// until the log has it.
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
