package wire

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Object writes a JSON object member by member:
//
//	wire.NewObject(nil).Str("chatId", id).Uint("seq", 3).Done()
type Object struct {
	b     []byte
	first bool
}

// NewObject starts an object behind what dst holds; dst may be nil.
func NewObject(dst []byte) *Object { return &Object{append(dst, '{'), true} }

func (o *Object) name(name string) {
	if !o.first {
		o.b = append(o.b, ',')
	}
	o.first = false
	o.b = AppendString(o.b, name)
	o.b = append(o.b, ':')
}

// Str adds a string. What is not UTF-8 in it becomes U+FFFD.
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

// Int adds a whole number with a sign.
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

// Raw adds a value that is JSON already; an empty one becomes null.
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

// Done closes the object and gives all that was written.
func (o *Object) Done() []byte { return append(o.b, '}') }

// AppendString adds v as a JSON string. What is not UTF-8 in it becomes U+FFFD.
func AppendString(dst []byte, v string) []byte {
	// The error says only that bytes were replaced.
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
