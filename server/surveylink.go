package server

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
)

// link is what a link to a survey stands for: who has it may answer once, for
// this ticket, until it expires.
type link struct {
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
	life   time.Duration
}

// sealedFor keeps the key's other uses, should there ever be any, apart.
var sealedFor = []byte("survey")

// openLinks opens the key that all nodes share, and makes it on the first call.
func openLinks(ctx context.Context, e *Engine, life time.Duration) (*links, error) {
	kv, err := bucket(ctx, e, "parley_keys", "keys of the server's own", 0)
	if err != nil {
		return nil, err
	}
	const name = "survey-links"
	if _, err := create(ctx, kv, name, newSecret()); err != nil {
		return nil, err
	}
	text, _, _, err := read[string](ctx, kv, name)
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

// seal makes the token of a link that begins to live now.
func (l *links) seal(k link) (string, error) {
	k.Expires = unixSeconds(time.Now().Add(l.life))
	data, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(l.sealed.Seal(nil, nil, data, sealedFor)), nil
}

// open reads a token; what is none is a 401, what has expired a 410.
func (l *links) open(token string) (k link, err error) {
	refused := wire.Errorf(wire.CodeUnauthorized, "link: is not one to a survey, or not whole")
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return link{}, refused
	}
	if data, err = l.sealed.Open(nil, nil, data, sealedFor); err != nil {
		return link{}, refused
	}
	if err := json.Unmarshal(data, &k); err != nil {
		return link{}, refused
	}
	if unixSeconds(time.Now()) > k.Expires {
		return link{}, wire.Errorf(wire.CodeGone, "link: has expired")
	}
	return k, nil
}
