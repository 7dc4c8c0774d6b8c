package routing

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
)

// ChatFilter says which chats a list is about; what is zero is any.
type ChatFilter struct {
	Status, Room, Lang string
	Name               string  // a part of the visitor's name, in upper or lower case
	Since              float64 // unix seconds: waiting since then or later
	Wrote              string  // "true": the visitor has written something, "false": nothing yet
}

// Fits tells whether the filter lets a chat pass.
func (f ChatFilter) Fits(now chatstate.State) bool {
	return (f.Status == "" || now.Chat.Status.String() == f.Status) && (f.Room == "" || chatstate.RoomOf(now.Chat) == f.Room) &&
		(f.Lang == "" || chatstate.LangOf(now.Chat) == f.Lang) && now.Queue.WaitingSince >= f.Since &&
		(f.Name == "" || strings.Contains(strings.ToLower(now.VisitorName()), strings.ToLower(f.Name))) &&
		(f.Wrote == "" || f.Wrote == strconv.FormatBool(now.VisitorWrote()))
}

// OpenChats gives the open chats that the user is in, in the order of their ids.
func (d *Dispatcher) OpenChats(ctx context.Context, app string, u identity.User) (found []chatstate.State, err error) {
	chatIDs, err := d.members.Chats(ctx, app, u.IsAgent(), u.ID)
	if err != nil {
		return nil, err
	}
	slices.Sort(chatIDs)
	within, stop := context.WithTimeout(ctx, listWithin)
	defer stop()
	for _, id := range chatIDs {
		now, err := d.glance(within, ids.Key{App: app, ID: id})
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

// LiveChats gives a page of the waiting or active chats of an app for which may is true:
// first those in a queue, in its order, then the others by when they began to wait. It
// begins after a chat, which need not be among them any more, "" for the first. total is
// how many there are of the status and the room. It costs by those that it reads.
func (d *Dispatcher) LiveChats(
	ctx context.Context, app string, filter ChatFilter, after string, limit int, may func(index.OpenChat) bool,
) (found []chatstate.State, total int, err error) {
	open := d.board.Chats(app)
	var chatIDs []string
	for id, r := range open {
		if r.Status == filter.Status && (filter.Room == "" || r.Room == filter.Room) && may(r) {
			chatIDs = append(chatIDs, id)
		}
	}
	total = len(chatIDs)
	compare := func(one, other string) int { return compareListed(one, other, open[one], open[other]) }
	slices.SortFunc(chatIDs, compare)
	if after != "" {
		if open[after], err = d.placeOf(ctx, ids.Key{App: app, ID: after}, open[after], filter.Status); err != nil {
			return nil, 0, err
		}
		first, itself := slices.BinarySearchFunc(chatIDs, after, compare)
		if itself {
			first++
		}
		chatIDs = chatIDs[first:]
	}
	within, stop := context.WithTimeout(ctx, listWithin)
	defer stop()
	for _, id := range chatIDs {
		now, err := d.glance(within, ids.Key{App: app, ID: id})
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return nil, 0, err
		}
		if err == nil && filter.Fits(now) { // the board may be a moment behind
			found = append(found, now)
		}
		if len(found) == limit {
			break
		}
	}
	return found, total, nil
}

// listWithin is how long a list waits for chats that have to be read.
const listWithin = 2 * time.Second

// glance gives an open chat for a list; what the board has of one that cannot be read in
// time, as one chat must not hide the others.
func (d *Dispatcher) glance(ctx context.Context, key ids.Key) (chatstate.State, error) {
	now, err := d.log.Glance(ctx, key)
	if err == nil || ids.IsCode(err, wire.CodeNotFound) {
		return now, err
	}
	r, found := d.board.Chat(key)
	if !found {
		return now, err
	}
	return r.State(key.ID), nil
}

// placeOf gives what a chat's place in a list of a status goes by; of one that has another
// status since it was listed, what it went by before. now is what it goes by now.
func (d *Dispatcher) placeOf(ctx context.Context, key ids.Key, now index.OpenChat, status string) (index.OpenChat, error) {
	if now.Status == status {
		return now, nil
	}
	if ids.Check("", key.ID) != nil {
		return index.OpenChat{}, wire.Errorf(wire.UnknownChat, "after: unknown chat %q", key.ID)
	}
	state, err := d.log.Glance(ctx, key)
	if err != nil {
		return index.OpenChat{}, ids.AsError(err).Within("after")
	}
	r := index.SummaryOf(&state)
	if status == chat.Waiting.String() { // only those who wait have places in a queue
		r.EnqueuedOrder = state.Queue.EnqueuedOrder
	}
	return r, nil
}

// compareListed orders open chats in a list.
func compareListed(id, otherID string, one, other index.OpenChat) int {
	switch queued, otherQueued := one.EnqueuedOrder != 0, other.EnqueuedOrder != 0; {
	case queued && otherQueued:
		return chatstate.QueueEntry{ID: id, Priority: one.Priority, EnqueuedOrder: one.EnqueuedOrder}.
			Compare(chatstate.QueueEntry{ID: otherID, Priority: other.Priority, EnqueuedOrder: other.EnqueuedOrder})
	case queued:
		return -1
	case otherQueued:
		return 1
	}
	return cmp.Or(cmp.Compare(one.WaitingSince, other.WaitingSince), strings.Compare(id, otherID))
}

// AllChats gives chats of the app in the order in which they began, open and closed,
// after one of them. It costs what it reads.
func (d *Dispatcher) AllChats(ctx context.Context, app, after string, filter ChatFilter, limit int) (found []chatstate.State, err error) {
	err = d.chats.Page(ctx, app, after, limit, func(chatID string) (bool, error) {
		now, err := d.log.Glance(ctx, ids.Key{App: app, ID: chatID})
		if ids.IsCode(err, wire.CodeNotFound) { // it is being made, or a crash has come between
			return false, nil
		}
		if err != nil || !filter.Fits(now) {
			return false, err
		}
		found = append(found, now)
		return true, nil
	})
	return found, err
}
