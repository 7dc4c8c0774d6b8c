package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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

// checkText bounds a text by its characters.
func checkText(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return wire.Errorf(wire.CodeBadRequest, "%s: %d characters, at most %d are allowed", field, n, most)
	}
	return nil
}

// checkNames bounds a list of rooms or languages.
func checkNames(field string, names []string) error {
	if len(names) > 1000 {
		return wire.Errorf(wire.CodeBadRequest, "%s: %d of them, at most 1000 are allowed", field, len(names))
	}
	for _, name := range names {
		if name == "" {
			return wire.Errorf(wire.CodeBadRequest, "%s: must not hold an empty name", field)
		}
		if err := checkText(field, name, 128); err != nil {
			return err
		}
	}
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		return wire.Errorf(wire.CodeBadRequest, "%s: the same name is there twice", field)
	}
	return nil
}

// chatKey names a chat, or a user, of an app.
type chatKey struct{ app, id string }

// name is the record's of a chat.
func (k chatKey) name() string { return k.app + "." + k.id }

// unixSeconds is a time as records and the wire have it.
func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func errUnavailable(why string) error {
	return wire.Errorf(wire.CodeUnavailable, "%s; try again", why)
}

var errConcurrent = wire.Errorf(wire.CodeConflict, "changed by somebody else at the same time; try again")

func isCode(err error, code int) bool {
	var refused *wire.Error
	return errors.As(err, &refused) && refused.Code == code
}

// asError gives a refusal that is known to be one.
func asError(err error) *wire.Error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused
	}
	return wire.Errorf(wire.CodeBadRequest, "%s", err)
}

// operationWithin is the time that an operation may take at most.
const operationWithin = 10 * time.Second
