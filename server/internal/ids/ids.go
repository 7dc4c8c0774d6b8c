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
	"unicode"
	"unicode/utf8"

	"parley/core/wire"
)

// OperationWithin is how long an operation may take.
const OperationWithin = 10 * time.Second

// Bounds of ids and of lists of names, in characters and in names.
const (
	maxID    = 64
	maxNames = 1000
	maxName  = 128
)

// Key identifies a chat, or a user, of an app. The zero Key identifies nothing.
type Key struct{ App, ID string }

// Name is the key of the record about a chat or a user: "<app>.<id>".
func (k Key) Name() string { return k.App + "." + k.ID }

// New makes a random id: 26 lower-case letters and digits, 130 bits.
func New() string { return strings.ToLower(rand.Text()) }

// NewSecret makes 256 random bits, as 64 hexadecimal digits.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Digest is the SHA-256 of a text, in 64 hexadecimal digits: what is stored of a
// secret that is long and random, and how arbitrary text becomes a key. For passwords
// it is too fast to compute.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// SameSecret tells whether a secret has this digest, in a time that does not depend
// on how much of it is right. No secret has the empty digest.
func SameSecret(secret, wantDigest string) bool {
	return wantDigest != "" && subtle.ConstantTimeCompare([]byte(Digest(secret)), []byte(wantDigest)) == 1
}

// Refuse gives an error about a field, by its path, which its message begins with.
func Refuse(reason wire.Reason, field, format string, args ...any) error {
	err := wire.Errorf(reason, format, args...).Within("%s", field)
	err.Field = field
	return err
}

// Check refuses an id that may not stand in subjects and keys: it must be 1 to 64
// letters, digits, "_" or "-".
func Check(field, id string) error {
	if len(id) >= 1 && len(id) <= maxID && strings.IndexFunc(id, notInID) < 0 {
		return nil
	}
	return Refuse(wire.ValueMalformed, field, "must be 1 to %d letters, digits, \"_\" or \"-\"", maxID)
}

func notInID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
}

// CheckText refuses a text of more than most characters.
func CheckText(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return Refuse(wire.ValueTooLong, field, "%d characters, at most %d are allowed", n, most)
	}
	return nil
}

// Visible tells whether a text shows anything: whether it has a character that is
// neither blank nor invisible by itself. Invisible are those that Unicode lets fonts
// leave out (Default_Ignorable_Code_Point), controls, and the empty Braille pattern.
func Visible(text string) bool { return strings.IndexFunc(text, visible) >= 0 }

func visible(c rune) bool {
	switch {
	case c == '\u2800' || unicode.In(c, unicode.Z, unicode.Cc, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	case unicode.Is(unicode.Cf, c): // of these, signs before numbers, of annotations and between hieroglyphs are seen
		return unicode.Is(unicode.Prepended_Concatenation_Mark, c) || c >= 0xfff9 && c <= 0xfffb || c >= 0x13430 && c <= 0x1343f
	}
	return true
}

// CheckNames refuses a list of rooms or languages that is too long, or holds a name
// that is empty, too long or there twice.
func CheckNames(field string, names []string) error {
	if len(names) > maxNames {
		return Refuse(wire.TooManyValues, field, "%d names, at most %d are allowed", len(names), maxNames)
	}
	for _, name := range names {
		if name == "" {
			return Refuse(wire.ValueMissing, field, "must not hold an empty name")
		}
		if err := CheckText(field, name, maxName); err != nil {
			return err
		}
	}
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		return Refuse(wire.ValueTwice, field, "must not hold the same name twice")
	}
	return nil
}

// Default sets an option that is zero or negative to its default.
func Default[N int | time.Duration](option *N, value N) {
	if *option <= 0 {
		*option = value
	}
}

// Unix is a time as records and the wire have it: seconds since 1970, to the
// millisecond.
func Unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// ErrUnavailable is a 503: why it cannot be done now, and that the caller should try again.
func ErrUnavailable(why string) error {
	return wire.Errorf(wire.StoreFailed, "%s; try again", why)
}

// IsCode tells whether an error is, or wraps, a refusal with this code.
func IsCode(err error, code int) bool {
	var refused *wire.Error
	return errors.As(err, &refused) && refused.Code == code
}

// IsReason tells whether an error is, or wraps, a refusal for this reason.
func IsReason(err error, reason wire.Reason) bool {
	var refused *wire.Error
	return errors.As(err, &refused) && refused.Reason == reason.Name()
}

// MustRepeat tells whether a client sends a request again after the error, until when
// none of its later ones to the same chat may be carried out.
func MustRepeat(err error) bool {
	var refused *wire.Error
	return err != nil && (!errors.As(err, &refused) || refused.Retryable())
}

// AsError gives the refusal that an error is or wraps; any other error becomes a 400
// with its text. It is for errors about what the client sent.
func AsError(err error) *wire.Error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused
	}
	return wire.Errorf(wire.BadArgument, "%s", err)
}
