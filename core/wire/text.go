package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes has the character that stands for another after a backslash, and that other.
const escapes = "\"\"\\\\//b\bf\fn\nr\rt\t"

// unit reads the four hexadecimal digits of a UTF-16 code unit.
func unit(text []byte) (u rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, c := range text[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		u = u<<4 | rune(c)
	}
	return u, true
}

// unquote gives the text of a string that the scanner has gone through. What is not
// UTF-8, and half a surrogate pair, becomes U+FFFD.
func unquote(quoted []byte) string {
	if len(quoted) < 2 { // the name of what has none
		return ""
	}
	text := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return string(text)
	}
	plain := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == '\\' {
			r, size = escaped(text)
		}
		plain = utf8.AppendRune(plain, r)
		text = text[size:]
	}
	return string(plain)
}

// escaped reads the escape that text begins with, and gives its length.
func escaped(text []byte) (r rune, size int) {
	if text[1] != 'u' {
		for i := 0; i < len(escapes); i += 2 {
			if escapes[i] == text[1] {
				r = rune(escapes[i+1])
			}
		}
		return r, 2
	}
	r, _ = unit(text[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if rest := text[6:]; len(rest) > 2 && rest[0] == '\\' && rest[1] == 'u' {
		low, _ := unit(rest[2:])
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// AppendString adds v as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, v string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0 // what is before is in dst
	for i := 0; i < len(v); {
		r, size := utf8.DecodeRuneInString(v[i:])
		if r >= ' ' && r != '"' && r != '\\' && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		dst = append(dst, v[done:i]...)
		i += size
		done = i
		switch {
		case r == utf8.RuneError:
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, '\\', shortEscape(byte(r)))
			if dst[len(dst)-1] == 'u' {
				dst = append(dst, '0', '0', hex[r>>4], hex[r&15])
			}
		}
	}
	return append(append(dst, v[done:]...), '"')
}

// shortEscape gives what comes after the backslash for a character; 'u' if there is
// nothing shorter.
func shortEscape(c byte) byte {
	for i := 0; i < len(escapes); i += 2 {
		if escapes[i+1] == c {
			return escapes[i]
		}
	}
	return 'u'
}
