package server

import (
	"context"
	"reflect"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// onBoard are the entries that change what the board says of a chat.
var onBoard = map[string]bool{
	chat.EventCreate: true, chat.EventJoin: true, chat.EventLeave: true, chat.EventIntervene: true, chat.EventTransfer: true,
	chat.EventAssign: true, eventReject: true, chat.EventAlone: true, chat.EventClose: true, eventEnqueue: true, eventRest: true,
}

// noteEntry brings the board up to an entry that was appended here. What fails is
// made good by checkBoard.
func (d *desk) noteEntry(ctx context.Context, key chatKey, event string, now *state) {
	if !onBoard[event] {
		return
	}
	err := d.noteChat(ctx, key, now)
	if err == nil && now.round.out && (event == chat.EventAssign || event == chat.EventTransfer) {
		err = d.turns.invited(ctx, chatKey{key.app, now.round.invited.Agent.ID})
	}
	if err != nil {
		d.logger.Warn("board: lags behind", "chat", key.id, "event", event, "error", err)
	}
}

func (d *desk) noteChat(ctx context.Context, key chatKey, now *state) error {
	moved, err := d.board.note(ctx, key, now)
	if err != nil {
		return err
	}
	for _, id := range moved {
		if err := d.turns.moved(ctx, chatKey{key.app, id}); err != nil {
			return err
		}
	}
	return nil
}

// boardWithin is how long the node that appends an entry has to bring the board
// up to it; then the others look.
const boardWithin = 2 * time.Second

// checkBoard is called when the stream has told of an entry: whoever appended it
// may have died before the board had it, or written an older state over a newer.
func (d *desk) checkBoard(key chatKey, event string, seq uint64) {
	if !onBoard[event] {
		return
	}
	time.AfterFunc(boardWithin, func() {
		if r, _ := d.board.chat(key); r.Seq >= seq || !d.board.has(key) || d.ctx.Err() != nil {
			return
		}
		ctx, stop := context.WithTimeout(d.ctx, operationWithin)
		defer stop()
		if err := d.mendBoard(ctx, key); err != nil && d.ctx.Err() == nil {
			d.logger.Warn("board: not mended", "chat", key.id, "error", err)
		}
	})
}

// mendBoard writes what the log says.
func (d *desk) mendBoard(ctx context.Context, key chatKey) error {
	_, now, err := d.log.View(ctx, key, 0)
	if isCode(err, wire.CodeNotFound) {
		_, revision := d.board.records.record(key.name())
		if revision == 0 || time.Since(d.board.records.at(key.name())) < d.members.patience {
			return nil
		}
		return d.board.records.removeAt(ctx, key.name(), revision)
	}
	if err != nil {
		return err
	}
	says, _ := d.board.chat(key)
	if next := openChatOf(&now); says.Seq != 0 && now.chat.Status != chat.Closed {
		if next.Seq, next.Node = says.Seq, says.Node; reflect.DeepEqual(next, says) {
			return nil
		}
	}
	return d.noteChat(ctx, key, &now)
}

// mendAll compares the whole board with the logs, one chat after the other: all
// nodes may have died at once.
func (d *desk) mendAll() {
	for name := range d.board.records.under("") {
		app, id, _ := strings.Cut(name, ".")
		ctx, stop := context.WithTimeout(d.ctx, operationWithin)
		err := d.mendBoard(ctx, chatKey{app, id})
		stop()
		if d.ctx.Err() != nil {
			return
		}
		if err != nil {
			d.logger.Warn("board: not mended", "chat", id, "error", err)
		}
	}
}
