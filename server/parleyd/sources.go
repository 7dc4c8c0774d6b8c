package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// entry is the text of an option as a source has it, and the place, as people look for it.
type entry struct{ text, where string }

// source has entries by the names of options.
type source map[string]entry

// fromFlags reads the arguments. With -h its only error is flag.ErrHelp.
func (o *options) fromFlags(args []string) (source, []error) {
	found := source{}
	f := flag.NewFlagSet("parleyd", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	for _, name := range o.names() {
		take := func(text string) error {
			found[name] = entry{text, "-" + name}
			return nil
		}
		if o.isSwitch(name) {
			f.BoolFunc(name, "", take)
		} else {
			f.Func(name, "", take)
		}
	}
	var wrong []error
	for {
		switch err := f.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			return nil, []error{err}
		case err == nil && f.NArg() == 0:
			return found, wrong
		case err == nil:
			return found, append(wrong, fmt.Errorf("%q is not a flag; -h explains the flags", f.Arg(0)))
		default:
			wrong = append(wrong, o.explainFlag(err))
		}
		args = f.Args()
		if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
			args = args[1:] // the value of the flag that is wrong
		}
	}
}

// isSwitch tells whether an option is given by its name alone.
func (o *options) isSwitch(name string) bool {
	return slices.ContainsFunc(o.list, func(one *option) bool {
		value, ok := one.Value.(interface{ IsBoolFlag() bool })
		return one.Name == name && ok && value.IsBoolFlag()
	})
}

// explainFlag adds to an error about a flag what to do.
func (o *options) explainFlag(err error) error {
	if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); unknown {
		return fmt.Errorf("-%s: no such flag; %s", name, didYouMean("-", name, o.names()))
	}
	return fmt.Errorf("%w; -h explains the flags", err)
}

// variable is the name of an option's environment variable.
func variable(name string) string {
	return "PARLEY_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// fromEnvironment reads the variables. An empty one counts as unset.
func (o *options) fromEnvironment(getenv func(string) string) source {
	found := source{}
	for _, name := range o.names() {
		if text := getenv(variable(name)); text != "" {
			found[name] = entry{text, variable(name)}
		}
	}
	return found
}
