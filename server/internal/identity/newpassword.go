package identity

import (
	"context"
	"net/netip"

	"parley/server/internal/password"
)

// PasswordChange is what agents give who change their own password.
type PasswordChange struct {
	Old, New string
	Session  string     // digest of the token of the session that goes on; all others end
	Device   string     // as in LoginAttempt; this one is remembered if it was before
	Client   netip.Addr // their address
}

// ChangePassword changes an agent's password as they ask for it themselves. A wrong old
// password is a 401, and counts as a failed log-in of the agent's own.
func (i *Store) ChangePassword(ctx context.Context, appID string, u User, given PasswordChange) error {
	if err := i.CheckOwnPassword(ctx, appID, u, given.Old, given.Client); err != nil {
		return err
	}
	record, err := i.accountOf(ctx, appID, u)
	if err != nil {
		return err
	}
	device := ""
	if record.knows(given.Device, i.now()) {
		device = given.Device
	}
	hash, err := i.hashOf(ctx, appID, u.Username, given.New)
	if err != nil {
		return err
	}
	return i.endingSessions(ctx, appID, u.ID, given.Session, func() error {
		return i.setPassword(ctx, appID, u.Username, hash, device)
	})
}

// hashOf gives the hash of a new password, and refuses a bad one.
func (i *Store) hashOf(ctx context.Context, appID, username, wanted string) (string, error) {
	if err := password.Check(wanted, username); err != nil {
		return "", err
	}
	return i.hashing.Hash(ctx, password.Share{App: appID}, wanted)
}

// setPassword also forgets the account's devices, but for the one that is kept, and an
// authenticator app that is being set up: one of them may be why the password is changed.
func (i *Store) setPassword(ctx context.Context, appID, username, hash, kept string) error {
	return i.changeAccount(ctx, appID, username, func(record *account) error {
		record.Password, record.Devices, record.Pending = hash, nil, nil
		if kept != "" {
			record.remember(kept, i.now())
		}
		return nil
	})
}
