package server

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/op"
	"parley/server/internal/passkey"
	"parley/server/internal/settings"
)

// public are the settings that everybody gets whole.
var public = []string{"queue", "media", "window", "languages"}

// getSettings gives those settings of the app that the caller may see: everybody what
// pages need before a login, agents also what they work with, supervisors also what they may
// change, the app's secret all. Who may change them gets their version too.
func (s *Server) getSettings(_ context.Context, c *op.Call) (op.Result, error) {
	version := s.settingsVersion(c.Actor.App) // first: a change that comes between is refused then, and not overwritten
	now := s.settings.Of(c.Actor.App.ID)
	agent, secret := c.Actor.User.IsAgent(), c.Actor.Secret
	lead := manages(c)
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
		case secret, lead && op.IsDaily(name), slices.Contains(public, name), agent && (name == "cannedReplies" || name == "tags"):
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
	return op.Reply(func(o *wire.Object) {
		if o.Raw("settings", visible); lead {
			o.Str(op.ParamVersion, version)
		}
	}), nil
}

// settingsVersion names what an app has set, and its rooms, which are stored apart.
func (s *Server) settingsVersion(app identity.App) string {
	return s.settings.Version(app.ID) + "." + app.RoomsVersion()
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

// settingsChange is what a call changes of the settings, as a JSON Merge Patch, and of the
// rooms, which are stored with the app. It was made from these versions; "" is any.
type settingsChange struct {
	patch                   map[string]any
	rooms                   *[]string
	fromSettings, fromRooms string
}

// readSettingsChange reads it from the parameters. Supervisors say from which version they have
// made it, so that two of them do not overwrite each other; programs may.
func readSettingsChange(c *op.Call) (change settingsChange, err error) {
	p := c.Params
	if p.Has("limits") {
		p.Fail("limits: cannot be changed here; the server's operator sets them")
	}
	from := p.Text(op.ParamVersion)
	change.fromSettings, change.fromRooms, _ = strings.Cut(from, ".")
	switch {
	case from == "" && !c.Actor.Secret:
		p.Fail("version: must be given, as GET /settings gives it")
	case from != "" && (change.fromSettings == "" || change.fromRooms == ""):
		p.Fail("version: must be as GET /settings gives it")
	}
	change.rooms, change.patch = p.OptionalWords("rooms"), map[string]any{}
	for name := range p.Nulls {
		change.patch[name] = nil
	}
	for name, v := range p.Values {
		var value any
		if err := json.Unmarshal(v, &value); err != nil {
			p.Fail("%s: %s", name, err)
		}
		change.patch[name] = value
	}
	if p.Nulls["rooms"] {
		change.rooms = &[]string{}
	}
	delete(change.patch, "rooms")
	delete(change.patch, op.ParamVersion)
	if from != "" && change.rooms != nil && len(change.patch) > 0 {
		p.Fail("rooms: must be changed apart from other settings in a change that names a version")
	}
	return change, p.Err
}

// changeSettings merges the parameters into the app's settings as a JSON Merge Patch
// (RFC 7396): a value overwrites, null restores the default.
func (s *Server) changeSettings(ctx context.Context, c *op.Call) (op.Result, error) {
	change, err := readSettingsChange(c)
	if err == nil && len(change.patch) > 0 {
		err = s.settings.Change(ctx, c.Actor.App.ID, change.fromSettings, change.patch, offeredWays(c))
	}
	if err != nil {
		return op.Result{}, err
	}
	if change.rooms != nil {
		patch := identity.AppPatch{Rooms: change.rooms, RoomsFrom: change.fromRooms}
		app, err := s.identity.UpdateApp(ctx, c.Actor.App.ID, patch)
		if err != nil {
			return op.Result{}, err
		}
		c.Actor.App = app
	}
	return s.getSettings(ctx, c)
}
