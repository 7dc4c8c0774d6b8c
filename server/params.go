package server

import (
	"slices"
	"strconv"
	"strings"

	"parley/core/wire"
)

// params are the arguments of an operation, whichever way they came. Reading one
// that does not fit notes the error; the first one is kept.
type params struct {
	values map[string]wire.Raw
	nulls  map[string]bool // were given as null
	texts  map[string]bool // came as text whatever they stand for: from a URL
	err    error
}

// parseParams reads a frame's or a body's object. Null is as good as absent.
func parseParams(raw wire.Raw) (*params, error) {
	p := &params{values: map[string]wire.Raw{}, nulls: map[string]bool{}, texts: map[string]bool{}}
	if wire.IsNull(raw) {
		return p, nil
	}
	err := wire.Members(raw, func(name string, v wire.Raw) error {
		if wire.IsNull(v) {
			delete(p.values, name)
			p.nulls[name] = true
		} else {
			p.values[name] = v
		}
		return nil
	})
	if err != nil {
		return nil, wire.Errorf(wire.CodeBadRequest, "data: %s", err)
	}
	return p, nil
}

// setText puts in what a URL says; it wins over the body.
func (p *params) setText(name, value string) {
	p.values[name] = wire.AppendString(nil, value)
	p.texts[name] = true
}

func (p *params) has(name string) bool { return p.values[name] != nil }

func (p *params) fail(format string, args ...any) {
	if p.err == nil {
		p.err = wire.Errorf(wire.CodeBadRequest, format, args...)
	}
}

// check notes what somebody else found wrong.
func (p *params) check(err error) {
	if p.err == nil {
		p.err = err
	}
}

// text reads a string, "" if absent.
func (p *params) text(name string) string {
	v := p.values[name]
	if v == nil {
		return ""
	}
	text, err := wire.String(v)
	if err != nil {
		p.fail("%s: %s", name, err)
	}
	return text
}

// textIf reads a string that may be absent, which is nil.
func (p *params) textIf(name string) *string {
	if !p.has(name) {
		return nil
	}
	text := p.text(name)
	return &text
}

// need reads a string that must be there and must not be empty.
func (p *params) need(name string) string {
	text := p.text(name)
	if text == "" {
		p.fail("%s: must be given and must not be empty", name)
	}
	return text
}

// word reads a text or a whole number as text, as rooms and sources come.
func (p *params) word(name string) string {
	v := p.values[name]
	if v == nil {
		return ""
	}
	return p.wordOf(name, v)
}

func (p *params) wordOf(name string, v wire.Raw) string {
	if v.Kind() == '0' {
		n, err := wire.Uint(v)
		if err != nil {
			p.fail("%s: %s", name, err)
		}
		return strconv.FormatUint(n, 10)
	}
	text, err := wire.String(v)
	if err != nil {
		p.fail("%s: must be a string or a number", name)
	}
	if err := checkText(name, text, 128); err != nil && p.err == nil {
		p.err = err
	}
	return text
}

// words reads an array of words, or several in one text, joined by commas. given
// tells absence from an empty list.
func (p *params) words(name string) (list []string, given bool) {
	v := p.values[name]
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
			p.fail("%s: %s", name, err)
		}
	case v.Kind() == '"':
		for part := range strings.SplitSeq(p.text(name), ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	default:
		list = []string{p.word(name)}
	}
	if err := checkNames(name, list); err != nil && p.err == nil {
		p.err = err
	}
	return list, true
}

// wordsIf reads words that may be absent, which is nil.
func (p *params) wordsIf(name string) *[]string {
	list, given := p.words(name)
	if !given {
		return nil
	}
	return &list
}

// eitherWords reads words that come by a name or by another one.
func (p *params) eitherWords(name, other string) (list []string, given bool) {
	if p.has(name) {
		return p.words(name)
	}
	return p.words(other)
}

// flag reads true or false; absent is false.
func (p *params) flag(name string) bool {
	v := p.values[name]
	if v == nil {
		return false
	}
	if p.texts[name] {
		yes, err := strconv.ParseBool(p.text(name))
		if err != nil {
			p.fail("%s: must be true or false", name)
		}
		return yes
	}
	yes, err := wire.Bool(v)
	if err != nil {
		p.fail("%s: %s", name, err)
	}
	return yes
}

// number reads a number between two bounds; absent is the default.
func (p *params) number(name string, least, most, absent float64) float64 {
	v := p.values[name]
	if v == nil {
		return absent
	}
	if p.texts[name] {
		v = wire.Raw(p.text(name))
	}
	n, err := wire.Float(v)
	if err != nil {
		p.fail("%s: %s", name, err)
		return absent
	}
	if n < least || n > most {
		p.fail("%s: must be from %v to %v", name, least, most)
	}
	return n
}

// count reads a whole number between two bounds.
func (p *params) count(name string, least, most, absent int) int {
	n := p.number(name, float64(least), float64(most), float64(absent))
	if n != float64(int(n)) {
		p.fail("%s: must be a whole number", name)
	}
	return int(n)
}

// oneOf reads a text that must be one of the given, or absent.
func (p *params) oneOf(name string, choices ...string) string {
	text := p.text(name)
	if p.has(name) && !slices.Contains(choices, text) {
		p.fail("%s: must be one of %q, not %q", name, choices, text)
	}
	return text
}

// object reads a JSON object as it is, nil if absent.
func (p *params) object(name string) wire.Raw {
	v := p.values[name]
	if v != nil && v.Kind() != '{' {
		p.fail("%s: must be an object", name)
	}
	return v
}

// inside reads an object whose members are parameters themselves.
func (p *params) inside(name string) *params {
	in, err := parseParams(p.object(name))
	if err != nil {
		p.fail("%s: %s", name, err)
		in, _ = parseParams(nil)
	}
	return in
}

// position reads where a page of a list begins, as the page before it said.
func (p *params) position(name string) uint64 {
	text := p.word(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		p.fail("%s: must be what next was in the answer before", name)
	}
	return n
}
