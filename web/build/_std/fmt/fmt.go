// Package fmt stands for Go's in the core that pages load: the part of it that the core's packages call. Go's own
// prints any value, for which it needs the descriptions of all types, and files; it would be an eighth of the core.
//
// The verbs are %s and %q for strings, bytes, errors and Stringers, %d for whole numbers, and %v for all these but bytes, and
// for booleans and nil. Flags are passed to Formatters, and ignored otherwise. All else is shown as a bad verb, such as %!x.
// overlay.test.ts holds this against Go's own.
package fmt

import (
	"errors"
	"internal/abi"
	"io"
	"strconv"
	"unsafe"
)

// State is what a Formatter writes to.
type State interface {
	Write(b []byte) (n int, err error)
	Width() (wid int, ok bool)
	Precision() (prec int, ok bool)
	Flag(c int) bool
}

// Formatter is a value that formats itself.
type Formatter interface{ Format(f State, verb rune) }

// Stringer is a value that has a text.
type Stringer interface{ String() string }

// printer is the text so far, and the State of the verb at hand.
type printer struct {
	text  []byte
	flags string
}

func (p *printer) Write(b []byte) (int, error) {
	p.text = append(p.text, b...)
	return len(b), nil
}

func (p *printer) Width() (int, bool)     { return 0, false }
func (p *printer) Precision() (int, bool) { return 0, false }

func (p *printer) Flag(c int) bool {
	for i := range len(p.flags) {
		if int(p.flags[i]) == c {
			return true
		}
	}
	return false
}

func (p *printer) printf(format string, args []any) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			p.text = append(p.text, format[i])
			continue
		}
		begin := i + 1
		for i++; i < len(format) && (format[i] == '+' || format[i] == '#'); i++ {
		}
		switch {
		case i == len(format):
			p.text = append(p.text, "%!(NOVERB)"...)
		case format[i] == '%':
			p.text = append(p.text, '%')
		case len(args) == 0:
			p.bad(format[i], "(MISSING)")
		default:
			p.flags = format[begin:i]
			p.value(args[0], format[i])
			args = args[1:]
		}
	}
}

func (p *printer) bad(verb byte, why string) {
	p.text = append(append(p.text, '%', '!', verb), why...)
}

func (p *printer) value(v any, verb byte) {
	var text string
	isText := true
	switch v := v.(type) {
	case Formatter:
		v.Format(p, rune(verb))
		return
	case error:
		text = v.Error()
	case Stringer:
		text = v.String()
	default:
		text, isText = plain(v, verb)
	}
	switch {
	case text == "" && !isText || (verb == 'd') == isText && verb != 'v' || verb == 'q' && !isText:
		p.bad(verb, "")
	case verb == 'q':
		p.text = strconv.AppendQuote(p.text, text)
	default:
		p.text = append(p.text, text...)
	}
}

// value is how an interface holds a value of a kind that is no pointer.
type value struct {
	_    *abi.Type
	data unsafe.Pointer
}

// plain gives the text of a string, of bytes, a whole number or a boolean, of whatever
// name the type is; isText tells whether it is one of the first two. Of all else, there is
// no text.
func plain(v any, verb byte) (text string, isText bool) {
	if v == nil {
		return "<nil>", false
	}
	at := (*value)(unsafe.Pointer(&v)).data
	t := abi.TypeOf(v)
	switch t.Kind() {
	case abi.String:
		return *(*string)(at), true
	case abi.Slice:
		if t.Elem().Kind() == abi.Uint8 && verb != 'v' {
			return string(*(*[]byte)(at)), true
		}
	case abi.Bool:
		return strconv.FormatBool(*(*bool)(at)), false
	case abi.Int, abi.Int64:
		return strconv.FormatInt(*(*int64)(at), 10), false
	case abi.Int32:
		return strconv.FormatInt(int64(*(*int32)(at)), 10), false
	case abi.Uint, abi.Uint64, abi.Uintptr:
		return strconv.FormatUint(*(*uint64)(at), 10), false
	case abi.Uint32:
		return strconv.FormatUint(uint64(*(*uint32)(at)), 10), false
	case abi.Uint8:
		return strconv.FormatUint(uint64(*(*uint8)(at)), 10), false
	}
	return "", false
}

// Sprintf formats a text.
func Sprintf(format string, args ...any) string {
	var p printer
	p.printf(format, args)
	return string(p.text)
}

// Errorf makes an error of a text. It wraps nothing.
func Errorf(format string, args ...any) error { return errors.New(Sprintf(format, args...)) }

// Fprintf writes a formatted text.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	var p printer
	p.printf(format, args)
	return w.Write(p.text)
}

// Sprint gives the text of values, with blanks between those that are no strings.
func Sprint(args ...any) string {
	var p printer
	for i, v := range args {
		if i > 0 && !isString(v) && !isString(args[i-1]) {
			p.text = append(p.text, ' ')
		}
		p.value(v, 'v')
	}
	return string(p.text)
}

func isString(v any) bool {
	_, is := v.(string)
	return is
}

// Fprint writes the text of values.
func Fprint(w io.Writer, args ...any) (int, error) { return w.Write([]byte(Sprint(args...))) }
