package op

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"parley/core/wire"
)

// MethodError is a path that exists, asked with a method that does not.
type MethodError struct{ Allowed []string }

func (e *MethodError) Error() string { return "method not allowed" }

// Route finds the operation of a request, and the parameters in its path.
func (t *Table) Route(method string, u *url.URL) (*Operation, map[string]string, error) {
	path, found := strings.CutPrefix(u.EscapedPath(), "/v1/")
	var allowed []string
	if found {
		parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
		if method == http.MethodHead {
			method = http.MethodGet
		}
		for _, op := range t.List {
			inPath, fits := matches(op.Path, parts)
			if fits && op.Method == method {
				return op, inPath, nil
			}
			if fits && !slices.Contains(allowed, op.Method) {
				allowed = append(allowed, op.Method)
			}
		}
	}
	if allowed != nil {
		return nil, nil, &MethodError{allowed}
	}
	return nil, nil, wire.Errorf(wire.CodeNotFound, "there is no %s", u.Path)
}

func matches(pattern string, parts []string) (map[string]string, bool) {
	want := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	if pattern == "" || len(want) != len(parts) {
		return nil, false
	}
	found := map[string]string{}
	for i, part := range parts {
		value, err := url.PathUnescape(part)
		if err != nil || value == "" {
			return nil, false
		}
		fixed, name, isName := strings.Cut(want[i], "{")
		value, begins := strings.CutPrefix(value, fixed)
		if !begins || isName == (value == "") {
			return nil, false
		}
		if isName {
			found[strings.TrimSuffix(name, "}")] = value
		}
	}
	return found, true
}
