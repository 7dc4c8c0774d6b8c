package routing

import (
	"context"
	"reflect"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
)

// ChangesBoard has the events of the entries that change what the board has of a chat.
var ChangesBoard = map[string]bool{
	chat.EventCreate: true, chat.EventJoin: true, chat.EventLeave: true, chat.EventIntervene: true, chat.EventTransfer: true,
	chat.EventAssign: true, chatstate.EventReject: true, chat.EventAlone: true, chat.EventClose: true,
	chatstate.EventEnqueue: true, chatstate.EventCooldown: true,
}

// boardLag is how long the node that appends an entry has to bring the board up to
// date; after it the other nodes check.
const boardLag = 2 * time.Second

// OnAppended is chatlog's hook Appended: it brings the board up to an entry of this
// node. If that fails, OnEntryStored makes up for it.
func (d *Dispatcher) OnAppended(ctx context.Context, key ids.Key, event string, now *chatstate.State) {
	err := d.updateBoard(ctx, key, now)
	if err == nil && now.Round.Pending && (event == chat.EventAssign || event == chat.EventTransfer) {
		err = d.activity.NoteInvited(ctx, ids.Key{App: key.App, ID: now.Round.Invited.Agent.ID})
	}
	if err != nil {
		d.logger.Warn("board: lags behind the log", "chat", key.ID, "event", event, "error", err)
	}
}

func (d *Dispatcher) updateBoard(ctx context.Context, key ids.Key, now *chatstate.State) error {
	moved, err := d.board.Update(ctx, key, now)
	if err != nil {
		return err
	}
	for _, id := range moved {
		if err := d.activity.NoteMoved(ctx, ids.Key{App: key.App, ID: id}); err != nil {
			return err
		}
	}
	return nil
}

// OnEntryStored is chatlog's hook OnStored: it checks, after boardLag, that the board
// is up to an entry of any node. The node that appended it may have died before, or
// have written an older state over a newer one.
func (d *Dispatcher) OnEntryStored(key ids.Key, _ string, seq uint64) {
	time.AfterFunc(boardLag, func() {
		if r, _ := d.board.Chat(key); r.Seq >= seq || !d.board.Has(key) || d.ctx.Err() != nil {
			return
		}
		ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
		defer stop()
		if err := d.repairChat(ctx, key); err != nil && d.ctx.Err() == nil {
			d.logger.Warn("board: a chat was not repaired", "chat", key.ID, "error", err)
		}
	})
}

// repairChat writes to the board what the log has of a chat. A chat that was
// announced and never came into the log is removed.
func (d *Dispatcher) repairChat(ctx context.Context, key ids.Key) error {
	now, err := d.log.Glance(ctx, key)
	if ids.IsCode(err, wire.CodeNotFound) {
		return d.board.RemoveAnnounced(ctx, key, d.members.Patience)
	}
	if err != nil {
		return err
	}
	onBoard, _ := d.board.Chat(key)
	if next := index.SummaryOf(&now); onBoard.Seq != 0 && now.Chat.Status != chat.Closed {
		if next.Seq, next.Node = onBoard.Seq, onBoard.Node; reflect.DeepEqual(next, onBoard) {
			return nil
		}
	}
	return d.updateBoard(ctx, key, &now)
}

// repairBoard compares the whole board with the logs, one chat after the other: all
// nodes may have died at once.
func (d *Dispatcher) repairBoard() {
	for _, key := range d.board.Keys() {
		ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
		err := d.repairChat(ctx, key)
		stop()
		if d.ctx.Err() != nil {
			return
		}
		if err != nil {
			d.logger.Warn("board: a chat was not repaired", "chat", key.ID, "error", err)
		}
	}
}
