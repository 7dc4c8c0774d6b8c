package server

import (
	"context"
	"time"

	"parley/server/internal/index"
	"parley/server/internal/metrics"
)

// stateWithin bounds what is asked of the store while Prometheus waits.
const stateWithin = time.Second

// state gives what the metrics show of the server now.
func (s *Server) state() metrics.State {
	ctx, stop := context.WithTimeout(s.ctx, stateWithin)
	defer stop()
	board := s.board.Totals()
	now := metrics.State{
		Writable: s.Ready() == nil, Sockets: s.hub.SocketsByTransport(), Connections: s.hub.Count(),
		Chats: board.ByStatus, Queued: board.Queued, Exports: int(s.exporting.Load()), Limited: s.meter.Refused(),
	}
	if board.Queued > 0 {
		now.OldestWait = max(0, float64(time.Now().UnixMilli())/1000-board.Oldest)
	}
	if used, err := s.engine.Used(ctx); err == nil {
		space := s.engine.Space()
		now.Store = &metrics.StoreState{Used: used, Free: space.Free, Total: space.Total, Bounded: space.Known}
	}
	if backlog, err := s.webhooks.Backlog(ctx); err == nil {
		now.Hooks = &metrics.HookState{Backlog: backlog.Entries}
		if !backlog.Oldest.IsZero() {
			now.Hooks.Oldest = time.Since(backlog.Oldest).Seconds()
		}
	}
	return now
}

// confirmed gives the log's hook by which appends are measured; nil without metrics.
func (s *Server) confirmed() func(took time.Duration, err error) {
	if s.options.Metrics == nil {
		return nil
	}
	return s.options.Metrics.Appended
}

// boardChanged is the board's hook. The node that has written a change counts it.
func (s *Server) boardChanged(c index.BoardChange) {
	if c.Ours && c.Waited > 0 {
		s.options.Metrics.Waited(c.Waited)
	}
	s.dispatcher.OnBoardChange(c)
}
