package identity

import (
	"context"
	"errors"
	"slices"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// The keys of the digests of the admin secret, and of those that it has been. They have a
// dot, which no app id has.
const (
	adminKey      = "admin.secret"
	endedAdminKey = "admin.ended"
)

// maxEnded is how many former admin secrets are known.
const maxEnded = 100

// ErrAdminEnded is the error of an admin secret that was renewed.
var ErrAdminEnded = errors.New("this admin secret was renewed, and is valid no longer")

// EnsureAdmin makes the admin secret and gives it; once there is one it gives "". Only
// the digest is stored.
func (i *Store) EnsureAdmin(ctx context.Context) (string, error) {
	secret := ids.NewSecret()
	fresh, err := store.Create(ctx, i.apps, adminKey, ids.Digest(secret))
	if err != nil || !fresh {
		return "", err
	}
	return secret, nil
}

// UseAdmin makes this the admin secret, which an operator has chosen. One that was renewed
// is refused, so that an old file does not bring it back.
func (i *Store) UseAdmin(ctx context.Context, secret string) error {
	ended, _, _, err := store.Read[[]string](ctx, i.apps, endedAdminKey)
	if err != nil {
		return err
	}
	if slices.Contains(ended, ids.Digest(secret)) {
		return ErrAdminEnded
	}
	return i.replaceAdmin(ctx, secret)
}

// RenewAdmin makes another admin secret and gives it. The one before ends at once.
func (i *Store) RenewAdmin(ctx context.Context) (string, error) {
	secret := ids.NewSecret()
	return secret, i.replaceAdmin(ctx, secret)
}

// replaceAdmin notes that the secret ends that there is, and then stores the next one's digest.
func (i *Store) replaceAdmin(ctx context.Context, secret string) error {
	next := ids.Digest(secret)
	now, _, found, err := store.Read[string](ctx, i.apps, adminKey)
	if err != nil || found && now == next {
		return err
	}
	if found {
		_, err = store.Modify(ctx, i.apps, endedAdminKey, func(ended *[]string, _ bool) error {
			*ended = append(*ended, now)
			*ended = (*ended)[max(0, len(*ended)-maxEnded):]
			return nil
		})
		if err != nil {
			return err
		}
	}
	_, err = store.Modify(ctx, i.apps, adminKey, func(digest *string, _ bool) error {
		*digest = next
		return nil
	})
	return err
}

func (i *Store) isAdmin(ctx context.Context, secret string) (bool, error) {
	want, _, found, err := store.Read[string](ctx, i.apps, adminKey)
	return found && ids.SameSecret(secret, want), err
}
