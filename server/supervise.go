package server

import (
	"slices"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/op"
)

// What supervisors may change of accounts by their session: every account of an agent. Of
// other supervisors' they leave what would let them log in as one, and do not remove them;
// their own they change where everybody does, so that nobody locks the last one out. The
// app's secret changes everything.

// ofLogin are the parts of an account by which somebody could log in as another.
var ofLogin = []string{"password", "resetSecondFactor", "email", "oidcSubject"}

// manages tells whether the caller sees accounts whole.
func manages(c *op.Call) bool {
	return c.Actor.Secret || c.Actor.User.Role == identity.RoleSupervisor
}

// mayChange refuses a supervisor what they may not change of an account.
func mayChange(c *op.Call, of identity.User) error {
	switch given := slices.IndexFunc(ofLogin, c.Params.Has); {
	case c.Actor.Secret:
		return nil
	case of.ID == c.Actor.User.ID:
		return errOwnAccount
	case of.Role == identity.RoleSupervisor && given >= 0:
		return wire.Errorf(wire.NotAllowed, "%s: needs the app's secret, as the account is another supervisor's", ofLogin[given])
	}
	return nil
}

// mayChangePicture refuses to change the picture of an agent to other agents.
func mayChangePicture(c *op.Call, agentID string) error {
	if manages(c) || agentID == c.Actor.User.ID {
		return nil
	}
	return wire.Errorf(wire.NotAllowed, "agentId: only agents themselves and supervisors change a picture")
}

// mayRemove refuses a supervisor to remove their own account, or another supervisor's.
func mayRemove(c *op.Call, of identity.User) error {
	switch {
	case c.Actor.Secret:
		return nil
	case of.ID == c.Actor.User.ID:
		return errOwnAccount
	case of.Role == identity.RoleSupervisor:
		return wire.Errorf(wire.NotAllowed, "agentId: needs the app's secret, as the account is another supervisor's")
	}
	return nil
}

var errOwnAccount = wire.Errorf(wire.NotAllowed, "agentId: supervisors do not change their own account so; another supervisor does, or the app's secret")
