package server

import (
	"context"
	"encoding/json"

	"parley/core/wire"
)

// validateApp says that the app exists and may be used from where the request
// comes; otherwise the request was refused before it came here.
func (s *Server) validateApp(_ context.Context, c *call) (result, error) {
	return answer(func(o *wire.Object) {
		o.Bool("valid", true).Raw("app", wire.NewObject(nil).Str("id", c.actor.App.ID).Str("name", c.actor.App.Name).Done())
	}), nil
}

func (s *Server) createApp(ctx context.Context, c *call) (result, error) {
	p := c.params
	n := NewApp{ID: p.text("id"), Name: p.text("name")}
	n.Origins, _ = p.words("origins")
	n.Rooms, _ = p.words("rooms")
	if p.err != nil {
		return result{}, p.err
	}
	app, err := s.identity.RegisterApp(ctx, n)
	if err != nil {
		return result{}, err
	}
	data, err := json.Marshal(app.App)
	return answer(func(o *wire.Object) { o.Raw("app", data).Str("secret", app.Secret).Str("key", app.Key) }), err
}

func (s *Server) listApps(ctx context.Context, _ *call) (result, error) {
	apps, err := s.identity.Apps(ctx)
	if err != nil {
		return result{}, err
	}
	public := make([]PublicApp, len(apps))
	for i, app := range apps {
		public[i] = app.Public()
	}
	data, err := json.Marshal(public)
	return answer(func(o *wire.Object) { o.Raw("apps", data) }), err
}

func (s *Server) getApp(_ context.Context, c *call) (result, error) { return appAnswer(c.actor.App) }

func appAnswer(app App) (result, error) {
	data, err := json.Marshal(app.Public())
	return answer(func(o *wire.Object) { o.Raw("app", data) }), err
}

// updateApp changes what is given; a list replaces the whole list.
func (s *Server) updateApp(ctx context.Context, c *call) (result, error) {
	p := c.params
	if p.has("id") && p.text("id") != c.actor.App.ID {
		p.fail("id: cannot be changed")
	}
	patch := AppPatch{Name: p.textIf("name"), Origins: p.wordsIf("origins"), Rooms: p.wordsIf("rooms")}
	if p.err != nil {
		return result{}, p.err
	}
	app, err := s.identity.UpdateApp(ctx, c.actor.App.ID, patch)
	if err != nil {
		return result{}, err
	}
	return appAnswer(app)
}

// renewSecret and renewKey end the old one at once; the new one is told this once.
func (s *Server) renewSecret(ctx context.Context, c *call) (result, error) {
	secret, err := s.identity.RenewSecret(ctx, c.actor.App.ID)
	return answer(func(o *wire.Object) { o.Str("secret", secret) }), err
}

func (s *Server) renewKey(ctx context.Context, c *call) (result, error) {
	key, err := s.identity.RenewKey(ctx, c.actor.App.ID)
	return answer(func(o *wire.Object) { o.Str("key", key) }), err
}

// newID gives an id that is used nowhere.
func (s *Server) newID(context.Context, *call) (result, error) {
	return answer(func(o *wire.Object) { o.Str("id", NewID()) }), nil
}
