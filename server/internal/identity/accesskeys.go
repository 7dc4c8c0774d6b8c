package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// AccessKey is a secret that may do a part of what the app's own may, until it expires.
type AccessKey struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"` // whom or what it is for
	Scopes  []Scope `json:"scopes"`
	Created float64 `json:"created"`           // unix seconds
	Expires float64 `json:"expires,omitempty"` // unix seconds; 0 is never
	Hash    string  `json:"hash,omitempty"`    // digest of its secret
}

// Public gives the key without the digest.
func (k AccessKey) Public() AccessKey {
	k.Hash = ""
	return k
}

// May tells whether the key has one of the scopes.
func (k AccessKey) May(scopes []Scope) bool {
	return slices.ContainsFunc(k.Scopes, func(has Scope) bool { return slices.Contains(scopes, has) })
}

func (k AccessKey) expired(now time.Time) bool { return k.Expires != 0 && k.Expires <= ids.Unix(now) }

// maxAccessKeys is how many an app may have that have not expired.
const maxAccessKeys = 50

// AddAccessKey adds a key and gives its secret, of which only the digest is stored. life
// is 0 for a key that does not expire. A name that another key has is a 409.
func (i *Store) AddAccessKey(ctx context.Context, appID, name string, scopes []Scope, life time.Duration) (AccessKey, string, error) {
	secret := ids.NewSecret()
	key := AccessKey{ID: ids.New(), Name: name, Scopes: scopes, Created: ids.Unix(i.now()), Hash: ids.Digest(secret)}
	if life > 0 {
		key.Expires = ids.Unix(i.now().Add(life))
	}
	if err := checkAccessKey(key); err != nil {
		return AccessKey{}, "", err
	}
	var refusal error
	_, err := i.changeApp(ctx, appID, func(app *App) {
		app.Keys = slices.DeleteFunc(app.Keys, func(k AccessKey) bool { return k.expired(i.now()) })
		switch refusal = nil; {
		case slices.ContainsFunc(app.Keys, func(k AccessKey) bool { return k.Name == name }):
			refusal = wire.Errorf(wire.NameTaken, "name: the app has a key %q already", name)
		case len(app.Keys) >= maxAccessKeys:
			refusal = wire.Errorf(wire.BadArgument, "an app has at most %d keys; revoke one first", maxAccessKeys)
		default:
			app.Keys = append(app.Keys, key)
		}
	})
	if err == nil {
		err = refusal
	}
	return key, secret, err
}

func checkAccessKey(key AccessKey) error {
	if strings.TrimSpace(key.Name) == "" {
		return wire.Errorf(wire.BadArgument, "name: must not be empty")
	}
	if err := ids.CheckText("name", key.Name, 100); err != nil {
		return err
	}
	if len(key.Scopes) == 0 {
		return wire.Errorf(wire.BadArgument, "scopes: must have at least one of %q", Scopes)
	}
	for _, scope := range key.Scopes {
		if !slices.Contains(Scopes, scope) {
			return wire.Errorf(wire.BadArgument, "scopes: must be of %q, not %q", Scopes, scope)
		}
	}
	return nil
}

// RevokeAccessKey ends a key at once. An unknown one is a 404.
func (i *Store) RevokeAccessKey(ctx context.Context, appID, keyID string) error {
	found := false
	_, err := i.changeApp(ctx, appID, func(app *App) {
		before := len(app.Keys)
		app.Keys = slices.DeleteFunc(app.Keys, func(k AccessKey) bool { return k.ID == keyID })
		found = len(app.Keys) < before
	})
	if err == nil && !found {
		err = wire.Errorf(wire.UnknownKey, "the app has no key %q", keyID)
	}
	return err
}

// accessKeyOf gives the key that a secret is of, nil if it is of none. One that has expired
// is a 401.
func (a App) accessKeyOf(secret string, now time.Time) (*AccessKey, error) {
	if ids.SameSecret(secret, a.Former.Hash) && ids.Unix(now) < a.Former.Until {
		return &AccessKey{Name: "the former secret", Scopes: mostScopes}, nil
	}
	for _, key := range a.Keys {
		switch {
		case !ids.SameSecret(secret, key.Hash):
		case key.expired(now):
			return nil, wire.Errorf(wire.WrongSecret, "the key %q has expired", key.Name)
		default:
			return &key, nil
		}
	}
	return nil, nil
}
