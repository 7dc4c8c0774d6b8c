package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// deepest is how deep values may be nested. The scanner calls itself for each level, for
// which the stack of WebAssembly in a browser is small.
const deepest = 500

// scanner goes through JSON text (RFC 8259) and finds where values end and whether they
// are well-formed. A name may come twice in an object. Strings may have bytes that are
// not UTF-8, and halves of surrogate pairs, which JSON.stringify writes as escapes.
type scanner struct {
	text  []byte
	at    int
	depth int // objects and arrays that are open
}

// next gives the byte to read next, 0 at the end; no JSON has a 0 outside of strings.
func (s *scanner) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for c := s.next(); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = s.next() {
		s.at++
	}
}

// wrong says that the byte to read next must not be there.
func (s *scanner) wrong() error {
	if s.at >= len(s.text) {
		return Errorf(BadJSON, "not valid JSON: it ends too early")
	}
	return Errorf(BadJSON, "not valid JSON: unexpected character at byte %d", s.at)
}

// end reads the rest, in which there must be nothing.
func (s *scanner) end() error {
	s.space()
	if s.at == len(s.text) {
		return nil
	}
	if err := s.value(); err != nil {
		return err
	}
	return Errorf(BadJSON, "has more than one JSON value")
}

func (s *scanner) value() error {
	switch c := s.next(); {
	case c == '"':
		return s.str()
	case c == '{' || c == '[':
		return s.each(c+2, func([]byte) error { return s.value() }) // ']' and '}' come two after
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.number()
}

// each reads an object or array, which ends with shut. For each of its values visit gets
// the text of its name, nil in an array, and must read the value.
func (s *scanner) each(shut byte, visit func(name []byte) error) error {
	if s.depth++; s.depth > deepest {
		return Errorf(BadJSON, "is nested deeper than %d", deepest)
	}
	s.at++
	s.space()
	for more := s.next() != shut; more; {
		name, err := s.name(shut)
		if err == nil {
			err = visit(name)
		}
		if err != nil {
			return err
		}
		s.space()
		if more = s.next() == ','; more {
			s.at++
			s.space()
		}
	}
	if s.next() != shut {
		return s.wrong()
	}
	s.at++
	s.depth--
	return nil
}

// name reads a name and its colon, if what ends with shut has names.
func (s *scanner) name(shut byte) ([]byte, error) {
	if shut != '}' {
		return nil, nil
	}
	begin := s.at
	if err := s.str(); err != nil {
		return nil, err
	}
	name := s.text[begin:s.at]
	s.space()
	if s.next() != ':' {
		return nil, s.wrong()
	}
	s.at++
	s.space()
	return name, nil
}

func (s *scanner) word(w string) error {
	for i := range len(w) {
		if s.next() != w[i] {
			return s.wrong()
		}
		s.at++
	}
	return nil
}

func (s *scanner) number() error {
	if s.next() == '-' {
		s.at++
	}
	if s.next() == '0' {
		s.at++
	} else if !s.digits() {
		return s.wrong()
	}
	if s.next() == '.' {
		s.at++
		if !s.digits() {
			return s.wrong()
		}
	}
	if s.next()|0x20 == 'e' {
		s.at++
		if c := s.next(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return s.wrong()
		}
	}
	return nil
}

// digits reads digits, and tells whether there is one.
func (s *scanner) digits() bool {
	begin := s.at
	for c := s.next(); c >= '0' && c <= '9'; c = s.next() {
		s.at++
	}
	return s.at > begin
}

func (s *scanner) str() error {
	if s.next() != '"' {
		return s.wrong()
	}
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c < ' ':
			return s.wrong()
		case c == '\\':
			s.at++
			switch s.next() {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := unit(s.text[s.at+1:]); !ok {
					return s.wrong()
				}
				s.at += 4
			default:
				return s.wrong()
			}
		}
	}
	return s.wrong()
}

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
		if c := v[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++ // most are
			continue
		}
		r, size := utf8.DecodeRuneInString(v[i:])
		if r >= utf8.RuneSelf && (r != utf8.RuneError || size > 1) {
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
