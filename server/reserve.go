package server

import (
	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

const (
	// reserveBytes is how much a visitor may say in a request that may use the reserve.
	reserveBytes = 16 << 10

	// fullRetryAfter is when others may try again on a full store, in seconds. An operator has
	// to make room first.
	fullRetryAfter = 60
)

// mayWrite refuses what writes while the store cannot take it. Of the reserve, staff have what
// words need: files could fill it in seconds, and with it the staff of all apps are out.
func (s *Server) mayWrite(operation *op.Operation, c *op.Call) error {
	switch {
	case s.engine.Failing() != nil:
		return ids.ErrUnavailable("the server's store cannot be written to now")
	case !s.engine.OnlyReserve():
		return nil
	case operation.Reserve && (c.ByStaff() || c.Params.Bytes <= reserveBytes):
		return nil
	case c.ByStaff() && !operation.IsUpload():
		return s.takeReserve(c)
	}
	return s.roomLeft()
}

// roomLeft refuses what is written while only the reserve of the store is left.
func (s *Server) roomLeft() error {
	if s.engine.OnlyReserve() {
		full := wire.Errorf(wire.StoreFull, "the server's store is full but for its reserve; try again later")
		full.RetryAfter = fullRetryAfter
		return full
	}
	return nil
}

// takeReserve counts what staff write into the reserve, for themselves and for their app.
func (s *Server) takeReserve(c *op.Call) error {
	caller := s.callerOf(c)
	for _, scope := range []limit.Scope{limit.Agent, limit.App} {
		if scope == limit.Agent && caller.Scope != limit.Agent {
			continue
		}
		if refused := s.meter.TakeMany(limit.Count{Kind: limit.Reserve, Scope: scope}, caller, recordBytes+c.Params.Bytes); refused != nil {
			return refusalOf(refused)
		}
	}
	return nil
}
