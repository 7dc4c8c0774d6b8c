package server

import (
	"context"
	"encoding/json"

	"parley/core/wire"
)

// getSettings tells what pages need to know before anybody is logged in; agents
// what they work with, and the app's secret all.
func (s *Server) getSettings(_ context.Context, c *call) (result, error) {
	now := s.settings.of(c.actor.App.ID)
	agent, all := c.actor.User.IsAgent(), c.actor.Secret
	said, err := json.Marshal(now)
	if err != nil {
		return result{}, err
	}
	rooms, err := json.Marshal(emptyNotNull(c.actor.App.Rooms))
	if err != nil {
		return result{}, err
	}
	o := wire.NewObject(nil)
	_ = wire.Members(said, func(name string, v wire.Raw) error { // was written above
		switch {
		case all, name == "queue", name == "media", name == "languages", agent && name == "cannedReplies":
			o.Raw(name, v)
		case agent && name == "surveys":
			o.Raw(name, surveyTitles(now.Surveys))
		}
		return nil
	})
	if agent || all {
		o.Raw("rooms", rooms)
	}
	set := o.Raw("limits", s.limitsJSON()).Done()
	return answer(func(o *wire.Object) { o.Raw("settings", set) }), nil
}

// surveyTitles is what it takes to choose a survey.
func surveyTitles(surveys []Survey) wire.Raw {
	titles := make([]wire.Raw, len(surveys))
	for i, s := range surveys {
		titles[i] = wire.NewObject(nil).Str("id", s.ID).Str("title", s.Title).Done()
	}
	return wire.AppendArray(nil, titles)
}

// changeSettings merges what is given into what the app has set; null is the
// default again. The rooms are the app's own.
func (s *Server) changeSettings(ctx context.Context, c *call) (result, error) {
	p := c.params
	if p.has("limits") {
		p.fail("limits: are the server's and cannot be changed")
	}
	rooms := p.wordsIf("rooms")
	patch := map[string]any{}
	for name := range p.nulls {
		if name == "rooms" {
			rooms = &[]string{}
			continue
		}
		patch[name] = nil
	}
	for name, v := range p.values {
		var value any
		if err := json.Unmarshal(v, &value); err != nil {
			p.fail("%s: %s", name, err)
		}
		if name != "rooms" {
			patch[name] = value
		}
	}
	if p.err != nil {
		return result{}, p.err
	}
	if err := s.settings.change(ctx, c.actor.App.ID, patch); err != nil {
		return result{}, err
	}
	if rooms != nil {
		app, err := s.identity.UpdateApp(ctx, c.actor.App.ID, AppPatch{Rooms: rooms})
		if err != nil {
			return result{}, err
		}
		c.actor.App = app
	}
	return s.getSettings(ctx, c)
}
