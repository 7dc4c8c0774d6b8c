package identity

import (
	"context"
	"errors"
	"fmt"

	"parley/server/internal/ids"
	"parley/server/internal/passkey"
	"parley/server/internal/store"
)

// challenge is what an authenticator was asked to sign, and for what. Its key has the
// digest of the text, so that any node finds it when the answer comes.
type challenge struct {
	Origin string  `json:"origin"`
	User   string  `json:"user,omitempty"` // for whom a passkey is to be made; "" for a log-in
	Made   float64 `json:"made"`           // unix seconds
}

func challengeKey(appID, text string) string { return appID + "." + ids.Digest(text) }

func (i *Store) putChallenge(ctx context.Context, appID, text string, c challenge) error {
	c.Made = ids.Unix(i.now())
	fresh, err := store.Create(ctx, i.challenges, challengeKey(appID, text), c)
	if err == nil && !fresh {
		err = errors.New("a challenge is there already: random numbers repeat")
	}
	return err
}

// takeChallenge removes a challenge, so that it counts once. It refuses one that is not
// there, is too old, or was for something else.
func (i *Store) takeChallenge(ctx context.Context, appID, text string, want challenge) error {
	key := challengeKey(appID, text)
	c, revision, found, err := store.Read[challenge](ctx, i.challenges, key)
	if err != nil {
		return err
	}
	if !found {
		return passkey.Refuse("the challenge is unknown, or was used before")
	}
	switch err := i.challenges.Purge(ctx, key, store.LastRevision(revision)); {
	case store.IsConflict(err):
		return passkey.Refuse("the challenge is being used")
	case err != nil:
		return fmt.Errorf("use a challenge: %w", err)
	case seconds(ids.Unix(i.now())-c.Made) > passkey.Within:
		return passkey.Refuse("the challenge is too old")
	case c.Origin != want.Origin || c.User != want.User:
		return passkey.Refuse("the challenge was made for something else")
	}
	return nil
}
