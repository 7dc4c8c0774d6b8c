package server

import (
	"context"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// letGo lets those leave who have handed the chat over. It may be done again,
// until the log has it.
func (d *desk) letGo(ctx context.Context, key chatKey) error {
	_, now, err := d.log.View(ctx, key, 0)
	if err != nil {
		return err
	}
	for _, id := range now.round.leaving {
		o, err := d.log.Append(ctx, key, act{by: id, event: chat.EventLeave}, func(f *folded) (wire.Raw, error) {
			u, in := f.chat.Users.Find(id)
			if !in || !slices.Contains(f.round.leaving, id) {
				return nil, errNothing
			}
			return d.leaveData(f, u), nil
		})
		if err != nil {
			return err
		}
		if !has(o.state.chat, id) {
			if err := d.members.remove(ctx, key, true, id); err != nil {
				return err
			}
		}
	}
	return nil
}
