package routing

import (
	"context"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/index"
)

// fillWithin is the time for one try to fill the list of all chats; it takes long where
// there are very many.
const fillWithin = 15 * time.Minute

// fillChats puts the chats into the list of all that began before there was one.
func (d *Dispatcher) fillChats() {
	d.fill("the list of all chats", func() error {
		ctx, stop := context.WithTimeout(d.ctx, fillWithin)
		defer stop()
		return d.chats.Fill(ctx, d.log.Chats)
	})
}

// fillPast notes who was in the chats that began before that was noted.
func (d *Dispatcher) fillPast() {
	d.fill("the list of each user's chats", func() error { return d.members.Past.Fill(d.ctx, d.addPast) })
}

// fill tries until it has succeeded.
func (d *Dispatcher) fill(index string, try func() error) {
	for d.ctx.Err() == nil {
		err := try()
		if err == nil {
			return
		}
		d.logger.Warn("chats: "+index+" is not made yet, trying again", "error", err)
		select {
		case <-time.After(tickEvery):
		case <-d.ctx.Done():
		}
	}
}

// addPast adds all who were ever in a chat. Each chat has its own time, as there may be
// very many.
func (d *Dispatcher) addPast(ctx context.Context, add index.AddPast) error {
	within, stop := context.WithTimeout(ctx, fillWithin)
	defer stop()
	names, err := d.log.Chats(within)
	for _, name := range names {
		if err == nil {
			app, id, _ := strings.Cut(name, ".")
			err = d.addPastOf(ctx, ids.Key{App: app, ID: id}, add)
		}
	}
	return err
}

func (d *Dispatcher) addPastOf(ctx context.Context, key ids.Key, add index.AddPast) error {
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin)
	defer stop()
	_, now, err := d.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) { // it was removed
		return nil
	}
	for _, id := range now.EverJoined() {
		if err == nil {
			err = add(ctx, key, id)
		}
	}
	return err
}
