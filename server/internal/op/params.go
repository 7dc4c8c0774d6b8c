package op

import (
	"slices"
	"strconv"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Params are the arguments of an operation, whichever way they came. Reading one
// that does not fit notes the error; the first one is kept.
type Params struct {
	Values map[string]wire.Raw
	Nulls  map[string]bool // were given as null
	texts  map[string]bool // came as text whatever they stand for: from a URL
	Err    error
}

// ParseParams reads a frame's or a body's object. Null is as good as absent.
func ParseParams(raw wire.Raw) (*Params, error) {
	p := &Params{Values: map[string]wire.Raw{}, Nulls: map[string]bool{}, texts: map[string]bool{}}
	if wire.IsNull(raw) {
		return p, nil
	}
	err := wire.Members(raw, func(name string, v wire.Raw) error {
		if wire.IsNull(v) {
			delete(p.Values, name)
			p.Nulls[name] = true
		} else {
			p.Values[name] = v
		}
		return nil
	})
	if err != nil {
		return nil, wire.Errorf(wire.CodeBadRequest, "data: %s", err)
	}
	return p, nil
}

// SetText puts in what a URL says; it wins over the body.
func (p *Params) SetText(name, value string) {
	p.Values[name] = wire.AppendString(nil, value)
	p.texts[name] = true
}

func (p *Params) Has(name string) bool { return p.Values[name] != nil }

func (p *Params) Fail(format string, args ...any) {
	if p.Err == nil {
		p.Err = wire.Errorf(wire.CodeBadRequest, format, args...)
	}
}

// Check notes what somebody else found wrong.
func (p *Params) Check(err error) {
	if p.Err == nil {
		p.Err = err
	}
}

// Text reads a string, "" if absent.
func (p *Params) Text(name string) string {
	v := p.Values[name]
	if v == nil {
		return ""
	}
	text, err := wire.String(v)
	if err != nil {
		p.Fail("%s: %s", name, err)
	}
	return text
}

// OptionalText reads a string that may be absent, which is nil.
func (p *Params) OptionalText(name string) *string {
	if !p.Has(name) {
		return nil
	}
	text := p.Text(name)
	return &text
}

// RequiredText reads a string that must be there and must not be empty.
func (p *Params) RequiredText(name string) string {
	text := p.Text(name)
	if text == "" {
		p.Fail("%s: must be given and must not be empty", name)
	}
	return text
}

// Word reads a text or a whole number as text, as rooms and sources come.
func (p *Params) Word(name string) string {
	v := p.Values[name]
	if v == nil {
		return ""
	}
	return p.wordOf(name, v)
}

func (p *Params) wordOf(name string, v wire.Raw) string {
	if v.Kind() == '0' {
		n, err := wire.Uint(v)
		if err != nil {
			p.Fail("%s: %s", name, err)
		}
		return strconv.FormatUint(n, 10)
	}
	text, err := wire.String(v)
	if err != nil {
		p.Fail("%s: must be a string or a number", name)
	}
	if err := ids.CheckText(name, text, 128); err != nil && p.Err == nil {
		p.Err = err
	}
	return text
}

// Words reads an array of words, or several in one text, joined by commas. given
// tells absence from an empty list.
func (p *Params) Words(name string) (list []string, given bool) {
	v := p.Values[name]
	if v == nil {
		return nil, false
	}
	switch {
	case v.Kind() == '[':
		err := wire.Items(v, func(v wire.Raw) error {
			list = append(list, p.wordOf(name, v))
			return nil
		})
		if err != nil {
			p.Fail("%s: %s", name, err)
		}
	case v.Kind() == '"':
		for part := range strings.SplitSeq(p.Text(name), ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	default:
		list = []string{p.Word(name)}
	}
	if err := ids.CheckNames(name, list); err != nil && p.Err == nil {
		p.Err = err
	}
	return list, true
}

// OptionalWords reads words that may be absent, which is nil.
func (p *Params) OptionalWords(name string) *[]string {
	list, given := p.Words(name)
	if !given {
		return nil
	}
	return &list
}

// EitherWords reads words that come by a name or by another one.
func (p *Params) EitherWords(name, other string) (list []string, given bool) {
	if p.Has(name) {
		return p.Words(name)
	}
	return p.Words(other)
}

// Flag reads true or false; absent is false.
func (p *Params) Flag(name string) bool {
	v := p.Values[name]
	if v == nil {
		return false
	}
	if p.texts[name] {
		yes, err := strconv.ParseBool(p.Text(name))
		if err != nil {
			p.Fail("%s: must be true or false", name)
		}
		return yes
	}
	yes, err := wire.Bool(v)
	if err != nil {
		p.Fail("%s: %s", name, err)
	}
	return yes
}

// Number reads a number between two bounds; absent is the default.
func (p *Params) Number(name string, least, most, absent float64) float64 {
	v := p.Values[name]
	if v == nil {
		return absent
	}
	if p.texts[name] {
		v = wire.Raw(p.Text(name))
	}
	n, err := wire.Float(v)
	if err != nil {
		p.Fail("%s: %s", name, err)
		return absent
	}
	if n < least || n > most {
		p.Fail("%s: must be from %v to %v", name, least, most)
	}
	return n
}

// Count reads a whole number between two bounds.
func (p *Params) Count(name string, least, most, absent int) int {
	n := p.Number(name, float64(least), float64(most), float64(absent))
	if n != float64(int(n)) {
		p.Fail("%s: must be a whole number", name)
	}
	return int(n)
}

// OneOf reads a text that must be one of the given, or absent.
func (p *Params) OneOf(name string, choices ...string) string {
	text := p.Text(name)
	if p.Has(name) && !slices.Contains(choices, text) {
		p.Fail("%s: must be one of %q, not %q", name, choices, text)
	}
	return text
}

// Object reads a JSON object as it is, nil if absent.
func (p *Params) Object(name string) wire.Raw {
	v := p.Values[name]
	if v != nil && v.Kind() != '{' {
		p.Fail("%s: must be an object", name)
	}
	return v
}

// Nested reads an object whose members are parameters themselves.
func (p *Params) Nested(name string) *Params {
	in, err := ParseParams(p.Object(name))
	if err != nil {
		p.Fail("%s: %s", name, err)
		in, _ = ParseParams(nil)
	}
	return in
}

// Cursor reads where a page of a list begins, as the page before it said.
func (p *Params) Cursor(name string) uint64 {
	text := p.Word(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		p.Fail("%s: must be what next was in the answer before", name)
	}
	return n
}
