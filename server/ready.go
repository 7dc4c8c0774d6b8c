package server

import (
	"context"
	"sync"
	"time"

	"parley/core/wire"
)

// How long an answer to a probe counts, and how long the store has to give it.
const (
	probeFresh  = time.Second
	probeWithin = 800 * time.Millisecond
)

// prober keeps the last answer of the store to a probe. However many ask, the store is
// asked once.
type prober struct {
	mu    sync.Mutex // held while the store is asked
	until time.Time
	err   error
}

// ask gives the answer, and calls onChange when it is another one than before.
func (p *prober) ask(probe func() error, onChange func(error)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.until) {
		return p.err
	}
	err := probe()
	if (err == nil) != (p.err == nil) {
		onChange(err)
	}
	p.err, p.until = err, time.Now().Add(probeFresh)
	return err
}

// Ready says that the server cannot serve, nil if it can. It answers within a second, and
// says nothing that is not for everybody; the log has why.
func (s *Server) Ready() error {
	if s.engine.Failing() != nil { // the engine has logged why
		return wire.Errorf(wire.StoreFailed, "the store cannot be written to")
	}
	if err := s.probe.ask(s.probeStore, s.probed); err != nil {
		return wire.Errorf(wire.StoreFailed, "the store does not answer")
	}
	return nil
}

// probeStore asks whether the chats' log is there, and whether the store takes a write:
// without a quorum it takes none.
func (s *Server) probeStore() error {
	ctx, stop := context.WithTimeout(s.ctx, probeWithin)
	defer stop()
	if err := s.log.Ping(ctx); err != nil {
		return err
	}
	return s.engine.Probe(ctx)
}

// probed logs what a probe has found when that has changed.
func (s *Server) probed(err error) {
	switch {
	case s.ctx.Err() != nil:
	case err != nil:
		s.options.Logger.Error("health check: the store does not answer", "error", err)
	default:
		s.options.Logger.Warn("health check: the store answers again")
	}
}
