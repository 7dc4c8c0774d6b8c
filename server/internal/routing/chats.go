package routing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
)

// ChatFilter says which chats a list is about; "" is any.
type ChatFilter struct{ Status, Room string }

// Fits tells whether the filter lets a chat pass.
func (f ChatFilter) Fits(now chatstate.State) bool {
	return (f.Status == "" || now.Chat.Status.String() == f.Status) && (f.Room == "" || chatstate.RoomOf(now.Chat) == f.Room)
}

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

// LiveChats gives the waiting or active chats of an app for which may is true: first
// those in a queue, in its order, then the others by when they began to wait.
func (d *Dispatcher) LiveChats(
	ctx context.Context, app string, filter ChatFilter, limit int, may func(index.OpenChat) bool,
) (found []chatstate.State, err error) {
	open := d.board.Chats(app)
	var chatIDs []string
	for id, r := range open {
		if r.Status == filter.Status && (filter.Room == "" || r.Room == filter.Room) && may(r) {
			chatIDs = append(chatIDs, id)
		}
	}
	slices.SortFunc(chatIDs, func(one, other string) int { return compareListed(one, other, open[one], open[other]) })
	for _, id := range chatIDs {
		_, now, err := d.log.View(ctx, ids.Key{App: app, ID: id}, 0)
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return nil, err
		}
		if err == nil && now.Chat.Status.String() == filter.Status { // the board may be a moment behind
			found = append(found, now)
		}
		if len(found) == limit {
			break
		}
	}
	return found, nil
}

// compareListed orders open chats in a list.
func compareListed(id, otherID string, one, other index.OpenChat) int {
	switch queued, otherQueued := one.EnqueuedSeq != 0, other.EnqueuedSeq != 0; {
	case queued && otherQueued:
		return chatstate.QueueEntry{ID: id, Priority: one.Priority, EnqueuedSeq: one.EnqueuedSeq}.
			Compare(chatstate.QueueEntry{ID: otherID, Priority: other.Priority, EnqueuedSeq: other.EnqueuedSeq})
	case queued:
		return -1
	case otherQueued:
		return 1
	}
	return cmp.Or(cmp.Compare(one.WaitingSince, other.WaitingSince), strings.Compare(id, otherID))
}

// AllChats gives chats of the app in the order of their ids, open and closed.
func (d *Dispatcher) AllChats(ctx context.Context, app, after string, filter ChatFilter, limit int) (found []chatstate.State, err error) {
	stream, err := d.engine.JS.Stream(ctx, chatlog.Stream)
	if err != nil {
		return nil, err
	}
	prefix := chatlog.SubjectPrefix + app + "."
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+"*"))
	if err != nil {
		return nil, err
	}
	var chatIDs []string
	for subject := range info.State.Subjects {
		if id := strings.TrimPrefix(subject, prefix); id > after {
			chatIDs = append(chatIDs, id)
		}
	}
	slices.Sort(chatIDs)
	for _, id := range chatIDs {
		if len(found) == limit {
			break
		}
		_, now, err := d.log.View(ctx, ids.Key{App: app, ID: id}, 0)
		if err != nil {
			return nil, err
		}
		if filter.Fits(now) {
			found = append(found, now)
		}
	}
	return found, nil
}
