package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fromFile reads the configuration file: YAML with the names of options as keys. Of what
// is wrong each error names file, line and key.
func (o *options) fromFile(name string) (source, []error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, []error{fmt.Errorf("cannot read the configuration file: %w", err)}
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return source{}, nil
	case err != nil:
		return nil, []error{fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, []error{fmt.Errorf("%s:%d: must be lines of the form NAME: VALUE", name, root.Line)}
	}
	if decoder.Decode(new(yaml.Node)) != io.EOF {
		return nil, []error{fmt.Errorf("%s: must be one document; remove what follows the line ---", name)}
	}
	return o.entries(name, root)
}

// entries takes the keys and their values.
func (o *options) entries(file string, root *yaml.Node) (source, []error) {
	known := slices.DeleteFunc(o.names(), func(name string) bool { return name == configOption })
	found, lines := source{}, map[string]int{}
	var wrong []error
	for n := 0; n < len(root.Content); n += 2 {
		key, value := root.Content[n], root.Content[n+1]
		where := fmt.Sprintf("%s:%d: %s", file, key.Line, key.Value)
		text, err := textOf(value)
		switch first, twice := lines[key.Value]; {
		case !slices.Contains(known, key.Value):
			err = errors.New("no such option; " + didYouMean("", key.Value, known))
		case twice:
			err = fmt.Errorf("stands in line %d already; remove one of the two", first)
		}
		lines[key.Value] = key.Line
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", where, err))
			continue
		}
		found[key.Value] = entry{text, where}
	}
	return found, wrong
}

// textOf gives a value as its flag would have it.
func textOf(value *yaml.Node) (string, error) {
	switch {
	case value.Kind == yaml.ScalarNode && value.Tag == "!!null":
		return "", errors.New("has no value; write one, or remove the line")
	case value.Kind == yaml.ScalarNode:
		return value.Value, nil
	case value.Kind == yaml.SequenceNode && !slices.ContainsFunc(value.Content, isNested):
		texts := make([]string, len(value.Content))
		for n, one := range value.Content {
			texts[n] = one.Value
		}
		return strings.Join(texts, ","), nil
	}
	return "", errors.New("must be one value, or a list of values")
}

func isNested(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode }
