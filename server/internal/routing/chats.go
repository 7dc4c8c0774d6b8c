package routing

import (
	"context"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
)

// OpenChats gives the open chats that the user is in, in the order of their ids.
func (d *Dispatcher) OpenChats(ctx context.Context, app string, u identity.User) (found []chatstate.State, err error) {
	chatIDs, err := d.members.Chats(ctx, app, u.IsAgent(), u.ID)
	if err != nil {
		return nil, err
	}
	slices.Sort(chatIDs)
	for _, id := range chatIDs {
		_, now, err := d.log.View(ctx, ids.Key{App: app, ID: id}, 0)
		if ids.IsCode(err, wire.CodeNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if now.Chat.Status != chat.Closed && now.HasMember(u.ID) {
			found = append(found, now)
		}
	}
	return found, nil
}
