package server

import (
	"context"
	"encoding/json"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// validateApp replies that the app may be used: it exists and accepts the request's
// origin, or the request would have been refused before.
func (s *Server) validateApp(_ context.Context, c *op.Call) (op.Result, error) {
	return op.Reply(func(o *wire.Object) {
		o.Bool("valid", true).Raw("app", wire.NewObject(nil).Str("id", c.Actor.App.ID).Str("name", c.Actor.App.Name).Done())
	}), nil
}

func (s *Server) createApp(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	n := identity.NewApp{ID: p.Text("id"), Name: p.Text("name")}
	n.Origins, _ = p.Words("origins")
	n.Rooms, _ = p.Words("rooms")
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	app, err := s.identity.RegisterApp(ctx, n)
	if err != nil {
		return op.Result{}, err
	}
	c.Note("appId", app.App.ID)
	data, err := json.Marshal(app.App)
	return op.Reply(func(o *wire.Object) { o.Raw("app", data).Str("secret", app.Secret).Str("key", app.Key) }), err
}

func (s *Server) listApps(ctx context.Context, _ *op.Call) (op.Result, error) {
	apps, err := s.identity.Apps(ctx)
	if err != nil {
		return op.Result{}, err
	}
	public := make([]identity.PublicApp, len(apps))
	for i, app := range apps {
		public[i] = app.Public()
	}
	data, err := json.Marshal(public)
	return op.Reply(func(o *wire.Object) { o.Raw("apps", data) }), err
}

func (s *Server) getApp(_ context.Context, c *op.Call) (op.Result, error) {
	return appAnswer(c.Actor.App)
}

func appAnswer(app identity.App) (op.Result, error) {
	data, err := json.Marshal(app.Public())
	return op.Reply(func(o *wire.Object) { o.Raw("app", data) }), err
}

// updateApp changes the members that are given; a list replaces the whole list.
func (s *Server) updateApp(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	if p.Has("id") && p.Text("id") != c.Actor.App.ID {
		p.Fail("id: cannot be changed")
	}
	patch := identity.AppPatch{Name: p.OptionalText("name"), Origins: p.OptionalWords("origins"), Rooms: p.OptionalWords("rooms")}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	app, err := s.identity.UpdateApp(ctx, c.Actor.App.ID, patch)
	if err != nil {
		return op.Result{}, err
	}
	return appAnswer(app)
}

// renewKey replaces the app's domain key, which is valid no longer. Only this reply has the
// new one.
func (s *Server) renewKey(ctx context.Context, c *op.Call) (op.Result, error) {
	key, err := s.identity.RenewKey(ctx, c.Actor.App.ID)
	return op.Reply(func(o *wire.Object) { o.Str("key", key) }), err
}

// newID gives an id that is used nowhere.
func (s *Server) newID(context.Context, *op.Call) (op.Result, error) {
	return op.Reply(func(o *wire.Object) { o.Str("id", ids.New()) }), nil
}
