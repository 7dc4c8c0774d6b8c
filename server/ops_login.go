package server

import (
	"context"
	"errors"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/op"
	"parley/server/internal/webhook"
)

func (s *Server) loginAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	given := identity.LoginAttempt{
		Username: p.RequiredText("username"), Password: p.RequiredText("password"),
		Remember: p.Has("device"), Device: p.Text("device"), Client: c.Client, UserAgent: c.UserAgent,
	}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	in, err := s.identity.Login(ctx, c.Actor.App.ID, given)
	if err != nil {
		s.logFailedLogin(c, given.Username, err)
		return op.Result{}, err
	}
	return s.loggedIn(ctx, c, in)
}

// loggedIn is the reply to a log-in.
func (s *Server) loggedIn(ctx context.Context, c *op.Call, in identity.LoggedIn) (op.Result, error) {
	account, err := s.account(ctx, c, in.User)
	if err != nil {
		return op.Result{}, err
	}
	s.notifyOfAgent(c, webhook.EventLogin, in.User)
	return op.Reply(func(o *wire.Object) {
		o.Raw("user", account).Raw("session", wire.NewObject(nil).Str("token", in.Token).Done()).StrIf("device", in.Device)
	}), nil
}

// logFailedLogin writes a line on which operators can alert. The name is cut, as whoever
// fails chooses it.
func (s *Server) logFailedLogin(c *op.Call, username string, err error) {
	var refused *wire.Error
	if !errors.As(err, &refused) {
		return // the store failed, which is logged as that
	}
	name := []rune(username)
	s.options.Logger.Warn("log-in failed", "app", c.Actor.App.ID, "username", string(name[:min(len(name), 64)]),
		"client", c.Client.String(), "reason", refused.Reason)
}
