package identity

import (
	"context"

	"parley/server/internal/store"
)

// Standing says whether an app is to be erased.
type Standing string

// An app that is not open has no credentials: all of its requests are refused as those of an
// unknown app.
const (
	AppOpen    Standing = ""
	AppShut    Standing = "shut"     // until its erasure has looked whether anything in it must be kept
	AppGivenUp Standing = "given up" // it is being erased, or is gone
)

// StandingOf gives the standing of an app.
func (i *Store) StandingOf(ctx context.Context, appID string) (Standing, error) {
	app, _, found, err := store.Read[App](ctx, i.apps, appID)
	if err == nil && !found {
		return AppGivenUp, nil
	}
	return app.Standing, err
}

// ShutApp ends the credentials of an app until ReopenApp, or for good with GiveUpApp.
func (i *Store) ShutApp(ctx context.Context, appID string) error {
	return i.changeStanding(ctx, appID, func(now Standing) Standing {
		if now == AppOpen {
			return AppShut
		}
		return now
	})
}

// ReopenApp makes the credentials of an app that was shut right again.
func (i *Store) ReopenApp(ctx context.Context, appID string) error {
	return i.changeStanding(ctx, appID, func(Standing) Standing { return AppOpen })
}

// GiveUpApp makes the end of an app that was shut final.
func (i *Store) GiveUpApp(ctx context.Context, appID string) error {
	return i.changeStanding(ctx, appID, func(Standing) Standing { return AppGivenUp })
}

// changeStanding gives an app another standing. One that is given up stays so, and none is
// given up that is open: it was opened meanwhile, and may be in use. Both are ErrConcurrent.
func (i *Store) changeStanding(ctx context.Context, appID string, to func(Standing) Standing) error {
	_, err := store.Modify(ctx, i.apps, appID, func(app *App, found bool) error {
		now := app.Standing
		if !found {
			now = AppGivenUp
		}
		switch app.Standing = to(now); {
		case app.Standing == now:
			return store.ErrUnchanged
		case now == AppGivenUp, now == AppOpen && app.Standing == AppGivenUp:
			return store.ErrConcurrent
		}
		return nil
	})
	return err
}
