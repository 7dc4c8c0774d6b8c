package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// hashCost is how much memory and time one hash takes. It is part of the hash, so that
// older hashes can still be verified after it has changed.
type hashCost struct {
	kib     uint32
	passes  uint32
	threads uint8
}

// currentCost is the second that the OWASP Password Storage Cheat Sheet recommends for
// argon2id: 19 MiB, two passes.
var currentCost = hashCost{kib: 19 << 10, passes: 2, threads: 1}

const (
	hashFormat = "$argon2id$v=%d$m=%d,t=%d,p=%d$"
	saltBytes  = 16
	hashBytes  = 32
)

func (c hashCost) String() string {
	return fmt.Sprintf(hashFormat, argon2.Version, c.kib, c.passes, c.threads)
}

func (c hashCost) key(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.passes, c.kib, c.threads, hashBytes)
}

func encodeHash(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// unmatchable gives a hash that no password has, and that takes as long to verify as
// another.
func (g *hashGate) unmatchable() string {
	return g.cost.String() + encodeHash(make([]byte, saltBytes)) + "$" + encodeHash(make([]byte, hashBytes))
}

// hash gives the text to store for a password: algorithm, cost, salt and hash.
func (g *hashGate) hash(ctx context.Context, s share, password string) (string, error) {
	if err := g.enter(ctx, s); err != nil {
		return "", err
	}
	defer g.leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return g.cost.String() + encodeHash(salt) + "$" + encodeHash(g.cost.key(password, salt)), nil
}

// verify tells whether the password is the one that was hashed.
func (g *hashGate) verify(ctx context.Context, s share, password, hashed string) (bool, error) {
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
func parseHash(hashed string) (cost hashCost, salt, want []byte, err error) {
	bad := func(what string) (hashCost, []byte, []byte, error) {
		return hashCost{}, nil, nil, fmt.Errorf("stored password hash: %s", what)
	}
	var version int
	var rest string
	if _, err := fmt.Sscanf(hashed, hashFormat+"%s", &version, &cost.kib, &cost.passes, &cost.threads, &rest); err != nil {
		return bad("not in the argon2id form")
	}
	if version != argon2.Version {
		return bad(fmt.Sprintf("argon2 version %d", version))
	}
	if cost.kib < 8 || cost.kib > 1<<20 || cost.passes < 1 || cost.passes > 64 || cost.threads < 1 {
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
