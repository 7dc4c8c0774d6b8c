package wire

import "strconv"

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
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, v...)
	}
	return append(dst, ']')
}
