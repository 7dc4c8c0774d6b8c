package identity

import (
	"context"
	"net/netip"

	"parley/server/internal/store"
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
	kept := ""
	if record.knows(given.Device, i.now()) {
		kept = given.Device
	}
	if err := i.setPassword(ctx, appID, u, given.New, kept); err != nil {
		return err
	}
	_, err = i.changeUser(ctx, appID, u.ID, func(u *User) error {
		u.endSessions(given.Session)
		return nil
	})
	return err
}

// setPassword also forgets the account's devices, but for the one that is kept, and an
// authenticator app that is being set up: one of them may be why the password is changed.
func (i *Store) setPassword(ctx context.Context, appID string, u User, password, kept string) error {
	if err := checkPassword(password, u.Username); err != nil {
		return err
	}
	hash, err := i.hashing.hash(ctx, share{app: appID}, password)
	if err != nil {
		return err
	}
	err = i.changeAccount(ctx, appID, u.Username, func(record *account) error {
		record.Password, record.Devices, record.Pending = hash, nil, nil
		if kept != "" {
			record.remember(kept, i.now())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return store.EraseOld(ctx, i.engine, i.agents, accountKey(appID, u.Username))
}

// endSessions ends the user's sessions, but for the one that is kept, of whose token
// this is the digest; "" is none.
func (u *User) endSessions(kept string) { u.Epoch, u.Kept = u.Epoch+1, kept }

// hasEnded tells whether the user's sessions of an epoch have ended, and so has the one
// of whose token this is the digest.
func (u *User) hasEnded(epoch int, digest string) bool {
	return u.Epoch != epoch && (u.Kept != digest || u.Epoch != epoch+1)
}
