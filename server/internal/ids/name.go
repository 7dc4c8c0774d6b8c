package ids

import (
	"strings"
	"unicode"
)

// CleanName gives the name that a person has chosen as one that is shown as it reads: on one
// line, without control characters, and without characters of format, which show nothing
// themselves but turn what stands around them or make two names look like one. Signs that
// fonts show stay, and so do joiners after letters of other scripts than Latin and after
// pictures: names in Persian, in scripts of India, and of emoji are spelt with them.
func CleanName(name string) string {
	var before rune
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) && !unicode.IsSpace(r), unicode.Is(unicode.Cf, r) && !visible(r) && !(isJoiner(r) && isJoined(before)):
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			r = ' '
		}
		before = r
		return r
	}, strings.ToValidUTF8(name, "")))
}

// isJoiner tells whether a character joins letters or keeps them apart.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// isJoined tells whether a joiner after the character changes how it looks.
func isJoined(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.S) && r > unicode.MaxLatin1 && !unicode.Is(unicode.Latin, r)
}
