package server

import (
	"context"

	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// changePassword changes the agent's own password. Their other sessions end, as one of
// them may be why it is changed.
func (s *Server) changePassword(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	given := identity.PasswordChange{
		Old: p.RequiredText("password"), New: p.RequiredText("newPassword"), Session: c.Session, Device: p.Text("device"), Client: c.Client,
	}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	if err := s.identity.ChangePassword(ctx, c.Actor.App.ID, c.User, given); err != nil {
		s.logFailedLogin(c, c.User.Username, err)
		return op.Result{}, err
	}
	s.hub.PushToUser(ids.Key{App: c.Actor.App.ID, ID: c.User.ID}, gateway.Push{Event: gateway.SessionEnded, Kept: c.Session})
	return op.Result{}, nil
}
