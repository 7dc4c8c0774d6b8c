package server

import (
	"context"

	"parley/core/wire"
)

// Do carries out an operation, if the caller may do it.
func (s *Server) Do(ctx context.Context, op *operation, c *call) (res result, err error) {
	ordered := c.order != nil && op.keepsOrder()
	if ordered {
		defer func() { c.order.Ended(c.key, c.eventID, err) }()
	}
	if err = s.authorize(ctx, op, c); err != nil {
		return result{}, err
	}
	if ordered {
		if err = c.order.Admit(c.key, c.eventID); err != nil {
			return result{}, err
		}
	}
	if op.Writes {
		if failing := s.engine.Failing(); failing != nil {
			return result{}, errUnavailable("the server's store cannot be written to now")
		}
		var stop context.CancelFunc
		ctx, stop = s.engine.writing(ctx)
		defer stop()
	}
	if res, err = op.Do(ctx, c); err == nil {
		err = c.params.err
	}
	return res, err
}

// append adds an entry that the caller makes to the call's chat, if the chat
// allows it.
func (s *Server) append(ctx context.Context, c *call, event string, build func(*folded) (wire.Raw, error)) (outcome, error) {
	return s.log.Append(ctx, c.key, act{c.user.ID, c.eventID, event}, func(f *folded) (wire.Raw, error) {
		if err := c.check(f.chat, event); err != nil {
			return nil, err
		}
		return build(f)
	})
}
