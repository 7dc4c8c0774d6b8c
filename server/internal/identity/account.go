package identity

import (
	"context"
	"net/netip"

	"parley/server/internal/ids"
	"parley/server/internal/password"
	"parley/server/internal/store"
)

// AccountInfo is what agents see of how they log in.
type AccountInfo struct {
	Username      string `json:"username"`
	TOTP          bool   `json:"totp"`          // an authenticator app is set up
	RecoveryCodes int    `json:"recoveryCodes"` // that are left
	Email         string `json:"email"`         // by which a provider's user is found to be the agent, "" if none
	Linked        bool   `json:"linked"`        // they are known at a provider
	Subject       string `json:"-"`             // the provider's id of them, "" if they are not

	Passkeys []PasskeyInfo `json:"passkeys"`
}

// Account gives an agent's AccountInfo.
func (i *Store) Account(ctx context.Context, appID string, u User) (AccountInfo, error) {
	record, err := i.accountOf(ctx, appID, u)
	info := AccountInfo{Username: u.Username, TOTP: record.TOTP != nil, Email: record.email(), Passkeys: []PasskeyInfo{}}
	if record.Provider != nil {
		info.Subject = record.Provider.Subject
	}
	info.Linked = info.Subject != ""
	if record.TOTP != nil {
		info.RecoveryCodes = len(record.TOTP.Recovery)
	}
	for _, p := range record.Passkeys {
		info.Passkeys = append(info.Passkeys, p.PasskeyInfo)
	}
	return info, err
}

func (i *Store) accountOf(ctx context.Context, appID string, u User) (account, error) {
	record, _, found, err := store.Read[account](ctx, i.agents, accountKey(appID, u.Username))
	if err == nil && !found {
		err = ErrUnknownAgent(u.ID)
	}
	return record, err
}

// AgentNamed gives the agent with a user name. It gives the zero User if no agent has it, or
// if the store does not answer.
func (i *Store) AgentNamed(ctx context.Context, appID, username string) User {
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin)
	defer stop()
	record, err := i.accountOf(ctx, appID, User{Username: username})
	if err != nil {
		return User{}
	}
	u, err := i.User(ctx, appID, record.User)
	if err != nil {
		return User{}
	}
	return u
}

// CheckOwnPassword refuses a wrong password of an agent who is logged in, with a 401. It
// counts as a guess of the agent's own: whoever has got hold of a session cannot guess
// on, and the agent can still log in.
func (i *Store) CheckOwnPassword(ctx context.Context, appID string, u User, given string, client netip.Addr) error {
	record, err := i.accountOf(ctx, appID, u)
	if err != nil {
		return err
	}
	return i.guess(ctx, accountKey(appID, u.Username)+" own", func() error {
		return i.checkPassword(ctx, password.ShareOf(appID, client, true), given, record.Password)
	})
}

// guess makes an attempt that counts against the whole account, from wherever it comes.
func (i *Store) guess(ctx context.Context, key string, check func() error) error {
	attempt, err := i.logins.Begin(ctx, key, nil, i.now)
	if err != nil {
		return err
	}
	defer attempt.End()
	err = check()
	attempt.Judge(err, i.now())
	return err
}
