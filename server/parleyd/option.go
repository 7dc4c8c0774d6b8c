package main

import (
	"encoding"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"
)

// option is one thing that operators can set: by a flag, in the environment or in the
// configuration file, everywhere under its name.
type option struct {
	*flag.Flag                     // its name, meaning, default and value
	kind       string              // what its text must be, for errors; "" where the value's own error says it
	bounds     func() error        // says what is wrong with the value
	shown      func(string) string // what may be shown of a secret; nil: it is none
	from       string              // the place of the value, as people look for it; "" is the default
}

// options are all of them, by subject.
type options struct {
	values *flag.FlagSet // makes the values
	list   []*option
}

// fileSuffix makes the name of the option that names a file with the secret in it.
const fileSuffix = "-file"

// add makes an option of a value. The meaning quotes what stands for the value in -h.
func add[T any](o *options, at *T, name string, preset T, meaning string, bounds ...func(T) error) *option {
	one := &option{bounds: func() error {
		for _, wrong := range bounds {
			if err := wrong(*at); err != nil {
				return err
			}
		}
		return nil
	}}
	switch at := any(at).(type) {
	case *string:
		o.values.StringVar(at, name, any(preset).(string), meaning)
	case *bool:
		o.values.BoolVar(at, name, any(preset).(bool), meaning)
		one.kind = "true or false"
	case *int:
		o.values.IntVar(at, name, any(preset).(int), meaning)
		one.kind = "a whole number"
	case *int64:
		o.values.Int64Var(at, name, any(preset).(int64), meaning)
		one.kind = "a whole number"
	case *float64:
		o.values.Float64Var(at, name, any(preset).(float64), meaning)
		one.kind = "a number"
	case *time.Duration:
		o.values.DurationVar(at, name, any(preset).(time.Duration), meaning)
		one.kind = "a time such as 90s, 30m or 24h"
	case encoding.TextUnmarshaler:
		o.values.TextVar(at, name, any(preset).(encoding.TextMarshaler), meaning)
		if _, level := at.(*slog.Level); level {
			one.kind = "debug, info, warn or error"
		}
	default:
		panic(fmt.Sprintf("-%s: no option can be a %T", name, at))
	}
	one.Flag = o.values.Lookup(name)
	o.list = append(o.list, one)
	return one
}

// addSecret makes an option of a text of which no more than shown gives is ever shown.
// Beside it there is one that names a file with the text.
func addSecret(o *options, at *string, name, meaning string, shown func(string) string) {
	add(o, at, name, "", meaning).shown = shown
}

// hidden shows nothing of a secret.
func hidden(string) string { return "(hidden)" }

// named gives the option of a name that there is.
func (o *options) named(name string) *option {
	return o.list[slices.IndexFunc(o.list, func(one *option) bool { return one.Name == name })]
}

// names gives each option and, for secrets, the one that names a file.
func (o *options) names() (names []string) {
	for _, one := range o.list {
		names = append(names, one.Name)
		if one.shown != nil {
			names = append(names, one.Name+fileSuffix)
		}
	}
	return names
}

// set gives each option the value of the first source that has one, and returns all that
// is wrong with them.
func (o *options) set(sources ...source) (wrong []error) {
	for _, one := range o.list {
		err := one.take(sources)
		if err == nil {
			err = one.check()
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong
}

// take sets the option from the first source that has it.
func (one *option) take(sources []source) error {
	for _, s := range sources {
		value, direct := s[one.Name]
		file, byFile := entry{}, false
		if one.shown != nil {
			file, byFile = s[one.Name+fileSuffix]
		}
		switch {
		case direct && byFile:
			return fmt.Errorf("%s and %s: give one of the two", value.where, file.where)
		case byFile:
			text, err := os.ReadFile(file.text)
			if err != nil {
				return fmt.Errorf("%s: cannot read the secret: %w", file.where, err)
			}
			value = entry{strings.TrimRight(string(text), "\r\n"), file.where}
			if value.text == "" {
				return fmt.Errorf("%s: there is no secret in the file %s: it is empty", file.where, file.text)
			}
		case !direct:
			continue
		}
		one.from = value.where
		return one.parse(value)
	}
	return nil
}

func (one *option) parse(value entry) error {
	err := one.Value.Set(value.text)
	switch {
	case err == nil:
		return nil
	case one.shown != nil:
		return fmt.Errorf("%s: the value cannot be used", value.where)
	case one.kind != "":
		return fmt.Errorf("%s: must be %s, not %q", value.where, one.kind, value.text)
	}
	return fmt.Errorf("%s: %w", value.where, err)
}

func (one *option) check() error {
	err := one.bounds()
	if err == nil {
		return nil
	}
	where := one.from
	if where == "" {
		where = "-" + one.Name
	}
	return fmt.Errorf("%s: %w", where, err)
}
