package identity

import (
	"context"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/proof"
	"parley/server/internal/store"
)

// Proof is what a page hands on from the app's own server: a token, or the keyed hash of
// an id. The zero Proof proves nothing.
type Proof struct {
	Token      string
	ExternalID string
	Hash       string
	KeyID      string // of the key that made the hash, "" for any
}

// Given tells whether there is a proof.
func (p Proof) Given() bool { return p.Token != "" || p.Hash != "" }

// Verify gives what a proof says, by the identity keys of the app. A proof that does not
// hold is a 401.
func (i *Store) Verify(ctx context.Context, appID string, p Proof) (proof.Claims, error) {
	keys, err := i.IdentityKeys(ctx, appID)
	switch {
	case err != nil:
		return proof.Claims{}, err
	case p.Token != "":
		return proof.Token(p.Token, appID, keys, i.now())
	}
	return proof.Of(p.ExternalID, p.Hash, p.KeyID, keys)
}

// use notes that a token has been used. One with an id may be used once; on another
// occasion it is a 401.
func (i *Store) use(ctx context.Context, appID string, claims proof.Claims) error {
	if claims.TokenID == "" {
		return nil
	}
	fresh, err := store.Create(ctx, i.usedTokens, appID+"."+ids.Digest(claims.TokenID), ids.Unix(i.now()))
	if err == nil && !fresh {
		err = wire.Errorf(wire.IdentityExpired, "identity: the token may be used once (jti), and has been")
	}
	return err
}

// KnownUser gives the visitor of whom a proof speaks, as it describes them; fresh tells
// that they are new in the app. n has what the page says besides. of is the session's
// user: a proof for another known user is a 403.
func (i *Store) KnownUser(ctx context.Context, appID string, of User, p Proof, n NewUser) (u User, fresh bool, err error) {
	claims, err := i.Verify(ctx, appID, p)
	if err != nil {
		return User{}, false, err
	}
	if of.ExternalID != "" && of.ExternalID != claims.ExternalID {
		return User{}, false, wire.Errorf(wire.WrongUser, "identity: the proof is of another user than the session")
	}
	if err := i.use(ctx, appID, claims); err != nil {
		return User{}, false, err
	}
	n.ExternalID, n.Claimed = claims.ExternalID, ""
	for range 2 { // another page may make the user meanwhile
		u, err = i.UserByExternalID(ctx, appID, claims.ExternalID)
		if err == nil {
			u, err = i.describe(ctx, appID, u, claims)
			return u, false, err
		}
		if !ids.IsCode(err, wire.CodeNotFound) {
			return User{}, false, err
		}
		made := n.user()
		made.Verified = false
		described(&made, claims)
		u, err = i.addUser(ctx, appID, made, false)
		if !ids.IsCode(err, wire.CodeConflict) {
			return u, err == nil, err
		}
	}
	return User{}, false, err
}

// describe writes what a proof says of a user, if it is new.
func (i *Store) describe(ctx context.Context, appID string, u User, claims proof.Claims) (User, error) {
	was := u
	if described(&u, claims); u.Name == was.Name && u.Contact == was.Contact && u.Verified == was.Verified && u.Priority == was.Priority {
		return was, nil
	}
	return i.changeUser(ctx, appID, u.ID, func(u *User) error {
		described(u, claims)
		return nil
	})
}

// described sets what a proof says of a user. A token replaces what a page has said; a
// keyed hash proves the id alone, and leaves the rest as a claim.
func described(u *User, claims proof.Claims) {
	if claims.Profile && !u.Verified {
		u.Name, u.Nickname, u.Contact, u.Verified = "", "", "", true
	}
	setIf(&u.Name, claims.Name)
	setIf(&u.Contact, claims.Contact)
	u.Priority = claims.Priority
}

// MakeKnown makes a visitor the one whom the app's server knows by an external id, for good:
// it says so with the app's secret. Of their name it says nothing. An id of another user is
// a 409, another id of the same user a 400.
func (i *Store) MakeKnown(ctx context.Context, appID, userID, externalID string) (User, error) {
	switch holder, err := i.UserByExternalID(ctx, appID, externalID); {
	case err == nil && holder.ID != userID:
		return User{}, errExternalIDTaken
	case err != nil && !ids.IsCode(err, wire.CodeNotFound):
		return User{}, err
	}
	if err := i.Keep(ctx, ids.Key{App: appID, ID: userID}); err != nil {
		return User{}, err
	}
	var before User
	u, err := i.changeUser(ctx, appID, userID, func(u *User) error {
		if u.IsAgent() || u.ExternalID != "" && u.ExternalID != externalID {
			return wire.Errorf(wire.BadArgument, "externalId: is for visitors, and cannot be changed")
		}
		before = *u
		u.ExternalID, u.Claimed = externalID, ""
		return nil
	})
	if err != nil {
		return User{}, err
	}
	if err := i.indexExternalID(ctx, appID, u); err != nil {
		_, _ = i.changeUser(ctx, appID, userID, func(u *User) error {
			u.ExternalID, u.Claimed = before.ExternalID, before.Claimed
			return nil
		})
		return User{}, err
	}
	return u, nil
}

// StartSession begins a session of a user who is not silent, and gives its token.
func (i *Store) StartSession(ctx context.Context, appID string, u User, from Client) (token string, err error) {
	return i.newSession(ctx, appID, u, false, from)
}
