package server

import (
	"context"

	"parley/core/wire"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/privacy"
)

// shutApp ends the credentials of an app and looks for holds once more, as none can be set
// from then on (takesHold). Then the app is given up for good.
func (s *Server) shutApp(ctx context.Context, app string) error {
	if err := s.identity.ShutApp(ctx, app); err != nil {
		return err
	}
	if err := s.checkAppFree(ctx, app); err != nil {
		return err
	}
	return s.identity.GiveUpApp(ctx, app)
}

// checkAppFree refuses to erase an app in which anything is on hold, unless it is given up.
func (s *Server) checkAppFree(ctx context.Context, app string) error {
	standing, err := s.identity.StandingOf(ctx, app)
	if err != nil || standing == identity.AppGivenUp {
		return err
	}
	return s.privacy.CheckAppFree(ctx, app)
}

// takesHold refuses a hold that came too late. It is asked when the hold is stored already: an
// erasure that has shut the app before meets the hold, or this meets the erasure. Once the
// app is given up nobody looks for the hold, and it is not left behind.
func (s *Server) takesHold(ctx context.Context, kind privacy.Kind, key ids.Key) error {
	standing, err := s.identity.StandingOf(ctx, key.App)
	if err == nil && standing == identity.AppGivenUp {
		err = s.privacy.Release(ctx, kind, key)
	}
	if err == nil && standing != identity.AppOpen {
		err = wire.Errorf(wire.Changed, "the app is being removed, and takes no more holds; try again to see whether it was kept")
	}
	return err
}

// eraseApp removes an app with everything in it. Its credentials and connections end first.
func (s *Server) eraseApp(ctx context.Context, app string) (removed erased, err error) {
	if err := s.shutApp(ctx, app); err != nil {
		return removed, err
	}
	err = s.eachUser(ctx, app, func(u identity.User) {
		s.hub.PushToUser(ids.Key{App: app, ID: u.ID}, gateway.Push{Event: gateway.SessionEnded})
	})
	if err != nil {
		return removed, err
	}
	for _, h := range s.webhooks.List(app) {
		if err := s.webhooks.Remove(ctx, h); err != nil {
			return removed, err
		}
	}
	for id := range s.board.Chats(app) {
		if err := s.dispatcher.CloseErased(ctx, ids.Key{App: app, ID: id}); err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return removed, err
		}
	}
	if removed.Entries, err = s.log.RemoveAll(ctx, app); err != nil {
		return removed, err
	}
	if removed.Answers, err = s.surveys.Erase(ctx, app, ""); err != nil {
		return removed, err
	}
	for _, erase := range []func(context.Context, string) error{
		s.media.EraseAll, s.archive.EraseAll, s.settings.Remove, s.members.ForgetApp, s.blocks.EraseApp, s.notes.EraseApp,
		s.privacy.Forget, s.audit.EraseApp, s.identity.EraseApp,
	} {
		if err := erase(ctx, app); err != nil {
			return removed, err
		}
	}
	return removed, s.chats.Remove(ctx, ids.Key{App: app})
}

// eachUser visits the visitors and agents of an app.
func (s *Server) eachUser(ctx context.Context, app string, visit func(identity.User)) error {
	for after := uint64(0); ; {
		users, next, err := s.identity.Users(ctx, app, after, maxListed)
		if err != nil {
			return err
		}
		for _, u := range users {
			visit(u)
		}
		if next == 0 {
			return nil
		}
		after = next
	}
}
