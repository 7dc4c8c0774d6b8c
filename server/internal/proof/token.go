package proof

import (
	"errors"
	"math"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"parley/core/wire"
)

// Bounds of tokens.
const (
	maxToken    = 8 << 10 // characters
	Leeway      = 30 * time.Second
	MaxLife     = 24 * time.Hour // of a token that has just come; then a stolen one is of no use
	maxPriority = 1e6

	maxExternalID = 256 // characters
)

// Claims are what a proof says of a user.
type Claims struct {
	ExternalID string
	Name       *string // nil if the proof says nothing
	Contact    *string
	Priority   float64 // of the user's chats in a queue
	TokenID    string  // of a token that may be used once, "" for any other
	Profile    bool    // the proof speaks of name and contact, or says that it knows none by leaving them out
}

// tokenClaims are the members of a token. Any others are ignored.
type tokenClaims struct {
	jwt.RegisteredClaims
	Name     *string `json:"name"`
	Contact  *string `json:"contact"`
	Email    *string `json:"email"` // the standard's word, for a contact that is one
	Priority float64 `json:"priority"`
}

// Token verifies a token for an app at a moment, and gives what it says.
func Token(token, app string, keys []Key, now time.Time) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, refused("has %d characters, at most %d are allowed", len(token), maxToken)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(tokenAlgorithms), jwt.WithStrictDecoding(), jwt.WithAudience(app), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithLeeway(Leeway), jwt.WithTimeFunc(func() time.Time { return now }),
	)
	var said tokenClaims
	_, err := parser.ParseWithClaims(token, &said, func(t *jwt.Token) (any, error) { return candidates(t, keys) })
	if err != nil {
		return Claims{}, reason(err, app)
	}
	if said.ExpiresAt.Sub(now) > MaxLife+Leeway {
		return Claims{}, refused("exp is more than %s ahead", MaxLife)
	}
	if math.Abs(said.Priority) > maxPriority {
		return Claims{}, refused("priority must be from %v to %v", -maxPriority, maxPriority)
	}
	if err := checkID(said.Subject); err != nil {
		return Claims{}, err
	}
	contact := said.Contact
	if contact == nil {
		contact = said.Email
	}
	return Claims{ExternalID: said.Subject, Name: said.Name, Contact: contact, Priority: said.Priority, TokenID: said.ID, Profile: true}, nil
}

// checkID refuses what cannot be an id of a user.
func checkID(externalID string) error {
	if externalID == "" {
		return refused("names no user: sub is missing")
	}
	if n := utf8.RuneCountInString(externalID); n > maxExternalID {
		return refused("the user's id has %d characters, at most %d are allowed", n, maxExternalID)
	}
	return nil
}

// candidates are the keys that may have signed a token: those of its algorithm, of the
// id that it names if it names one.
func candidates(t *jwt.Token, keys []Key) (set jwt.VerificationKeySet, err error) {
	if _, critical := t.Header["crit"]; critical {
		return set, errors.New("it has critical extensions") // RFC 7515, section 4.1.11
	}
	kid, given := t.Header["kid"]
	for _, key := range keys {
		if key.Algorithm != t.Method.Alg() || given && kid != key.ID {
			continue
		}
		verifier, err := key.verifier()
		if err != nil {
			return set, err
		}
		set.Keys = append(set.Keys, verifier)
	}
	return set, nil
}

// reason says why a token is refused. A token whose only fault is its age is expired:
// then a fresh one helps.
func reason(err error, app string) *wire.Error {
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return refused("is no token: it must have three parts of base64url, and JSON in the first two")
	case errors.Is(err, jwt.ErrTokenUnverifiable), errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return refused("is not signed by an identity key of app %q, with the algorithm of that key", app)
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return refused("is not for this app: aud must be %q", app)
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return refused("lacks exp or aud")
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return refused("is of the future (nbf, iat): set the clock of the server that made it")
	case errors.Is(err, jwt.ErrTokenExpired):
		return wire.Errorf(wire.IdentityExpired, "identity: the token has expired")
	}
	return refused("%s", err)
}

func refused(format string, args ...any) *wire.Error {
	return wire.Errorf(wire.BadIdentity, format, args...).Within("identity")
}
