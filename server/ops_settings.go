package server

import (
	"context"
	"encoding/json"
	"slices"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/op"
	"parley/server/internal/passkey"
	"parley/server/internal/settings"
)

// getSettings gives those settings of the app that the caller may see: everybody what
// pages need before a login, agents also what they work with, the app's secret all.
func (s *Server) getSettings(_ context.Context, c *op.Call) (op.Result, error) {
	now := s.settings.Of(c.Actor.App.ID)
	agent, secret := c.Actor.User.IsAgent(), c.Actor.Secret
	all, err := json.Marshal(now)
	if err != nil {
		return op.Result{}, err
	}
	ways, err := json.Marshal(s.waysToLogIn(c))
	if err != nil {
		return op.Result{}, err
	}
	rooms, err := json.Marshal(identity.EmptyNotNull(c.Actor.App.Rooms))
	if err != nil {
		return op.Result{}, err
	}
	o := wire.NewObject(nil)
	_ = wire.Members(all, func(name string, v wire.Raw) error { // was written above
		switch {
		case secret, name == "queue", name == "media", name == "window", name == "languages", agent && (name == "cannedReplies" || name == "tags"):
			o.Raw(name, v)
		case name == "login":
			o.Raw(name, ways)
		case name == "privacy":
			o.Raw(name, wire.NewObject(nil).Bool("ownChats", now.Privacy.OwnChats).Done())
		case agent && name == "surveys":
			o.Raw(name, surveyTitles(now.Surveys))
		}
		return nil
	})
	if agent || secret {
		o.Raw("rooms", rooms)
	}
	visible := o.Raw("limits", s.limits().Done()).Done()
	return op.Reply(func(o *wire.Object) { o.Raw("settings", visible) }), nil
}

// waysToLogIn are those of the app that the host of the call has.
func (s *Server) waysToLogIn(c *op.Call) settings.LoginWays {
	ways := s.settings.Of(c.Actor.App.ID).Login.Ways()
	_, err := s.site(c)
	ways.Passkeys = err == nil
	return ways
}

// offeredWays are those that the server offers agents beside the password, at the hosts that
// its options name.
func offeredWays(c *op.Call) settings.OfferedWays {
	hasPasskeys := func(origin string) bool {
		_, err := passkey.NewSite(origin, c.Actor.App.Name)
		return err == nil
	}
	return settings.OfferedWays{Passkeys: slices.ContainsFunc(c.Named, hasPasskeys), Provider: len(c.Named) > 0}
}

// limits are those of the server that clients keep to before they send.
func (s *Server) limits() *wire.Object {
	l := s.options.Limits
	return wire.NewObject(nil).Int("message", int64(l.MessageLength)).Int("frame", int64(l.FrameBytes))
}

// mediaRules says which files the app accepts.
func (s *Server) mediaRules(app string) wire.Raw {
	rules, _ := json.Marshal(s.settings.Of(app).Media) // flags, numbers and texts
	return rules
}

// surveyTitles gives the surveys without their questions, for agents to choose from.
func surveyTitles(surveys []settings.Survey) wire.Raw {
	titles := make([]wire.Raw, len(surveys))
	for i, s := range surveys {
		titles[i] = wire.NewObject(nil).Str("id", s.ID).Str("title", s.Title).Done()
	}
	return wire.AppendArray(nil, titles)
}

// changeSettings merges the parameters into the app's settings as a JSON Merge Patch
// (RFC 7396): a value overwrites, null restores the default. The rooms are stored with
// the app, not with its settings.
func (s *Server) changeSettings(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	if p.Has("limits") {
		p.Fail("limits: cannot be changed here; the server's operator sets them")
	}
	rooms := p.OptionalWords("rooms")
	patch := map[string]any{}
	for name := range p.Nulls {
		if name == "rooms" {
			rooms = &[]string{}
			continue
		}
		patch[name] = nil
	}
	for name, v := range p.Values {
		var value any
		if err := json.Unmarshal(v, &value); err != nil {
			p.Fail("%s: %s", name, err)
		}
		if name != "rooms" {
			patch[name] = value
		}
	}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	if err := s.settings.Change(ctx, c.Actor.App.ID, patch, offeredWays(c)); err != nil {
		return op.Result{}, err
	}
	if rooms != nil {
		app, err := s.identity.UpdateApp(ctx, c.Actor.App.ID, identity.AppPatch{Rooms: rooms})
		if err != nil {
			return op.Result{}, err
		}
		c.Actor.App = app
	}
	return s.getSettings(ctx, c)
}
