package server

import (
	"context"
	"time"

	"parley/server/internal/backup"
	"parley/server/internal/ids"
	"parley/server/internal/privacy"
)

// settleWithin is the time for bringing a restored store into agreement.
const settleWithin = 15 * time.Minute

// settleRestored brings what a backup has of different moments into agreement, at the first
// start on a store that was restored, while other nodes wait: indexes of chats with the log, counts of files with
// the files. Erasures that ran while the backup was made are begun again, and finished now.
func (s *Server) settleRestored(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	waiting := func() {
		s.options.Logger.Warn("a backup was restored; waiting until another server has brought what it had of different moments into agreement")
	}
	return backup.Settle(ctx, s.engine, s.node, waiting, s.settle)
}

func (s *Server) settle(ctx context.Context, todo backup.Restored) error {
	begun := time.Now()
	chats, err := s.dispatcher.Reindex(ctx, todo.Since)
	if err != nil {
		return err
	}
	if err := s.media.Recount(ctx, todo.Since); err != nil {
		return err
	}
	for _, key := range todo.Erasures {
		kind, app, id, ok := backup.ErasureOf(key)
		if !ok {
			continue
		}
		if err := s.privacy.Begin(ctx, privacy.Erasure{Kind: privacy.Kind(kind), Key: ids.Key{App: app, ID: id}}); err != nil {
			return err
		}
	}
	if err := s.takeUpErasures(ctx, 0); err != nil {
		s.warn("erasure: those that ran while the backup was made wait", err)
	}
	s.options.Logger.Warn("a backup was restored; what it had of different moments agrees now", "chats", chats,
		"erasures", len(todo.Erasures), "took", time.Since(begun))
	return nil
}
