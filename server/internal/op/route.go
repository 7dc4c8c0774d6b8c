package op

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"parley/core/wire"
)

// MethodError says that a path exists, but not with the method of the request.
type MethodError struct{ Allowed []string }

func (e *MethodError) Error() string { return "method not allowed" }

// Route finds the operation of a request of REST, and the parameters in its path.
// HEAD counts as GET where that only reads: browsers and link checkers send it unasked. A
// slash at the end does not matter. The error is a MethodError or a 404.
func (t *Table) Route(method string, u *url.URL) (*Operation, map[string]string, error) {
	path, below := strings.CutPrefix(u.EscapedPath(), "/v1/")
	if !below {
		return nil, nil, errUnknownPath(u)
	}
	var allowed []string
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for _, op := range t.List {
		inPath, matches := match(op.Path, parts)
		if matches && op.takes(method) {
			return op, inPath, nil
		}
		if matches && !slices.Contains(allowed, op.Method) {
			allowed = append(allowed, op.Method)
		}
	}
	if allowed != nil {
		return nil, nil, &MethodError{allowed}
	}
	return nil, nil, errUnknownPath(u)
}

func (op *Operation) takes(method string) bool {
	return op.Method == method || method == http.MethodHead && op.Method == http.MethodGet && !op.Writes
}

func errUnknownPath(u *url.URL) error {
	return wire.Errorf(wire.UnknownRoute, "there is no %s", u.Path)
}

// match compares the escaped parts of a path with a pattern, and gives the values of
// the pattern's parameters. A parameter is never empty; text may stand before it,
// not behind it.
func match(pattern string, parts []string) (inPath map[string]string, matches bool) {
	want := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	if pattern == "" || len(want) != len(parts) {
		return nil, false
	}
	inPath = map[string]string{}
	for i, part := range parts {
		value, err := url.PathUnescape(part)
		if err != nil || value == "" {
			return nil, false
		}
		fixed, name, isParameter := strings.Cut(want[i], "{")
		value, begins := strings.CutPrefix(value, fixed)
		if !begins || isParameter == (value == "") {
			return nil, false
		}
		if isParameter {
			inPath[strings.TrimSuffix(name, "}")] = value
		}
	}
	return inPath, true
}
