package server

import (
	"context"
	"errors"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/limit"
	"parley/server/internal/oidc"
	"parley/server/internal/op"
	"parley/server/internal/settings"
)

// consolePath is where the console is, below the server's address. The provider sends the
// browser back to it.
const consolePath = "/console/"

// providerOf gives the provider by which the app's agents log in.
func (s *Server) providerOf(c *op.Call) (settings.OIDC, error) {
	by := s.settings.Of(c.Actor.App.ID).Login.OIDC
	if by == nil {
		return settings.OIDC{}, wire.Errorf(wire.LoginOff, "the app lets nobody log in by a provider")
	}
	return *by, nil
}

// beginProviderLogin begins a log-in by the app's provider. Where the provider sends the
// browser is for the server to say, not for the request: else somebody could have an
// agent's code sent to a host of their own, by a provider that is lax about it.
func (s *Server) beginProviderLogin(ctx context.Context, c *op.Call) (op.Result, error) {
	by, err := s.providerOf(c)
	if err != nil {
		return op.Result{}, err
	}
	if c.Origin == "" {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "a log-in by a provider needs a server that knows its own name: see -public-url and -hosts")
	}
	if err := s.takeLogin(c, limit.Logins); err != nil {
		return op.Result{}, err
	}
	begun, err := s.logins.Begin(ctx, c.Actor.App.ID, by, c.Base+consolePath)
	if err != nil {
		s.logProviderLogin(c, by, identity.Federated{}, err)
		return op.Result{}, err
	}
	return op.Reply(func(o *wire.Object) { o.Str("url", begun.URL).Str("key", begun.Key) }), nil
}

// finishProviderLogin ends it, with what the provider has sent to the console.
func (s *Server) finishProviderLogin(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	given := identity.LoginAttempt{Remember: p.Has("device"), Device: p.Text("device"), Client: c.Client, UserAgent: c.UserAgent}
	back := oidc.Callback{State: p.RequiredText("state"), Code: p.RequiredText("code"), Key: p.RequiredText("key"), Issuer: p.Text("iss")}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	by, err := s.providerOf(c)
	if err != nil {
		return op.Result{}, err
	}
	who, err := s.logins.Finish(ctx, c.Actor.App.ID, by, back)
	var in identity.LoggedIn
	if err == nil {
		in, err = s.identity.LoginFederated(ctx, c.Actor.App.ID, who, by.FirstLogin == settings.LinkByEmail, given)
	}
	if err != nil {
		s.logProviderLogin(c, by, who, err)
		return op.Result{}, err
	}
	if in.Linked {
		s.options.Logger.Info("agent linked", "app", c.Actor.App.ID, "username", in.User.Username, "issuer", who.Issuer, "subject", who.Subject)
	}
	return s.loggedIn(ctx, c, in)
}

// linkOf gives who an agent is at the app's provider, as the app's secret says.
func (s *Server) linkOf(c *op.Call) (*identity.Federated, error) {
	subject := c.Params.Text("oidcSubject")
	if subject == "" {
		return &identity.Federated{}, c.Params.Err
	}
	by, err := s.providerOf(c)
	if err != nil {
		return nil, wire.Errorf(wire.BadArgument, "oidcSubject: the app has no provider; set login.oidc first")
	}
	return &identity.Federated{Issuer: by.Issuer, Subject: subject}, c.Params.Err
}

// logProviderLogin writes a line like that of a failed log-in by password, with what the
// provider has done wrong. What the provider has sent is quoted and cut.
func (s *Server) logProviderLogin(c *op.Call, by settings.OIDC, who identity.Federated, err error) {
	var refused *wire.Error
	if !errors.As(err, &refused) { // the store failed, which is logged as that
		return
	}
	if refused.Code == wire.CodeTooMany {
		s.refusals.add(refusal{c.Actor.App.ID, loginFailed, refused.Reason})
		return
	}
	line := []any{"app", c.Actor.App.ID, "issuer", by.Issuer, "client", c.Client.String(), "reason", refused.Reason}
	if who.Subject != "" {
		line = append(line, "subject", who.Subject)
	}
	var failure *oidc.Failure
	if errors.As(err, &failure) {
		detail := []rune(failure.Detail())
		line = append(line, "detail", string(detail[:min(len(detail), 300)]))
	}
	s.options.Logger.Warn(loginFailed, line...)
	s.options.Metrics.LoginFailed(refused.Reason)
	s.noteFailedLogin(c, identity.User{}, refused.Reason)
}
