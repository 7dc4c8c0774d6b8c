package server

import (
	"context"
	"encoding/json"

	"parley/core/wire"
)

// settings tells what pages need to know before anybody is logged in.
func (s *Server) getSettings(_ context.Context, c *call) (result, error) {
	now := s.settings.of(c.actor.App.ID)
	public, err := json.Marshal(struct {
		Queue     QueueSettings   `json:"queue"`
		Media     MediaSettings   `json:"media"`
		Languages []string        `json:"languages"`
		Limits    json.RawMessage `json:"limits"`
	}{now.Queue, now.Media, now.Languages, json.RawMessage(s.limitsJSON())})
	return answer(func(o *wire.Object) { o.Raw("settings", public) }), err
}

// validateApp says that the app exists and may be used from where the request
// comes; otherwise the credentials were refused.
func (s *Server) validateApp(_ context.Context, c *call) (result, error) {
	if id := c.params.text("appId"); id != c.actor.App.ID {
		return result{}, wire.Errorf(wire.CodeForbidden, "the credentials are of app %q, not of %q", c.actor.App.ID, id)
	}
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
