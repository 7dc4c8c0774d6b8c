package server

import (
	"context"
	"errors"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/passkey"
	"parley/server/internal/webhook"
)

func (s *Server) loginAgent(ctx context.Context, c *op.Call) (op.Result, error) {
	if err := s.checkPasswordsOn(c); err != nil {
		return op.Result{}, err
	}
	given := s.loginAttempt(c)
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	in, err := s.identity.Login(ctx, c.Actor.App.ID, given)
	if err != nil {
		s.logFailedLogin(c, given.Username, err)
		return op.Result{}, err
	}
	return s.loggedIn(ctx, c, in)
}

// checkPasswordsOn refuses passwords where the app lets nobody in by them.
func (s *Server) checkPasswordsOn(c *op.Call) error {
	if s.settings.Of(c.Actor.App.ID).Login.Password {
		return nil
	}
	return wire.Errorf(wire.LoginOff, "the app lets nobody log in by a password")
}

// loginAttempt reads what a log-in gives.
func (s *Server) loginAttempt(c *op.Call) identity.LoginAttempt {
	p := c.Params
	return identity.LoginAttempt{
		Username: p.RequiredText("username"), Password: p.RequiredText("password"), Code: p.Text("code"),
		Remember: p.Has("device"), Device: p.Text("device"), Client: c.Client, UserAgent: c.UserAgent,
		SecondFactor: identity.SecondFactor(s.settings.Of(c.Actor.App.ID).Login.SecondFactor),
	}
}

// beginSecondFactor begins to set up an authenticator app for an agent whom the app does
// not let in without one. The next log-in, with its code, completes it.
func (s *Server) beginSecondFactor(ctx context.Context, c *op.Call) (op.Result, error) {
	if err := s.checkPasswordsOn(c); err != nil {
		return op.Result{}, err
	}
	given := s.loginAttempt(c)
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	key, err := s.identity.BeginSecondFactor(ctx, c.Actor.App, given)
	if err != nil {
		s.logFailedLogin(c, given.Username, err)
		return op.Result{}, err
	}
	return totpAnswer(key)
}

// loggedIn is the reply to a log-in.
func (s *Server) loggedIn(ctx context.Context, c *op.Call, in identity.LoggedIn) (op.Result, error) {
	account, err := s.account(ctx, c, in.User)
	if err != nil {
		return op.Result{}, err
	}
	s.noteLogin(ctx, c, in.User)
	s.notifyOfAgent(c, webhook.EventLogin, in.User)
	return op.Reply(func(o *wire.Object) {
		o.Raw("user", account).Raw("session", wire.NewObject(nil).Str("token", in.Token).Done()).StrIf("device", in.Device)
		if in.Recovery != nil {
			o.Raw("recoveryCodes", codesJSON(in.Recovery))
		}
	}), nil
}

// logFailedLogin writes a line on which operators can alert. It has the name if there is such an
// agent: a name that is nobody's may be a password in the wrong field.
func (s *Server) logFailedLogin(c *op.Call, username string, err error) {
	var named identity.User
	if refused := ids.AsError(err); refused.Code != wire.CodeTooMany { // those are summed up, without names
		named = s.identity.AgentNamed(s.ctx, c.Actor.App.ID, username)
	}
	name := nobodys
	if named.ID != "" || username == "" {
		name = username
	}
	if s.logRefusal(loginFailed, c, err, "username", name) {
		s.noteFailedLogin(c, named, ids.AsError(err).Reason)
	}
}

// nobodys stands in the log for a name that no agent has.
const nobodys = "(no agent's)"

const loginFailed = "log-in failed"

// logRefusedChange writes such a line of an agent who is logged in, and may be somebody who
// has got hold of their session.
func (s *Server) logRefusedChange(c *op.Call, change string, err error) {
	s.logRefusal("account change refused", c, err, "username", c.User.Username, "change", change)
}

// logRefusal tells whether it has written a line. Refusals for their rate are summed up.
func (s *Server) logRefusal(message string, c *op.Call, err error, about ...any) (alone bool) {
	var refused *wire.Error
	if !errors.As(err, &refused) { // there is no error, or the store failed, which is logged as that
		return false
	}
	if refused.Reason == wire.CodeNeeded.Name() || refused.Reason == wire.SecondFactorMissing.Name() { // the first half went well
		return false
	}
	if message == loginFailed {
		s.options.Metrics.LoginFailed(refused.Reason)
	}
	if refused.Code == wire.CodeTooMany {
		s.refusals.add(refusal{c.Actor.App.ID, message, refused.Reason})
		return false
	}
	line := append([]any{"app", c.Actor.App.ID}, about...)
	line = append(line, "client", c.Client.String(), "reason", refused.Reason)
	if detail := passkey.Detail(err); detail != "" {
		line = append(line, "detail", detail)
	}
	s.options.Logger.Warn(message, line...)
	return true
}
