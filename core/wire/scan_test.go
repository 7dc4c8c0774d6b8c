package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScan(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, err string }{
		{` {"a" : [ 1 , -0.5e+10 , "\"\\\/\b\f\n\r\t\u00e9" , true,false , null,{},[ ] ] } `, ""},
		{"", "it ends too early"},
		{" ", "it ends too early"},
		{`[1,`, "it ends too early"},
		{`"a`, "it ends too early"},
		{`"\`, "it ends too early"},
		{`"\u12`, "unexpected character at byte 2"},
		{`"\x"`, "unexpected character at byte 2"},
		{"\"a\nb\"", "unexpected character at byte 2"},
		{`[1,]`, "unexpected character at byte 3"},
		{`[,1]`, "unexpected character at byte 1"},
		{`[1 2]`, "unexpected character at byte 3"},
		{`{"a" 1}`, "unexpected character at byte 5"},
		{`{"a":1,}`, "unexpected character at byte 7"},
		{`{a:1}`, "unexpected character at byte 1"},
		{`[1}`, "unexpected character at byte 2"},
		{`01`, "more than one JSON value"},
		{`1.`, "it ends too early"},
		{`.5`, "unexpected character at byte 0"},
		{`1e`, "it ends too early"},
		{`+1`, "unexpected character at byte 0"},
		{`-`, "it ends too early"},
		{`nul`, "it ends too early"},
		{`truth`, "unexpected character at byte 3"},
		{"1\x00", "unexpected character at byte 1"},
		{"\ufeff1", "unexpected character at byte 0"},
	} {
		s := scanner{text: []byte(tc.in)}
		s.space()
		err := s.value()
		if err == nil {
			err = s.end()
		}
		if tc.err == "" {
			require.NoError(t, err, tc.in)
		} else {
			require.ErrorContains(t, err, tc.err, "%q", tc.in)
		}
	}
}

func TestDepth(t *testing.T) {
	t.Parallel()
	nested := func(n int) Raw { return Raw(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	assert.True(t, Valid(nested(deepest)))
	assert.False(t, Valid(nested(deepest+1)))
	assert.ErrorContains(t, Items(nested(1_000_000), func(Raw) error { return nil }), "nested deeper than 500")
	assert.True(t, Valid(Raw("["+strings.Repeat("[],{},", 1000)+"1]")), "only what is open counts")
}

// lenient is how jsontext reads what browsers write.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// pair is what a walk gives.
type pair struct{ name, value string }

// byJSONText goes through an object or array as walk does.
func byJSONText(raw []byte) (pairs []pair, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), lenient...)
	open, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	shut := jsontext.Kind(open.Kind() + 2)
	for dec.PeekKind() != shut {
		var p pair
		if open.Kind() == '{' {
			token, err := dec.ReadToken()
			if err != nil {
				return nil, err
			}
			p.name = token.String()
		}
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		p.value = string(value)
		pairs = append(pairs, p)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("there is more")
	}
	return pairs, nil
}

// FuzzScan holds the scanner against jsontext: what is well-formed, what members and
// items there are, and what strings say, read and written.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+10,"\"\\\/\b\f\n\r\t\u00e9"],"a":{"b":null}}`, `["\ud83d\ude00\ud83d\ud83d\ude00\ude00\ud83d\u0041"]`,
		"[\"\xff\x7f\xed\xa0\x80\u2028\"]", ` [ ] `, `[1,]`, `{"a"}`, `truefalse`, `01`, "\"\x1f\"", `[1]]`, `{} {}`, "\x00", "\ufeff{}", `1E5`, `-`, `]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		raw := Raw(in)
		s := scanner{text: in}
		if s.space(); s.value() != nil && s.depth > deepest {
			return // jsontext goes deeper
		}
		assert.Equal(t, utf8.Valid(in) && jsontext.Value(in).IsValid(lenient...), Valid(raw), "is it valid?")

		var got []pair
		note := func(name string, v Raw) { got = append(got, pair{name, string(v)}) }
		members := func(name string, v Raw) error { note(name, v); return nil }
		items := func(v Raw) error { note("", v); return nil }
		var err error
		switch kind := raw.Kind(); kind {
		case '{':
			err = Members(raw, members)
		case '[':
			err = Items(raw, items)
		default:
			if want := jsontext.Value(in).Kind(); want != ']' && want != '}' {
				assert.Equal(t, want, jsontext.Kind(kind))
			}
			assert.Error(t, Members(raw, members))
			assert.Error(t, Items(raw, items))
			assert.Empty(t, got)
			return
		}
		want, oracle := byJSONText(in)
		require.Equal(t, oracle == nil, err == nil, "ours: %v; jsontext: %v", err, oracle)
		if err == nil {
			assert.Equal(t, want, got)
		}
		for _, p := range got {
			if Raw(p.value).Kind() == '"' {
				text, err := String(Raw(p.value))
				require.NoError(t, err)
				plain, _ := jsontext.AppendUnquote(nil, p.value)
				assert.Equal(t, string(plain), text)
			}
		}
	})
}

// FuzzAppendString holds what is written against jsontext.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c/d\b\f\n\r\t\x00\x1f\x7f", "é😀\u2028\ufffd", "\xff a \xed\xa0\x80", "a\xf0\x9f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		want, _ := jsontext.AppendQuote([]byte("before"), in)
		got := AppendString([]byte("before"), in)
		require.Equal(t, string(want), string(got))
		back, err := String(got[len("before"):])
		require.NoError(t, err)
		again, _ := jsontext.AppendUnquote(nil, got[len("before"):])
		assert.Equal(t, string(again), back)
	})
}
