package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"parley/core/wire"
)

// NewID makes a random id of 26 lower-case letters and digits, 130 bits.
func NewID() string { return strings.ToLower(rand.Text()) }

// newSecret makes 256 random bits, as 64 hexadecimal digits.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// CheckID says whether an id may stand in subjects and keys: 1 to 64 letters,
// digits, "_" and "-". The error is a 400 that names the field.
func CheckID(field, id string) error {
	if len(id) >= 1 && len(id) <= 64 && strings.IndexFunc(id, notInID) < 0 {
		return nil
	}
	return wire.Errorf(wire.CodeBadRequest, "%s: must be 1 to 64 letters, digits, \"_\" or \"-\"", field)
}

func notInID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
}

// digest is what is kept of a secret that is long and random by itself, and of
// text that must become a key.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sameSecret compares without telling by its time how much was right. An empty
// digest fits nothing.
func sameSecret(secret, wantDigest string) bool {
	return wantDigest != "" && subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(wantDigest)) == 1
}
