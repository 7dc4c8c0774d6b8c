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
func (s *Server) noteEntry(ctx context.Context, key chatKey, event string, now *state) {
	if !onBoard[event] {
		return
	}
	err := s.noteChat(ctx, key, now)
	if err == nil && now.round.out && (event == chat.EventAssign || event == chat.EventTransfer) {
		err = s.turns.invited(ctx, chatKey{key.app, now.round.invited.Agent.ID})
	}
	if err != nil {
		s.options.Logger.Warn("board: lags behind", "chat", key.id, "event", event, "error", err)
	}
}

func (s *Server) noteChat(ctx context.Context, key chatKey, now *state) error {
	moved, err := s.board.note(ctx, key, now)
	if err != nil {
		return err
	}
	for _, id := range moved {
		if err := s.turns.moved(ctx, chatKey{key.app, id}); err != nil {
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
func (s *Server) checkBoard(key chatKey, event string, seq uint64) {
	if !onBoard[event] {
		return
	}
	time.AfterFunc(boardWithin, func() {
		if r, _ := s.board.chat(key); r.Seq >= seq || !s.board.has(key) || s.ctx.Err() != nil {
			return
		}
		ctx, stop := context.WithTimeout(s.ctx, operationWithin)
		defer stop()
		if err := s.mendBoard(ctx, key); err != nil && s.ctx.Err() == nil {
			s.options.Logger.Warn("board: not mended", "chat", key.id, "error", err)
		}
	})
}

// mendBoard writes what the log says.
func (s *Server) mendBoard(ctx context.Context, key chatKey) error {
	_, now, err := s.log.View(ctx, key, 0)
	if isCode(err, wire.CodeNotFound) {
		_, revision := s.board.records.record(key.name())
		if revision == 0 || time.Since(s.board.records.at(key.name())) < s.members.patience {
			return nil
		}
		return s.board.records.removeAt(ctx, key.name(), revision)
	}
	if err != nil {
		return err
	}
	says, _ := s.board.chat(key)
	if next := openChatOf(&now); says.Seq != 0 && now.chat.Status != chat.Closed {
		if next.Seq, next.Node = says.Seq, says.Node; reflect.DeepEqual(next, says) {
			return nil
		}
	}
	return s.noteChat(ctx, key, &now)
}

// mendAll compares the whole board with the logs, one chat after the other: all
// nodes may have died at once.
func (s *Server) mendAll() {
	for name := range s.board.records.under("") {
		app, id, _ := strings.Cut(name, ".")
		ctx, stop := context.WithTimeout(s.ctx, operationWithin)
		err := s.mendBoard(ctx, chatKey{app, id})
		stop()
		if s.ctx.Err() != nil {
			return
		}
		if err != nil {
			s.options.Logger.Warn("board: not mended", "chat", id, "error", err)
		}
	}
}
