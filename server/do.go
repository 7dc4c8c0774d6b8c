package server

import (
	"context"

	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// Do carries out an operation, if the caller may do it.
func (s *Server) Do(ctx context.Context, operation *op.Operation, c *op.Call) (res op.Result, err error) {
	ordered := c.Order != nil && operation.KeepsOrder()
	if ordered {
		defer func() { c.Order.Ended(c.Key, c.EventID, err) }()
	}
	if err = s.authorize(ctx, operation, c); err != nil {
		return op.Result{}, err
	}
	if ordered {
		if err = c.Order.Admit(c.Key, c.EventID); err != nil {
			return op.Result{}, err
		}
	}
	if operation.Writes {
		if failing := s.engine.Failing(); failing != nil {
			return op.Result{}, ids.ErrUnavailable("the server's store cannot be written to now")
		}
		var stop context.CancelFunc
		ctx, stop = s.engine.Writing(ctx)
		defer stop()
	}
	if res, err = operation.Do(ctx, c); err == nil {
		err = c.Params.Err
	}
	return res, err
}

// append adds an entry that the caller makes to the call's chat, if the chat
// allows it.
func (s *Server) append(ctx context.Context, c *op.Call, event string, build func(*chatstate.Folded) (wire.Raw, error)) (chatlog.Outcome, error) {
	return s.log.Append(ctx, c.Key, chatlog.Act{By: c.User.ID, ID: c.EventID, Event: event}, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := c.Check(f.Chat, event); err != nil {
			return nil, err
		}
		return build(f)
	})
}
