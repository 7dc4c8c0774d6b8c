//go:build !js

package advice

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the page")

const (
	root = "../../../"
	page = root + "docs/errors.md"
)

func TestPageIsGenerated(t *testing.T) {
	want := Page(origins(t))
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	written, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, want, string(written), "run make docs")
}

// Each error that the sources make has advice, and all advice is about an error that they make.
func TestTableIsComplete(t *testing.T) {
	made := origins(t)
	seen := map[string]bool{}
	for i, a := range Table {
		assert.Regexp(t, `^\d{3} [a-z]+(-[a-z]+)*$`, string(a.Reason))
		assert.False(t, seen[a.Reason.Name()], "%s is there twice", a.Reason.Name())
		seen[a.Reason.Name()] = true
		assert.NotEmpty(t, made[string(a.Reason)], "nothing makes an error %q: delete its advice", a.Reason)
		for _, text := range []string{a.Means, a.Do} {
			assert.Regexp(t, `^[A-Z\x60].*[.]$`, text, "%s: whole sentences", a.Reason)
		}
		if i > 0 {
			assert.Less(t, Table[i-1].Reason, a.Reason, "by code and name")
		}
		delete(made, string(a.Reason))
	}
	for reason, rooms := range made {
		assert.Fail(t, "an error without advice", "%s of %s: add it to the table", reason, rooms)
	}
}

// origins gives the rooms that make errors of each reason.
func origins(t *testing.T) map[string][]string {
	constants, used := reasonConstants(t), map[string]bool{}
	from := map[string][]string{}
	add := func(reason, room string) {
		if !slices.Contains(from[reason], room) {
			from[reason] = append(from[reason], room)
			slices.Sort(from[reason])
		}
	}
	for file, text := range sources(t, "web/src", ".ts") {
		for _, call := range regexp.MustCompile(`new ParleyError\(([^,]*),`).FindAllStringSubmatch(text, -1) {
			if regexp.MustCompile(`^\s*\x60\$\{\w+!?\.code\} `).MatchString(call[1]) {
				continue // another error's, which has its own
			}
			literal := regexp.MustCompile(`^\s*'(\d{3} [a-z-]+)'$`).FindStringSubmatch(call[1])
			if assert.NotNil(t, literal, "%s: the reason of new ParleyError(%s ...) is no literal", file, call[1]) {
				add(literal[1], "page")
			}
		}
	}
	for _, folder := range []string{"core", "jsbridge", "server"} {
		room := strings.Replace(folder, "jsbridge", "core", 1)
		for file, text := range sources(t, folder, ".go") {
			for _, name := range reasonsIn(t, file, text, constants) {
				used[name] = true
				add(constants[name], room)
			}
		}
	}
	for name := range constants {
		assert.True(t, used[name], "wire.%s is used nowhere: delete it", name)
	}
	return from
}

// reasonConstants gives the constants of package wire.
func reasonConstants(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "../reasons.go", nil, 0)
	require.NoError(t, err)
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, is := n.(*ast.ValueSpec); is {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			found[spec.Names[0].Name] = value
		}
		return true
	})
	return found
}

// reasonsIn gives the constants that a file names. An error's reason must be one of them,
// since others would have no advice.
func reasonsIn(t *testing.T, name, text string, constants map[string]string) (found []string) {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	require.NoError(t, err)
	inWire := file.Name.Name == "wire"
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if on, is := n.X.(*ast.Ident); is && on.Name == "wire" && constants[n.Sel.Name] != "" {
				found = append(found, n.Sel.Name)
			}
		case *ast.CallExpr:
			called, is := n.Fun.(*ast.Ident)
			if is && inWire && called.Name == "Errorf" {
				found = append(found, n.Args[0].(*ast.Ident).Name)
			}
			if s, is := n.Fun.(*ast.SelectorExpr); is && s.Sel.Name == "Errorf" {
				_, literal := n.Args[0].(*ast.BasicLit)
				on, _ := s.X.(*ast.Ident)
				assert.False(t, literal && on != nil && on.Name == "wire", "%s: the reason of an error must be a constant of package wire", name)
			}
		}
		return true
	})
	return found
}

// sources gives the files below a folder that make errors: neither tests nor the table.
func sources(t *testing.T, folder, extension string) map[string]string {
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(root+folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "advice" || strings.HasSuffix(entry.Name(), "test")) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) == extension && !strings.HasSuffix(path, "_test.go") && entry.Name() != "reasons.go" {
			text, err := os.ReadFile(path)
			found[path] = string(text)
			return err
		}
		return nil
	}))
	require.NotEmpty(t, found)
	return found
}
