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

// Link is what the token of a link holds. Whoever has the token may answer the survey
// once, for this ticket, until it expires.
type Link struct {
	App     string  `json:"app"`
	Survey  string  `json:"survey"`
	Ticket  string  `json:"ticket"`
	Chat    string  `json:"chat"`
	User    string  `json:"user"`    // the visitor
	Expires float64 `json:"expires"` // unix seconds; set by Seal
}

// purpose is authenticated with each token, so that a token of any other kind that is
// ever encrypted with the same key is no link.
var purpose = []byte("survey")

// openKey opens the key that all nodes share. The first node ever makes it.
func openKey(ctx context.Context, e *store.Engine) (cipher.AEAD, error) {
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
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal gives the token of a link, which expires when the life given to Open is over.
func (s *Store) Seal(link Link) (token string, err error) {
	link.Expires = ids.Unix(time.Now().Add(s.linkLife))
	data, err := json.Marshal(link)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.key.Seal(nil, nil, data, purpose)), nil
}

// OpenLink gives the link of a token. Anything but a whole token of Seal is a 401, an
// expired one a 410.
func (s *Store) OpenLink(token string) (link Link, err error) {
	invalid := wire.Errorf(wire.BadLink, "link: is not a link to a survey, or a part of it is missing")
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return Link{}, invalid
	}
	if data, err = s.key.Open(nil, nil, data, purpose); err != nil {
		return Link{}, invalid
	}
	if err := json.Unmarshal(data, &link); err != nil {
		return Link{}, invalid
	}
	if ids.Unix(time.Now()) > link.Expires {
		return Link{}, wire.Errorf(wire.LinkExpired, "link: has expired")
	}
	return link, nil
}
