package identity

import (
	"context"
	"encoding/json"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/passkey"
)

// AskPasskey asks for any passkey of the site, which LoginByPasskey takes. It gives the
// options of the browser, and is the same for everybody.
func (i *Store) AskPasskey(ctx context.Context, appID string, site passkey.Site) (json.RawMessage, error) {
	asked, err := site.Ask()
	if err == nil {
		err = i.putChallenge(ctx, appID, asked.Challenge, challenge{Origin: site.Origin})
	}
	return asked.Options, err
}

// LoginByPasskey begins a session of the agent whose passkey the authenticator has used.
// It asks for no password and no code: the authenticator has asked for the second factor.
// All that is wrong gives the same 401, so that nobody learns which agents exist. The log
// gets the agent of whom the passkey claims to be, also with an error.
func (i *Store) LoginByPasskey(ctx context.Context, appID string, site passkey.Site, answer []byte, given LoginAttempt) (LoggedIn, error) {
	used, err := passkey.ParseAnswer(answer)
	if err != nil {
		return LoggedIn{}, err
	}
	// Like a log-in by password: the user is read before what may change meanwhile.
	u, record, err := i.holderOf(ctx, appID, used)
	if err != nil {
		return LoggedIn{}, err
	}
	given.Username = u.Username
	key := accountKey(appID, u.Username)
	attempt, err := i.beginAttempt(ctx, key+" passkey", record.knows(given.Device, i.now()), given)
	if err != nil {
		return LoggedIn{User: u}, err
	}
	defer attempt.End()
	err = i.usePasskey(ctx, appID, site, used, u)
	if attempt.Judge(err, i.now()); err != nil {
		return LoggedIn{User: u}, err
	}
	return i.admit(ctx, appID, record, u, given, ByPasskey)
}

// holderOf gives the agent of whom the authenticator says that the passkey is. One who
// does not exist has no user name and no passkeys.
func (i *Store) holderOf(ctx context.Context, appID string, used passkey.Answer) (u User, record account, err error) {
	if u, err = i.Agent(ctx, appID, used.Holder()); err == nil {
		record, err = i.accountOf(ctx, appID, u)
	}
	if ids.IsCode(err, wire.CodeNotFound) {
		return User{}, account{}, nil
	}
	return u, record, err
}

// usePasskey refuses a passkey that is not the agent's as they have it now, and notes its
// use.
func (i *Store) usePasskey(ctx context.Context, appID string, site passkey.Site, used passkey.Answer, u User) error {
	if err := i.takeChallenge(ctx, appID, used.Challenge(), challenge{Origin: site.Origin}); err != nil {
		return err
	}
	return i.modifyAccount(ctx, accountKey(appID, u.Username), func(a *account, _ bool) error {
		now, err := site.Check(used, a.holder(u), used.Challenge())
		if err != nil {
			return err
		}
		p := a.passkeyOf(now.ID)
		if p.Host != site.Host() {
			return passkey.Refuse("the passkey is of another host")
		}
		p.Used = ids.Unix(i.now())
		return p.Key.Used(now)
	})
}
