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

// lenient reads what browsers write: JSON.stringify writes half a surrogate pair as
// an escape, which strict JSON does not allow. It is read as U+FFFD.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

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
func walk(raw Raw, open, shut jsontext.Kind, visit func(name string, value Raw) error) error {
	if tooDeep(raw) {
		return Errorf(BadJSON, "is nested deeper than %d", deepest)
	}
	// A bytes.Buffer is read in place, without a copy.
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient...)
	if dec.PeekKind() != open {
		if _, err := dec.ReadValue(); err != nil {
			return malformed(err)
		}
		return Errorf(BadArgument, "must be %s, not %s", kindName(open), kindName(raw.Kind()))
	}
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != shut {
		var name string
		var value Raw
		if name, value, err = member(dec, open == '{'); err != nil {
			break
		}
		// The decoder's slice is valid until its next call, so the same bytes of raw
		// are given instead.
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
			return Errorf(BadJSON, "has more than one JSON value")
		}
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return malformed(err)
}

// member reads the next value, with its name if it is one of an object.
func member(dec *jsontext.Decoder, named bool) (name string, value Raw, err error) {
	if named {
		token, err := dec.ReadToken()
		if err != nil {
			return "", nil, err
		}
		name = token.String()
	}
	value, err = dec.ReadValue()
	return name, value, err
}

// Valid tells whether raw is one well-formed JSON value.
func Valid(raw Raw) bool {
	return utf8.Valid(raw) && !tooDeep(raw) && raw.IsValid(lenient...)
}

// deepest is how deep values may be nested. jsontext recurses for each level, up to
// 10,000, for which the stack of WebAssembly in a browser is too small.
const deepest = 500

func tooDeep(raw Raw) bool {
	if len(raw) <= deepest { // too short to be nested so deep, as most values are
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
	return Errorf(BadJSON, "not valid JSON: %s", err)
}

// String reads a JSON string; null and absent are errors.
func String(v Raw) (string, error) {
	if v.Kind() != '"' {
		return "", Errorf(BadArgument, "must be a string, not %s", kindName(v.Kind()))
	}
	// The decoder has accepted the string, so that the error can only be about half a
	// surrogate pair, which became U+FFFD.
	b, _ := jsontext.AppendUnquote(nil, bytes.TrimSpace(v))
	return string(b), nil
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

// AppendString adds v as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, v string) []byte {
	// The error only reports that bytes were replaced.
	dst, _ = jsontext.AppendQuote(dst, v)
	return dst
}

// AppendArray adds values, which are JSON already, as an array.
func AppendArray[V ~[]byte](dst []byte, values []V) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, v...)
	}
	return append(dst, ']')
}
