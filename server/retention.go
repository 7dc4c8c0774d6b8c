package server

import (
	"context"
	"errors"
	"time"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/media"
	"parley/server/internal/privacy"
)

// sweepEvery is how often the chats are looked for that are older than their app keeps
// them. Of all nodes one does it.
const sweepEvery = time.Hour

// keepRetention removes what is too old, until ctx ends.
func (s *Server) keepRetention(ctx context.Context) {
	for {
		mine, err := s.privacy.Claim(ctx, sweepEvery)
		if mine {
			err = s.sweep(ctx, time.Now())
		}
		if err != nil && ctx.Err() == nil {
			s.warn("retention: what is too old remains for now", err)
		}
		select {
		case <-time.After(sweepEvery / 4):
		case <-ctx.Done():
			return
		}
	}
}

// removeSilent removes silent visitors, until ctx ends.
func (s *Server) removeSilent(ctx context.Context) {
	for {
		select {
		case <-time.After(s.identity.SilentEvery()):
		case <-ctx.Done():
			return
		}
		if err := s.identity.RemoveSilent(ctx, identity.Chats{Goes: s.goes, Forget: s.forgetSilent}); err != nil && ctx.Err() == nil {
			s.warn("silent visitors: those whose time is over remain for now", err)
		}
	}
}

// sweep removes the chats and files of all apps that are too old at a time, chats in which
// nothing was said, and blocks that concern nobody any more. It costs what it removes, one look
// for each app, and one for each closed chat, each blocked visitor, and each old chat that is on hold.
func (s *Server) sweep(ctx context.Context, now time.Time) error {
	apps, err := s.identity.Apps(ctx)
	for _, app := range apps {
		if err == nil {
			silent := s.removeSilentChats(ctx, app.ID, now.Add(-s.identity.SilentLife())) // first: a chat that goes by its age leaves its visitor
			err = errors.Join(silent, s.removeOld(ctx, app.ID, now))
		}
	}
	return err
}

// removeOld removes what is older than its app keeps it, and blocks of nobody.
func (s *Server) removeOld(ctx context.Context, app string, now time.Time) (err error) {
	keep := s.settings.Of(app).Privacy
	if keep.KeepChats > 0 {
		_, err = s.eachOld(ctx, app, 0, now.AddDate(0, 0, -keep.KeepChats), s.removeOldChat, leaveHeld)
	}
	if err == nil && keep.KeepFiles > 0 {
		err = s.removeOldFiles(ctx, app, now.AddDate(0, 0, -keep.KeepFiles))
	}
	if err == nil {
		err = s.blocks.Tidy(ctx, app, s.isGone(app))
	}
	return err
}

// isGone tells whether a visitor of the app has expired.
func (s *Server) isGone(app string) func(ctx context.Context, userID string) (bool, error) {
	return func(ctx context.Context, userID string) (bool, error) {
		_, err := s.identity.User(ctx, app, userID)
		if ids.IsCode(err, wire.CodeNotFound) {
			return true, nil
		}
		return false, err
	}
}

// visitOld is what is done with an old chat.
type visitOld = func(ctx context.Context, key ids.Key, c index.Closed) error

// leaveHeld leaves a chat on hold in the list of closed chats, where the next sweep meets it.
func leaveHeld(context.Context, ids.Key, index.Closed) error { return nil }

// eachOld visits the chats of an app that were closed before a time, the oldest first, from
// a position of the list on; those on hold with held. done is the position up to which all
// were visited.
func (s *Server) eachOld(ctx context.Context, app string, from uint64, before time.Time, visit, held visitOld) (done uint64, err error) {
	for done = from; ; {
		c, found, err := s.archive.Oldest(ctx, app, done)
		if err != nil || !found || c.At.After(before) {
			return done, err
		}
		key, with := ids.Key{App: app, ID: c.ID}, visit
		err = s.checkChatFree(ctx, key)
		if ids.IsCode(err, wire.OnHold.Code()) {
			with, err = held, nil
		}
		if err == nil {
			err = with(ctx, key, c)
		}
		if err != nil {
			return done, err
		}
		done = c.Position
	}
}

// removeOldChat removes a chat as by a request, so that it is taken up if this node dies.
func (s *Server) removeOldChat(ctx context.Context, key ids.Key, c index.Closed) error {
	e := privacy.Erasure{Kind: privacy.OfChat, Key: key}
	if err := s.privacy.Begin(ctx, e); err != nil {
		return err
	}
	_, err := s.finishErasure(e, "retention")
	if ids.IsCode(err, wire.OnHold.Code()) { // since the sweep has looked; it waits
		return nil
	}
	if err != nil {
		return err
	}
	return s.archive.EraseAt(ctx, c.Position) // also of a chat that was gone before
}

// removeOldFiles removes the files of old chats, and remembers how far it has come. Chats on
// hold do not stop it: it remembers them, and looks at them first the next time.
func (s *Server) removeOldFiles(ctx context.Context, app string, before time.Time) error {
	if err := s.removePassedFiles(ctx, app, before); err != nil {
		return err
	}
	from, err := s.privacy.Done(ctx, privacy.OldFiles, app)
	if err != nil {
		return err
	}
	done, err := s.eachOld(ctx, app, from, before, s.removeFilesOf, func(ctx context.Context, key ids.Key, c index.Closed) error {
		return s.privacy.PassOver(ctx, app, privacy.Passed{ID: key.ID, At: c.At})
	})
	if done == from {
		return err
	}
	if failed := s.privacy.SetDone(ctx, privacy.OldFiles, app, done); err == nil {
		err = failed
	}
	return err
}

// removePassedFiles removes the files of old chats that were on hold and are no longer.
func (s *Server) removePassedFiles(ctx context.Context, app string, before time.Time) error {
	passed, err := s.privacy.PassedOver(ctx, app)
	for _, p := range passed {
		if err != nil || p.At.After(before) { // the app keeps them longer now
			continue
		}
		key := ids.Key{App: app, ID: p.ID}
		err = s.checkChatFree(ctx, key)
		if ids.IsCode(err, wire.OnHold.Code()) {
			err = nil
			continue
		}
		if err == nil {
			err = s.removeFilesOf(ctx, key, index.Closed{})
		}
		if err == nil {
			err = s.privacy.MadeUp(ctx, app, p)
		}
	}
	return err
}

func (s *Server) removeFilesOf(ctx context.Context, key ids.Key, _ index.Closed) error {
	_, now, err := s.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		return nil
	}
	for _, id := range media.Of(&now, "") {
		if err == nil {
			err = s.eraseFile(ctx, key, &now, id)
			s.options.Logger.Info("audit: erased", "what", "file", "app", key.App, "id", id, "by", "retention", "error", err)
		}
	}
	return err
}

// checkChatFree refuses to remove anything of a chat that is on hold, or in which anyone
// ever was who is.
func (s *Server) checkChatFree(ctx context.Context, key ids.Key) error {
	if err := s.privacy.CheckFree(ctx, privacy.OfChat, key); err != nil {
		return err
	}
	_, now, err := s.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		return nil
	}
	for _, id := range now.EverJoined() {
		if err == nil {
			err = s.privacy.CheckFree(ctx, privacy.OfUser, ids.Key{App: key.App, ID: id})
		}
	}
	return err
}
