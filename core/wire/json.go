package wire

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Raw is one JSON value as text.
type Raw = jsontext.Value

// lenient reads what browsers write: JSON.stringify gives half a surrogate pair
// as an escape, which strict JSON refuses; it is read as U+FFFD.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// Members calls visit with each member of a JSON object, in order. Values are
// parts of raw. A name that comes twice is visited twice, so that the last one
// wins, as it does in a browser. Anything but one object is an error, and so is
// an error of visit.
func Members(raw Raw, visit func(name string, value Raw) error) error {
	return walk(raw, '{', '}', visit)
}

// Items calls visit with each item of a JSON array, in order.
func Items(raw Raw, visit func(value Raw) error) error {
	return walk(raw, '[', ']', func(_ string, v Raw) error { return visit(v) })
}

// walk goes through one object or array, which must be all there is.
func walk(raw Raw, open, shut jsontext.Kind, visit func(name string, value Raw) error) error {
	if tooDeep(raw) {
		return Errorf(CodeBadRequest, "is nested deeper than %d", deepest)
	}
	// A bytes.Buffer is read in place, without a copy.
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient...)
	if dec.PeekKind() != open {
		if _, err := dec.ReadValue(); err != nil {
			return malformed(err)
		}
		return Errorf(CodeBadRequest, "must be %s, not %s", kindName(open), kindName(raw.Kind()))
	}
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != shut {
		name := ""
		if open == '{' {
			var token jsontext.Token
			if token, err = dec.ReadToken(); err != nil {
				break
			}
			name = token.String()
		}
		var value Raw
		if value, err = dec.ReadValue(); err != nil {
			break
		}
		// The decoder's slice lives until its next call; the same bytes stand in
		// raw for as long as the caller keeps them.
		end := dec.InputOffset()
		if refused := visit(name, raw[end-int64(len(value)):end:end]); refused != nil {
			return refused
		}
	}
	if err == nil {
		_, err = dec.ReadToken()
	}
	if err == nil {
		if _, err = dec.ReadToken(); err == nil {
			return Errorf(CodeBadRequest, "has more than one JSON value")
		}
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return malformed(err)
}

// Valid tells whether raw is one well-formed JSON value.
func Valid(raw Raw) bool {
	return utf8.Valid(raw) && !tooDeep(raw) && raw.IsValid(lenient...)
}

// deepest is how deep values may be nested. jsontext calls itself for each level, and
// would go on to 10,000, where the stack that a browser gives to WebAssembly has ended.
const deepest = 500

func tooDeep(raw Raw) bool {
	if len(raw) <= deepest { // most values, and there is no room in them
		return false
	}
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && inString:
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > deepest {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}

func malformed(err error) error {
	return Errorf(CodeBadRequest, "not valid JSON: %s", err)
}

// String reads a JSON string; null and absent are errors.
func String(v Raw) (string, error) {
	if v.Kind() != '"' {
		return "", Errorf(CodeBadRequest, "must be a string, not %s", kindName(v.Kind()))
	}
	// The decoder has accepted the string, so the error can only be about half a
	// surrogate pair, which has become U+FFFD.
	b, _ := jsontext.AppendUnquote(nil, bytes.TrimSpace(v))
	return string(b), nil
}

// Uint reads a JSON number that is a whole number from 0 to 2^53, written in
// digits alone.
func Uint(v Raw) (uint64, error) {
	if v.Kind() != '0' {
		return 0, Errorf(CodeBadRequest, "must be a number, not %s", kindName(v.Kind()))
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(v)), 10, 64)
	if err != nil || n > 1<<53 {
		return 0, Errorf(CodeBadRequest, "must be a whole number from 0 to 2^53, not %s", v)
	}
	return n, nil
}

// Float reads any JSON number. It is for the server: the code it needs would
// cost the WebAssembly 8 KB.
func Float(v Raw) (float64, error) {
	if v.Kind() != '0' {
		return 0, Errorf(CodeBadRequest, "must be a number, not %s", kindName(v.Kind()))
	}
	f, err := strconv.ParseFloat(string(bytes.TrimSpace(v)), 64)
	if err != nil {
		return 0, Errorf(CodeBadRequest, "number %s is out of range", v)
	}
	return f, nil
}

// Bool reads true or false.
func Bool(v Raw) (bool, error) {
	switch v.Kind() {
	case 't':
		return true, nil
	case 'f':
		return false, nil
	}
	return false, Errorf(CodeBadRequest, "must be true or false, not %s", kindName(v.Kind()))
}

// IsNull tells whether v is absent or JSON's null.
func IsNull(v Raw) bool { return len(v) == 0 || v.Kind() == 'n' }

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "a JSON object"
	case '[':
		return "a JSON array"
	}
	return "nothing"
}
