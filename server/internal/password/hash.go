package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is how much memory and time one hash takes. It is part of the hash, so that
// older hashes can still be verified after it has changed.
type Cost struct {
	KiB     uint32 // of memory
	Passes  uint32 // over it
	Threads uint8
}

// Recommended is the second that the OWASP Password Storage Cheat Sheet recommends for
// argon2id: 19 MiB, two passes.
var Recommended = Cost{KiB: 19 << 10, Passes: 2, Threads: 1}

const (
	hashFormat = "$argon2id$v=%d$m=%d,t=%d,p=%d$"
	saltBytes  = 16
	hashBytes  = 32
)

func (c Cost) String() string {
	return fmt.Sprintf(hashFormat, argon2.Version, c.KiB, c.Passes, c.Threads)
}

func (c Cost) key(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.Passes, c.KiB, c.Threads, hashBytes)
}

func encodeHash(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// Unmatchable gives a hash that no password has, and that takes as long to verify as
// another.
func (g *Gate) Unmatchable() string {
	return g.cost.String() + encodeHash(make([]byte, saltBytes)) + "$" + encodeHash(make([]byte, hashBytes))
}

// Hash gives the text to store for a password: algorithm, cost, salt and hash.
func (g *Gate) Hash(ctx context.Context, s Share, password string) (string, error) {
	if err := g.enter(ctx, s); err != nil {
		return "", err
	}
	defer g.leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return g.cost.String() + encodeHash(salt) + "$" + encodeHash(g.cost.key(password, salt)), nil
}

// Verify tells whether the password is the one that was hashed.
func (g *Gate) Verify(ctx context.Context, s Share, password, hashed string) (bool, error) {
	cost, salt, want, err := parseHash(hashed)
	if err != nil {
		return false, err
	}
	if err := g.enter(ctx, s); err != nil {
		return false, err
	}
	defer g.leave()
	return subtle.ConstantTimeCompare(cost.key(password, salt), want) == 1, nil
}

// parseHash reads a stored hash. It bounds the cost, so that a damaged record cannot use
// up the memory.
func parseHash(hashed string) (cost Cost, salt, want []byte, err error) {
	bad := func(what string) (Cost, []byte, []byte, error) {
		return Cost{}, nil, nil, fmt.Errorf("stored password hash: %s", what)
	}
	var version int
	var rest string
	if _, err := fmt.Sscanf(hashed, hashFormat+"%s", &version, &cost.KiB, &cost.Passes, &cost.Threads, &rest); err != nil {
		return bad("not in the argon2id form")
	}
	if version != argon2.Version {
		return bad(fmt.Sprintf("argon2 version %d", version))
	}
	if cost.KiB < 8 || cost.KiB > 1<<20 || cost.Passes < 1 || cost.Passes > 64 || cost.Threads < 1 {
		return bad("cost out of bounds")
	}
	encodedSalt, encodedHash, _ := strings.Cut(rest, "$")
	salt, errSalt := base64.RawStdEncoding.DecodeString(encodedSalt)
	want, errHash := base64.RawStdEncoding.DecodeString(encodedHash)
	if errSalt != nil || errHash != nil || len(salt) < 8 || len(want) != hashBytes {
		return bad("salt or hash cannot be read")
	}
	return cost, salt, want, nil
}
