package routing

import (
	"context"
	"errors"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
)

// Reindex brings the indexes into agreement with the log for the chats that have an entry
// from a time on, and gives their number. It is for a store whose indexes are older than
// its log, as those of a backup are, before Start. Each step can be repeated.
func (d *Dispatcher) Reindex(ctx context.Context, since time.Time) (chats int, err error) {
	keys, err := d.log.ChatsSince(ctx, since)
	for _, key := range keys {
		if err != nil {
			return 0, err
		}
		within, stop := context.WithTimeout(ctx, ids.OperationWithin)
		err = d.reindex(within, key)
		stop()
	}
	return len(keys), err
}

func (d *Dispatcher) reindex(ctx context.Context, key ids.Key) error {
	f, now, err := d.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) { // it was removed: the log decides
		return nil
	}
	if err != nil {
		return err
	}
	if err := d.chats.Add(ctx, key); err != nil {
		return err
	}
	for _, id := range now.EverJoined() {
		if err := d.members.Past.Add(ctx, key, id); err != nil {
			return err
		}
	}
	if now.Chat.Status == chat.Closed {
		err = d.reindexClosed(ctx, key, &now, f.Ticketed)
	} else {
		err = d.reindexOpen(ctx, key, &now)
	}
	if err != nil {
		return err
	}
	return d.updateBoard(ctx, key, &now)
}

// reindexOpen finds an open chat again for its users, and has what is due looked at soon.
func (d *Dispatcher) reindexOpen(ctx context.Context, key ids.Key, now *chatstate.State) error {
	for _, u := range now.Chat.Users {
		if err := d.members.Ensure(ctx, key, u.IsAgent(), u.ID); err != nil {
			return err
		}
	}
	err := d.members.Claim(ctx, key.App, now.Chat.Creator, key.ID, func(id string) (exists, isOpen bool, err error) {
		_, other, err := d.log.View(ctx, ids.Key{App: key.App, ID: id}, 0)
		if ids.IsCode(err, wire.CodeNotFound) {
			return false, false, nil
		}
		return err == nil, err == nil && other.Chat.Status != chat.Closed && other.HasMember(now.Chat.Creator), err
	})
	if err != nil && !errors.Is(err, index.ErrHasChat) { // the later one stays theirs
		return err
	}
	return d.timers.Ensure(ctx, key, index.Due{At: ids.Unix(time.Now())})
}

// reindexClosed does what AfterClose has done, or has AfterClose do it.
func (d *Dispatcher) reindexClosed(ctx context.Context, key ids.Key, now *chatstate.State, ticketed bool) error {
	if !ticketed {
		return d.timers.Ensure(ctx, key, index.Due{At: ids.Unix(time.Now())})
	}
	for _, id := range now.EverJoined() {
		for _, agent := range []bool{true, false} {
			if err := d.members.Remove(ctx, key, agent, id); err != nil {
				return err
			}
		}
	}
	if err := d.members.Began(ctx, key, now.Chat.Creator); err != nil {
		return err
	}
	if err := d.archive.AddMissing(ctx, key, now); err != nil {
		return err
	}
	_, revision := d.timers.Get(key)
	return d.timers.Clear(ctx, key, revision)
}
