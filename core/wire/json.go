package wire

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Raw is one JSON value as text.
type Raw []byte

// Kind says what a value is, by the first byte of its text, '0' for all numbers; 0 is
// none.
type Kind byte

// Kind gives the value's kind without a look at the rest of it.
func (v Raw) Kind() Kind {
	s := scanner{text: v}
	s.space()
	switch c := s.next(); c {
	case 'n', 't', 'f', '"', '{', '[':
		return Kind(c)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	}
	return 0
}

// Clone gives a copy that shares no memory.
func (v Raw) Clone() Raw { return bytes.Clone(v) }

// String gives the text, null if there is no value.
func (v Raw) String() string {
	if v == nil {
		return "null"
	}
	return string(v)
}

// MarshalJSON gives the value as it is. An empty value gives null.
func (v Raw) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalJSON takes a copy of a value.
func (v *Raw) UnmarshalJSON(text []byte) error {
	*v = append((*v)[:0], text...)
	return nil
}

// Members calls visit with each member of a JSON object, in order. Values share
// raw's memory. A name that comes twice is visited twice, so that the last value
// wins, as in a browser. Anything but one object is an error; an error of visit ends
// the walk and is returned.
func Members(raw Raw, visit func(name string, value Raw) error) error {
	return walk(raw, '{', '}', func(name []byte, v Raw) error { return visit(unquote(name), v) })
}

// Member gives a member of an object, nil if it is not there or raw is not an object.
func Member(raw Raw, name string) (found Raw) {
	_ = walk(raw, '{', '}', func(n []byte, v Raw) error {
		if isName(n, name) {
			found = v
		}
		return nil
	})
	return found
}

// Items calls visit with each item of a JSON array, in order.
func Items(raw Raw, visit func(value Raw) error) error {
	return walk(raw, '[', ']', func(_ []byte, v Raw) error { return visit(v) })
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
	return walk(raw, '{', '}', func(name []byte, v Raw) error {
		for i := 0; i < len(pairs); i += 2 {
			if !isName(name, pairs[i].(string)) || IsNull(v) {
				continue
			}
			if err := read(v, pairs[i+1]); err != nil {
				return Errorf(BadArgument, "%s: %s", pairs[i], err)
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

// isName tells whether a name of an object, as it is in the text, is this one. Most are
// written without escapes, and compared without a copy.
func isName(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return unquote(quoted) == name
	}
	return string(quoted[1:len(quoted)-1]) == name
}

// walk goes through one object or array, which must be all there is. visit gets the names
// as they are in the text.
func walk(raw Raw, open, shut Kind, visit func(name []byte, value Raw) error) error {
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
		return visit(name, raw[begin:s.at:s.at])
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

func kindName(k Kind) string {
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

// Object writes a JSON object, one member after the other:
//
//	wire.NewObject(nil).Str("chatId", id).Uint("seq", 3).Done()
type Object struct {
	b     []byte
	first bool
}

// NewObject begins an object after the content of dst, which may be nil.
func NewObject(dst []byte) *Object { return &Object{append(dst, '{'), true} }

func (o *Object) name(name string) {
	if !o.first {
		o.b = append(o.b, ',')
	}
	o.first = false
	o.b = AppendString(o.b, name)
	o.b = append(o.b, ':')
}

// Str adds a string. Bytes that are not UTF-8 become U+FFFD.
func (o *Object) Str(name, v string) *Object {
	o.name(name)
	o.b = AppendString(o.b, v)
	return o
}

// StrIf adds a string unless it is empty.
func (o *Object) StrIf(name, v string) *Object {
	if v == "" {
		return o
	}
	return o.Str(name, v)
}

// Uint adds a whole number.
func (o *Object) Uint(name string, v uint64) *Object {
	o.name(name)
	o.b = strconv.AppendUint(o.b, v, 10)
	return o
}

// Int adds a whole number, which may be negative.
func (o *Object) Int(name string, v int64) *Object {
	o.name(name)
	o.b = strconv.AppendInt(o.b, v, 10)
	return o
}

// Float adds a number in its shortest form.
func (o *Object) Float(name string, v float64) *Object {
	o.name(name)
	o.b = strconv.AppendFloat(o.b, v, 'f', -1, 64)
	return o
}

// Bool adds true or false.
func (o *Object) Bool(name string, v bool) *Object {
	o.name(name)
	o.b = strconv.AppendBool(o.b, v)
	return o
}

// Raw adds a value that is JSON already. An empty one becomes null.
func (o *Object) Raw(name string, v Raw) *Object {
	o.name(name)
	if len(v) == 0 {
		v = Raw("null")
	}
	o.b = append(o.b, v...)
	return o
}

// RawIf adds a value that is JSON already, unless it is empty.
func (o *Object) RawIf(name string, v Raw) *Object {
	if len(v) == 0 {
		return o
	}
	return o.Raw(name, v)
}

// Done ends the object and gives dst with it.
func (o *Object) Done() []byte { return append(o.b, '}') }

// AppendArray adds values, which are JSON already, as an array.
func AppendArray[V ~[]byte](dst []byte, values []V) []byte {
	if dst == nil {
		size := 2
		for _, v := range values {
			size += len(v) + 1
		}
		dst = make([]byte, 0, size)
	}
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, v...)
	}
	return append(dst, ']')
}
