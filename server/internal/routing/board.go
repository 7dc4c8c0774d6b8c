package routing

import (
	"context"
	"reflect"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
)

// onBoard are the entries that change what the board says of a chat.
var changesBoard = map[string]bool{
	chat.EventCreate: true, chat.EventJoin: true, chat.EventLeave: true, chat.EventIntervene: true, chat.EventTransfer: true,
	chat.EventAssign: true, chatstate.EventReject: true, chat.EventAlone: true, chat.EventClose: true, chatstate.EventEnqueue: true, chatstate.EventCooldown: true,
}

// NoteEntry brings the board up to an entry that was appended here. What fails is
// made good by checkBoard.
func (d *Dispatcher) OnAppended(ctx context.Context, key ids.Key, event string, now *chatstate.State) {
	if !changesBoard[event] {
		return
	}
	err := d.updateBoard(ctx, key, now)
	if err == nil && now.Round.Pending && (event == chat.EventAssign || event == chat.EventTransfer) {
		err = d.activity.NoteInvited(ctx, ids.Key{App: key.App, ID: now.Round.Invited.Agent.ID})
	}
	if err != nil {
		d.logger.Warn("board: lags behind", "chat", key.ID, "event", event, "error", err)
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

// boardWithin is how long the node that appends an entry has to bring the board
// up to it; then the others look.
const boardLag = 2 * time.Second

// CheckBoard is called when the stream has told of an entry: whoever appended it
// may have died before the board had it, or written an older state over a newer.
func (d *Dispatcher) OnEntryStored(key ids.Key, event string, seq uint64) {
	if !changesBoard[event] {
		return
	}
	time.AfterFunc(boardLag, func() {
		if r, _ := d.board.Chat(key); r.Seq >= seq || !d.board.Has(key) || d.ctx.Err() != nil {
			return
		}
		ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
		defer stop()
		if err := d.repairChat(ctx, key); err != nil && d.ctx.Err() == nil {
			d.logger.Warn("board: not mended", "chat", key.ID, "error", err)
		}
	})
}

// mendBoard writes what the log says.
func (d *Dispatcher) repairChat(ctx context.Context, key ids.Key) error {
	_, now, err := d.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		r := d.board.Records.Get(key.Name())
		if !r.Exists || time.Since(r.WrittenAt) < d.members.Patience {
			return nil
		}
		return d.board.Records.RemoveAt(ctx, key.Name(), r.Revision)
	}
	if err != nil {
		return err
	}
	says, _ := d.board.Chat(key)
	if next := index.Summarize(&now); says.Seq != 0 && now.Chat.Status != chat.Closed {
		if next.Seq, next.Node = says.Seq, says.Node; reflect.DeepEqual(next, says) {
			return nil
		}
	}
	return d.updateBoard(ctx, key, &now)
}

// mendAll compares the whole board with the logs, one chat after the other: all
// nodes may have died at once.
func (d *Dispatcher) repairBoard() {
	for name := range d.board.Records.WithPrefix("") {
		app, id, _ := strings.Cut(name, ".")
		ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
		err := d.repairChat(ctx, ids.Key{App: app, ID: id})
		stop()
		if d.ctx.Err() != nil {
			return
		}
		if err != nil {
			d.logger.Warn("board: not mended", "chat", id, "error", err)
		}
	}
}
