package media

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// AddressLife is how long a signed address of a file is valid.
const AddressLife = 10 * time.Minute

// addressKey opens the key that all nodes share. The first node ever makes it.
func addressKey(ctx context.Context, e *store.Engine) ([]byte, error) {
	const name = "media-addresses"
	kv, err := store.Bucket(ctx, e, "parley_keys", "keys of the server's own", 0)
	if err != nil {
		return nil, err
	}
	if _, err := store.Create(ctx, kv, name, ids.NewSecret()); err != nil {
		return nil, err
	}
	text, _, _, err := store.Read[string](ctx, kv, name)
	return []byte(text), err
}

// Sign gives what the address of a file has in its query, so that whoever has the address
// may read this file until it expires: app, expiry and signature, joined by dots.
func (m *Store) Sign(app, id string, now time.Time) (signed string, expires time.Time) {
	expires = now.Add(AddressLife).Truncate(time.Second)
	claim := app + "." + strconv.FormatInt(expires.Unix(), 10)
	return claim + "." + m.signature(claim, id), expires
}

func (m *Store) signature(claim, id string) string {
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte("media\x00" + claim + "\x00" + id)) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// AppOf gives the app that a signed query names, "" if it names none. It proves nothing.
func AppOf(signed string) string {
	app, _, _ := strings.Cut(signed, ".")
	return app
}

// CheckSigned refuses a query that does not open the file: a 401 if it was changed or is of
// another file, a 410 if it has expired.
func (m *Store) CheckSigned(signed, app, id string, now time.Time) error {
	last := max(strings.LastIndexByte(signed, '.'), 0)
	claim := signed[:last]
	named, expiry, _ := strings.Cut(claim, ".")
	if named != app || !hmac.Equal([]byte(strings.TrimPrefix(signed[last:], ".")), []byte(m.signature(claim, id))) {
		return wire.Errorf(wire.BadLink, "signed: is not what the server gave for this file")
	}
	expires, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil || now.Unix() > expires {
		return wire.Errorf(wire.LinkExpired, "signed: the address has expired; ask for another")
	}
	return nil
}
