package survey

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Link is what a link to a survey stands for: who has it may answer once, for
// this ticket, until it expires.
type Link struct {
	App     string  `json:"app"`
	Survey  string  `json:"survey"`
	Ticket  string  `json:"ticket"`
	Chat    string  `json:"chat"`
	User    string  `json:"user"`    // the visitor
	Expires float64 `json:"expires"` // unix seconds
}

// links seals links into tokens and opens them. A token holds all there is to it,
// so that nothing is stored for who never answers.
type links struct {
	sealed cipher.AEAD
	Life   time.Duration
}

// sealedFor keeps the key's other uses, should there ever be any, apart.
var sealedFor = []byte("survey")

// OpenLinks opens the key that all nodes share, and makes it on the first call.
func OpenLinks(ctx context.Context, e *store.Engine, life time.Duration) (*links, error) {
	kv, err := store.Bucket(ctx, e, "parley_keys", "keys of the server's own", 0)
	if err != nil {
		return nil, err
	}
	const name = "survey-links"
	if _, err := store.Create(ctx, kv, name, ids.NewSecret()); err != nil {
		return nil, err
	}
	text, _, _, err := store.Read[string](ctx, kv, name)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kv.Bucket(), name, err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kv.Bucket(), name, err)
	}
	sealed, err := cipher.NewGCMWithRandomNonce(block)
	return &links{sealed, life}, err
}

// Seal makes the token of a link that begins to live now.
func (l *links) Seal(k Link) (string, error) {
	k.Expires = ids.Unix(time.Now().Add(l.Life))
	data, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(l.sealed.Seal(nil, nil, data, sealedFor)), nil
}

// Open reads a token; what is none is a 401, what has expired a 410.
func (l *links) Open(token string) (k Link, err error) {
	refused := wire.Errorf(wire.CodeUnauthorized, "link: is not one to a survey, or not whole")
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return Link{}, refused
	}
	if data, err = l.sealed.Open(nil, nil, data, sealedFor); err != nil {
		return Link{}, refused
	}
	if err := json.Unmarshal(data, &k); err != nil {
		return Link{}, refused
	}
	if ids.Unix(time.Now()) > k.Expires {
		return Link{}, wire.Errorf(wire.CodeGone, "link: has expired")
	}
	return k, nil
}
