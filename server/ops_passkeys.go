package server

import (
	"context"
	"encoding/json"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/limit"
	"parley/server/internal/op"
	"parley/server/internal/passkey"
)

// site is where the passkeys of a call hold. It refuses them where the app lets nobody in
// by them.
func (s *Server) site(c *op.Call) (passkey.Site, error) {
	if !s.settings.Of(c.Actor.App.ID).Login.Passkeys {
		return passkey.Site{}, wire.Errorf(wire.LoginOff, "the app lets nobody log in by a passkey")
	}
	return passkey.NewSite(c.Origin, c.Actor.App.Name)
}

// newPasskey begins to add a passkey to the agent's account, which addPasskey ends.
func (s *Server) newPasskey(ctx context.Context, c *op.Call) (op.Result, error) {
	site, err := s.site(c)
	if err == nil {
		err = s.checkOwner(ctx, c, "new passkey")
	}
	if err != nil {
		return op.Result{}, err
	}
	return optionsAnswer(s.identity.NewPasskey(ctx, c.Actor.App.ID, c.User, site))
}

func (s *Server) addPasskey(ctx context.Context, c *op.Call) (op.Result, error) {
	name, made := c.Params.RequiredText("name"), c.Params.Object("credential")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	site, err := s.site(c)
	if err != nil {
		return op.Result{}, err
	}
	added, err := s.identity.AddPasskey(ctx, c.Actor.App.ID, c.User, site, name, made)
	if err != nil {
		s.logRefusedChange(c, "new passkey", err)
		return op.Result{}, err
	}
	data, err := json.Marshal(added)
	return op.Reply(func(o *wire.Object) { o.Raw("passkey", data) }), err
}

// removePasskey works also where the app lets nobody in by them any more.
func (s *Server) removePasskey(ctx context.Context, c *op.Call) (op.Result, error) {
	if err := s.checkOwner(ctx, c, "removal of a passkey"); err != nil {
		return op.Result{}, err
	}
	return op.Result{}, s.identity.RemovePasskey(ctx, c.Actor.App.ID, c.User.Username, c.Params.Text("passkeyId"))
}

// askPasskey begins a log-in by passkey, which loginByPasskey ends. What a page offers while
// it waits (conditional mediation) takes nothing from those who log in.
func (s *Server) askPasskey(ctx context.Context, c *op.Call) (op.Result, error) {
	kind := limit.Logins
	if c.Params.OneOf("mediation", "conditional") != "" {
		kind = limit.Offers
	}
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	site, err := s.site(c)
	if err == nil {
		err = s.takeLogin(c, kind)
	}
	if err != nil {
		return op.Result{}, err
	}
	return optionsAnswer(s.identity.AskPasskey(ctx, c.Actor.App.ID, site))
}

func (s *Server) loginByPasskey(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	given := identity.LoginAttempt{Remember: p.Has("device"), Device: p.Text("device"), Client: c.Client, UserAgent: c.UserAgent}
	answer := p.Object("credential")
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	site, err := s.site(c)
	if err != nil {
		return op.Result{}, err
	}
	in, err := s.identity.LoginByPasskey(ctx, c.Actor.App.ID, site, answer, given)
	if err != nil {
		s.logFailedLogin(c, in.User.Username, err)
		return op.Result{}, err
	}
	return s.loggedIn(ctx, c, in)
}

// optionsAnswer gives what a page asks an authenticator for.
func optionsAnswer(options json.RawMessage, err error) (op.Result, error) {
	return op.Reply(func(o *wire.Object) { o.Raw("options", wire.Raw(options)) }), err
}
