package wire

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Members calls visit with each member of a JSON object, in order. Values share
// raw's memory. A name that comes twice is visited twice, so that the last value
// wins, as in a browser. Anything but one object is an error; an error of visit ends
// the walk and is returned.
func Members(raw Raw, visit func(name string, value Raw) error) error {
	return walk(raw, '{', '}', visit)
}

// Member gives a member of an object, nil if it is not there or raw is not an object.
func Member(raw Raw, name string) (found Raw) {
	_ = Members(raw, func(n string, v Raw) error {
		if n == name {
			found = v
		}
		return nil
	})
	return found
}

// Items calls visit with each item of a JSON array, in order.
func Items(raw Raw, visit func(value Raw) error) error {
	return walk(raw, '[', ']', func(_ string, v Raw) error { return visit(v) })
}

// Reader is a type that reads itself from a JSON value.
type Reader interface{ Read(Raw) error }

// Read reads members of a JSON object into variables. The pairs are a name and
// a *string, *uint64, *bool, *Raw or Reader each:
//
//	err := wire.Read(data, "chatId", &chatID, "seq", &seq)
//
// A member that is absent or null leaves its variable unchanged. A member of the
// wrong type is an error that names it. A Raw that is read shares raw's memory.
//
// Read panics if it meets a name without a variable, a name that is no string, or
// a variable of another type: the caller has a defect.
func Read(raw Raw, pairs ...any) error {
	return Members(raw, func(name string, v Raw) error {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i].(string) != name || IsNull(v) {
				continue
			}
			if err := read(v, pairs[i+1]); err != nil {
				return Errorf(BadArgument, "%s: %s", name, err)
			}
		}
		return nil
	})
}

func read(v Raw, into any) (err error) {
	switch to := into.(type) {
	case *string:
		*to, err = String(v)
	case *uint64:
		*to, err = Uint(v)
	case *bool:
		*to, err = Bool(v)
	case *Raw:
		*to = v
	case Reader:
		err = to.Read(v)
	default:
		panic("wire.Read: cannot read into a variable of this type")
	}
	return err
}

// walk goes through one object or array, which must be all there is.
func walk(raw Raw, open, shut Kind, visit func(name string, value Raw) error) error {
	s := scanner{text: raw}
	s.space()
	if s.next() != byte(open) {
		if err := s.value(); err != nil {
			return err
		}
		return Errorf(BadArgument, "must be %s, not %s", kindName(open), kindName(raw.Kind()))
	}
	err := s.each(byte(shut), func(name []byte) error {
		begin := s.at
		if err := s.value(); err != nil {
			return err
		}
		return visit(unquote(name), raw[begin:s.at:s.at])
	})
	if err == nil {
		err = s.end()
	}
	return err
}

// Valid tells whether raw is one well-formed JSON value.
func Valid(raw Raw) bool {
	s := scanner{text: raw}
	s.space()
	return utf8.Valid(raw) && s.value() == nil && s.end() == nil
}

// String reads a JSON string; null and absent are errors.
func String(v Raw) (string, error) {
	if v.Kind() != '"' {
		return "", Errorf(BadArgument, "must be a string, not %s", kindName(v.Kind()))
	}
	return unquote(bytes.TrimSpace(v)), nil
}

// Uint reads a whole number from 0 to 2^53, written in digits only.
func Uint(v Raw) (uint64, error) {
	if v.Kind() != '0' {
		return 0, Errorf(BadArgument, "must be a number, not %s", kindName(v.Kind()))
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(v)), 10, 64)
	if err != nil || n > 1<<53 {
		return 0, Errorf(BadArgument, "must be a whole number from 0 to 2^53, not %s", v)
	}
	return n, nil
}

// Float reads any JSON number. Only the server uses it: its code would add 8 KB to
// the WebAssembly.
func Float(v Raw) (float64, error) {
	if v.Kind() != '0' {
		return 0, Errorf(BadArgument, "must be a number, not %s", kindName(v.Kind()))
	}
	f, err := strconv.ParseFloat(string(bytes.TrimSpace(v)), 64)
	if err != nil {
		return 0, Errorf(BadArgument, "number %s is out of range", v)
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
	return false, Errorf(BadArgument, "must be true or false, not %s", kindName(v.Kind()))
}

// IsNull tells whether v is absent or JSON's null.
func IsNull(v Raw) bool { return len(v) == 0 || v.Kind() == 'n' }
