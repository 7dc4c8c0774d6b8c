package wire

import "bytes"

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

// MarshalJSON gives the value as it is, null if there is none.
func (v Raw) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalJSON takes a copy of a value.
func (v *Raw) UnmarshalJSON(text []byte) error {
	*v = append((*v)[:0], text...)
	return nil
}

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
