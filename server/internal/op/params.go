package op

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Params are the arguments of an operation, from a frame, a JSON body, a form or a
// URL. A method that reads one never fails: it gives a default and keeps the error
// in Err, which holds the first one.
type Params struct {
	Values  map[string]wire.Raw
	Nulls   map[string]bool // those given as null
	fromURL map[string]bool // those that are text whatever they mean: from a URL or a form
	Bytes   int             // of what was sent as parameters
	Err     error
}

// ParseParams reads the object of a frame or a body; null or nothing gives no
// parameters. A parameter that is null counts as absent.
func ParseParams(raw wire.Raw) (*Params, error) {
	p := &Params{Values: map[string]wire.Raw{}, Nulls: map[string]bool{}, fromURL: map[string]bool{}, Bytes: len(raw)}
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
		return nil, wire.Errorf(wire.BadArgument, "data: %s", err)
	}
	return p, nil
}

// SetText sets a parameter of a URL or a form, over one of the body.
func (p *Params) SetText(name, value string) {
	p.Values[name] = wire.AppendString(nil, value)
	p.fromURL[name] = true
	p.Bytes += len(value)
}

// Has tells whether a parameter is there and is not null.
func (p *Params) Has(name string) bool { return p.Values[name] != nil }

// Fail keeps an error, a 400, unless there is one already. The text begins with the
// name of the parameter.
func (p *Params) Fail(format string, args ...any) {
	if p.Err == nil {
		p.Err = wire.Errorf(wire.BadArgument, format, args...)
	}
}

// FailWith keeps an error, unless it is nil or there is one already.
func (p *Params) FailWith(err error) {
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

// OptionalText reads a string; nil if absent.
func (p *Params) OptionalText(name string) *string {
	if !p.Has(name) {
		return nil
	}
	text := p.Text(name)
	return &text
}

// RequiredText reads a string that must not be absent or empty.
func (p *Params) RequiredText(name string) string {
	text := p.Text(name)
	if text == "" {
		p.Fail("%s: must be given and must not be empty", name)
	}
	return text
}

// MessageText reads the text of a message, of at most so many characters, and what it
// says about its format: "html", or "" for plain text, which is the default.
func (p *Params) MessageText(most int) (text, format string) {
	text, format = p.Text("message"), p.OneOf("format", "text", "html")
	if n := utf8.RuneCountInString(text); n > most {
		p.FailWith(wire.Errorf(wire.MessageTooLong, "message: %d characters, at most %d are allowed", n, most))
	}
	if format == "text" {
		format = ""
	}
	return text, format
}

// Word reads a string of at most 128 characters, or a whole number as such a string:
// clients give rooms and sources either way. "" if absent.
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
	p.FailWith(ids.CheckText(name, text, 128))
	return text
}

// Words reads an array of words, or one string of words with commas between them.
// given tells an empty list from an absent one.
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
	p.FailWith(ids.CheckNames(name, list))
	return list, true
}

// OptionalWords reads words; nil if absent.
func (p *Params) OptionalWords(name string) *[]string {
	list, given := p.Words(name)
	if !given {
		return nil
	}
	return &list
}

// EitherWords reads words under the first name, or else under the second.
func (p *Params) EitherWords(name, other string) (list []string, given bool) {
	if p.Has(name) {
		return p.Words(name)
	}
	return p.Words(other)
}

// Flag reads true or false; false if absent.
func (p *Params) Flag(name string) bool {
	v := p.Values[name]
	if v == nil {
		return false
	}
	if p.fromURL[name] {
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

// Number reads a number from least to most; absent is its default.
func (p *Params) Number(name string, least, most, absent float64) float64 {
	v := p.Values[name]
	if v == nil {
		return absent
	}
	if p.fromURL[name] {
		v = wire.Raw(p.Text(name))
	}
	n, err := wire.Float(v)
	switch {
	case err != nil && p.fromURL[name]:
		p.Fail("%s: must be a number, not %q", name, p.Text(name))
		return absent
	case err != nil:
		p.Fail("%s: %s", name, err)
		return absent
	}
	if n < least || n > most {
		p.Fail("%s: must be from %s to %s", name, ids.Number(least), ids.Number(most))
	}
	return n
}

// Count reads a whole number from least to most; absent is its default.
func (p *Params) Count(name string, least, most, absent int) int {
	n := p.Number(name, float64(least), float64(most), float64(absent))
	if n != float64(int(n)) {
		p.Fail("%s: must be a whole number", name)
	}
	return int(n)
}

// OneOf reads a string that must be one of the choices; "" if absent.
func (p *Params) OneOf(name string, choices ...string) string {
	text := p.Text(name)
	if p.Has(name) && !slices.Contains(choices, text) {
		p.Fail("%s: must be one of %q, not %q", name, choices, text)
	}
	return text
}

// Object gives a JSON object as it came; nil if absent.
func (p *Params) Object(name string) wire.Raw {
	v := p.Values[name]
	if v != nil && v.Kind() != '{' {
		p.Fail("%s: must be an object", name)
	}
	return v
}

// Nested reads an object as parameters; none if absent.
func (p *Params) Nested(name string) *Params {
	nested, err := ParseParams(p.Object(name))
	if err != nil {
		p.Fail("%s: %s", name, err)
		nested, _ = ParseParams(nil)
	}
	return nested
}

// Cursor reads where a page of a list begins, which the previous page gave as next;
// 0, the first page, if absent.
func (p *Params) Cursor(name string) uint64 {
	text := p.Word(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		p.Fail("%s: must be what next was in the previous reply", name)
	}
	return n
}
