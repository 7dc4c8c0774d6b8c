package password

import (
	"strings"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"

	"parley/core/wire"
)

const (
	// leastBits is the base-2 logarithm of the guesses that a password must withstand:
	// a million, which Throttle makes a matter of years.
	leastBits = 20
	// judged is how many characters of a password are judged, as the time for it grows
	// with their square.
	judged = 64
)

// Check refuses a password that is too short, the user name, or easy to guess: a
// common one, a word with a digit behind it, a row of keys. There are no rules of which
// characters it must have (NIST SP 800-63B, section 3.1.1.2).
func Check(password, username string) error {
	length := utf8.RuneCountInString(password)
	if length < 8 || length > 256 {
		return wire.Errorf(wire.BadArgument, "password: must have 8 to 256 characters")
	}
	name := strings.ToLower(strings.TrimSpace(username))
	if name != "" && strings.ToLower(strings.TrimSpace(password)) == name {
		return wire.Errorf(wire.WeakPassword, "password: must not be the user name")
	}
	var own []string
	if len(name) > 2 { // a shorter one is part of many words
		own = []string{name}
	}
	head := string([]rune(password)[:min(length, judged)])
	if zxcvbn.PasswordStrength(head, own).Entropy < leastBits {
		return wire.Errorf(wire.WeakPassword, "password: is among the first that are guessed; take several words, or a password manager's")
	}
	return nil
}
