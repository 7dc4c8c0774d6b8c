package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/passkey"
)

const (
	passkeysKept = 20 // of one account
	passkeyName  = 64 // characters
)

// storedPasskey is a passkey of an account.
type storedPasskey struct {
	PasskeyInfo
	Key passkey.Key `json:"key"`
}

// PasskeyInfo is a passkey as its agent sees it.
type PasskeyInfo struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"` // that its agent has given it
	Host    string  `json:"host"` // of the server, for which it holds
	Created float64 `json:"created"`
	Used    float64 `json:"used"` // when it logged in last; like Created in unix seconds, 0 if it has not
}

// holder is the agent as authenticators know them. The id of an agent is random, and no
// other agent ever has it, not even a later one of the same name.
func (a *account) holder(u User) passkey.Holder {
	h := passkey.Holder{ID: u.ID, Username: u.Username, Name: u.Name}
	for _, p := range a.Passkeys {
		h.Keys = append(h.Keys, p.Key)
	}
	return h
}

// passkeyOf finds the passkey that its authenticator knows by an id; nil if the account does not have it.
func (a *account) passkeyOf(id []byte) *storedPasskey {
	at := slices.IndexFunc(a.Passkeys, func(p storedPasskey) bool { return bytes.Equal(p.Key.ID, id) })
	if at < 0 {
		return nil
	}
	return &a.Passkeys[at]
}

// NewPasskey asks the agent's authenticator for a new passkey, which AddPasskey takes. It
// gives the options of the browser.
func (i *Store) NewPasskey(ctx context.Context, appID string, u User, site passkey.Site) (json.RawMessage, error) {
	record, err := i.accountOf(ctx, appID, u)
	if err != nil {
		return nil, err
	}
	if len(record.Passkeys) >= passkeysKept {
		return nil, errTooManyPasskeys
	}
	asked, err := site.Make(record.holder(u))
	if err == nil {
		err = i.putChallenge(ctx, appID, asked.Challenge, challenge{Origin: site.Origin, User: u.ID})
	}
	return asked.Options, err
}

var errTooManyPasskeys = wire.Errorf(wire.NotAllowed, "the account has %d passkeys, and more are not allowed; remove one first", passkeysKept)

// AddPasskey adds the passkey that the authenticator has made, under a name.
func (i *Store) AddPasskey(ctx context.Context, appID string, u User, site passkey.Site, name string, answer []byte) (PasskeyInfo, error) {
	name = strings.TrimSpace(name)
	if !ids.Visible(name) {
		return PasskeyInfo{}, wire.Errorf(wire.BadArgument, "name: must not be empty")
	}
	if err := ids.CheckText("name", name, passkeyName); err != nil {
		return PasskeyInfo{}, err
	}
	made, err := passkey.ParseMade(answer)
	if err != nil {
		return PasskeyInfo{}, err
	}
	if err := i.takeChallenge(ctx, appID, made.Challenge(), challenge{Origin: site.Origin, User: u.ID}); err != nil {
		return PasskeyInfo{}, err
	}
	info := PasskeyInfo{ID: ids.New(), Name: name, Host: site.Host(), Created: ids.Unix(i.now())}
	err = i.changeAccount(ctx, appID, u.Username, func(a *account) error {
		key, err := site.Verify(made, a.holder(u), made.Challenge())
		switch {
		case err != nil:
			return err
		case a.passkeyOf(key.ID) != nil:
			return passkey.Refuse("the account has this passkey already")
		case len(a.Passkeys) >= passkeysKept:
			return errTooManyPasskeys
		}
		a.Passkeys = append(a.Passkeys, storedPasskey{info, key})
		return nil
	})
	return info, err
}

// RemovePasskey removes a passkey of the agent. Sessions that it began go on.
func (i *Store) RemovePasskey(ctx context.Context, appID, username, id string) error {
	return i.changeAccount(ctx, appID, username, func(a *account) error {
		left := slices.DeleteFunc(slices.Clone(a.Passkeys), func(p storedPasskey) bool { return p.ID == id })
		if len(left) == len(a.Passkeys) {
			return wire.Errorf(wire.UnknownPasskey, "the account has no passkey %q", id)
		}
		a.Passkeys = left
		return nil
	})
}
