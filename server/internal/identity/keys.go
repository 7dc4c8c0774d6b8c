package identity

import (
	"context"
	"slices"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/proof"
	"parley/server/internal/store"
)

// keysKey is the key of an app's identity keys. It has a dot, which no app id has.
func keysKey(appID string) string { return appID + ".identity" }

// IdentityKeys gives the app's identity keys with their secrets, the oldest first.
func (i *Store) IdentityKeys(ctx context.Context, appID string) ([]proof.Key, error) {
	keys, _, _, err := store.Read[[]proof.Key](ctx, i.apps, keysKey(appID))
	return keys, err
}

// AddIdentityKey adds a key, and makes its id and its secret where they are missing. A
// key that does not fit is a 400, an id that another key has a 409.
func (i *Store) AddIdentityKey(ctx context.Context, appID string, key proof.Key) (proof.Key, error) {
	if key.ID == "" {
		key.ID = ids.New()
	}
	if err := ids.Check("kid", key.ID); err != nil {
		return proof.Key{}, err
	}
	if err := key.Check(); err != nil {
		return proof.Key{}, err
	}
	if key.HasSecret() {
		key.Secret = ids.NewSecret()
	}
	key.Created = ids.Unix(i.now())
	_, err := store.Modify(ctx, i.apps, keysKey(appID), func(keys *[]proof.Key, _ bool) error {
		if slices.ContainsFunc(*keys, func(k proof.Key) bool { return k.ID == key.ID }) {
			return wire.Errorf(wire.NameTaken, "kid: the app has a key %q already", key.ID)
		}
		if len(*keys) >= proof.MaxKeys {
			return wire.Errorf(wire.BadArgument, "an app has at most %d identity keys; retire one first", proof.MaxKeys)
		}
		*keys = append(*keys, key)
		return nil
	})
	return key, err
}

// RetireIdentityKey removes a key, which verifies nothing from then on. An unknown one is
// a 404.
func (i *Store) RetireIdentityKey(ctx context.Context, appID, keyID string) error {
	_, err := store.Modify(ctx, i.apps, keysKey(appID), func(keys *[]proof.Key, _ bool) error {
		left := slices.DeleteFunc(slices.Clone(*keys), func(k proof.Key) bool { return k.ID == keyID })
		if len(left) == len(*keys) {
			return wire.Errorf(wire.UnknownKey, "the app has no identity key %q", keyID)
		}
		*keys = left
		return nil
	})
	return err
}
