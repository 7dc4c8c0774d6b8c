package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// printConfig is `parleyd config`: it writes the configuration in force as a configuration
// file, with the place that each value is from. Secrets are not in it.
func printConfig(args []string, getenv func(string) string, stdout io.Writer) error {
	_, o, err := parseOptions(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, one := range o.list {
		if one.Name == configOption {
			continue
		}
		from := one.from
		if from == "" {
			from = "default"
		}
		fmt.Fprintf(stdout, "%-48s # %s\n", one.line(), from)
	}
	return nil
}

// line is the option's line of a configuration file. That of a secret is a comment.
func (one *option) line() string {
	text := one.Value.String()
	if one.shown != nil && text != "" && one.shown(text) != text {
		return "# " + one.Name + ": " + one.shown(text)
	}
	if text == "" {
		return one.Name + `: ""`
	}
	scalar, err := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Value: text})
	if err != nil {
		return "# " + one.Name + ": " + err.Error()
	}
	return one.Name + ": " + strings.TrimSpace(string(scalar))
}
