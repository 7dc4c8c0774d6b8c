package ids

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

// New makes a random id of 26 lower-case letters and digits, 130 bits.
func New() string { return strings.ToLower(rand.Text()) }

// NewSecret makes 256 random bits, as 64 hexadecimal digits.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Check says whether an id may stand in subjects and keys: 1 to 64 letters,
// digits, "_" and "-". The error is a 400 that names the field.
func Check(field, id string) error {
	if len(id) >= 1 && len(id) <= 64 && strings.IndexFunc(id, notInID) < 0 {
		return nil
	}
	return wire.Errorf(wire.CodeBadRequest, "%s: must be 1 to 64 letters, digits, \"_\" or \"-\"", field)
}

func notInID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
}

// Digest is what is kept of a secret that is long and random by itself, and of
// text that must become a key.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// SameSecret compares without telling by its time how much was right. An empty
// digest fits nothing.
func SameSecret(secret, wantDigest string) bool {
	return wantDigest != "" && subtle.ConstantTimeCompare([]byte(Digest(secret)), []byte(wantDigest)) == 1
}

// CheckText bounds a text by its characters.
func CheckText(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return wire.Errorf(wire.CodeBadRequest, "%s: %d characters, at most %d are allowed", field, n, most)
	}
	return nil
}

// CheckNames bounds a list of rooms or languages.
func CheckNames(field string, names []string) error {
	if len(names) > 1000 {
		return wire.Errorf(wire.CodeBadRequest, "%s: %d of them, at most 1000 are allowed", field, len(names))
	}
	for _, name := range names {
		if name == "" {
			return wire.Errorf(wire.CodeBadRequest, "%s: must not hold an empty name", field)
		}
		if err := CheckText(field, name, 128); err != nil {
			return err
		}
	}
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		return wire.Errorf(wire.CodeBadRequest, "%s: the same name is there twice", field)
	}
	return nil
}

// Key names a chat, or a user, of an app.
type Key struct{ App, ID string }

// Name is the record's of a chat.
func (k Key) Name() string { return k.App + "." + k.ID }

// Unix is a time as records and the wire have it.
func Unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func ErrUnavailable(why string) error {
	return wire.Errorf(wire.CodeUnavailable, "%s; try again", why)
}

func IsCode(err error, code int) bool {
	var refused *wire.Error
	return errors.As(err, &refused) && refused.Code == code
}

// AsError gives a refusal that is known to be one.
func AsError(err error) *wire.Error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused
	}
	return wire.Errorf(wire.CodeBadRequest, "%s", err)
}

// OperationWithin is the time that an operation may take at most.
const OperationWithin = 10 * time.Second
