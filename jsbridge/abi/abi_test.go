//go:build !js

package abi

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the TypeScript")

const typeScript = "../../web/src/shared/abi.ts"

func TestTypeScriptIsGenerated(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile(typeScript, []byte(TypeScript()), 0o644))
	}
	written, err := os.ReadFile(typeScript)
	require.NoError(t, err)
	assert.Equal(t, TypeScript(), string(written), "run go generate ./jsbridge/abi")
}

func TestPackageCommentListsTheEffects(t *testing.T) {
	source, err := os.ReadFile("../doc.go")
	require.NoError(t, err)
	_, list, found := strings.Cut(string(source), "effect by effect:\n//\n")
	require.True(t, found, "the list has its heading")
	list, _, found = strings.Cut(list, "package jsbridge")
	require.True(t, found)
	assert.Equal(t, Doc(), list)
}

func TestExportsAreThoseOfTheTable(t *testing.T) {
	got := map[string][]string{}
	for _, f := range declared(t, "../exports.go") {
		if name := exportName(f); name != "" {
			got[name] = paramNames(f)
		}
	}
	want := map[string][]string{}
	for _, f := range Exports {
		want[f.Name] = names(f.Params)
	}
	assert.Equal(t, want, got)
}

func TestHostFunctionsAreThoseOfTheTable(t *testing.T) {
	got := map[string]int{}
	for _, file := range []string{"../page.go", "../exports.go"} {
		for _, call := range calls(t, file, "Call") {
			if on := call.Fun.(*ast.SelectorExpr).X; selected(on) == "half" {
				got[text(t, call.Args[0])] = len(call.Args) - 1
			}
		}
	}
	want := map[string]int{}
	for _, f := range Hosts {
		want[f.Name] = len(f.Params)
	}
	assert.Equal(t, want, got)
}

// The bridge reads of each command the arguments that the table has, in the
// table's order.
func TestCommandsAreThoseOfTheTable(t *testing.T) {
	got := map[string][]string{}
	for _, f := range declared(t, "../codec/codec.go") {
		switch {
		case f.Name.Name == "command":
			ast.Inspect(f, func(n ast.Node) bool {
				if clause, is := n.(*ast.CaseClause); is {
					for _, name := range clause.List {
						got[text(t, name)] = readNames(t, clause)
					}
				}
				return true
			})
		case f.Name.Name == "Read" && receiver(f) != "list":
			got[strings.ToUpper(receiver(f)[:1])+receiver(f)[1:]] = readNames(t, f)
		}
	}
	want := map[string][]string{}
	for _, c := range append(append([]Command{}, Commands...), Objects...) {
		want[c.Name] = names(c.Args)
	}
	assert.Equal(t, want, got)
}

// Each effect is written with as many values as the table has, numbers and
// strings where the table has them.
func TestEffectsAreThoseOfTheTable(t *testing.T) {
	rows := map[string]Effect{}
	for _, e := range Effects {
		rows[e.Name] = e
	}
	written := map[string]bool{}
	for _, end := range calls(t, "../codec/codec.go", "end") {
		effect, values := chain(end)
		if effect == nil { // of what is not for the page, in a recording
			continue
		}
		name := text(t, effect.Args[0])
		written[name] = true
		row, known := rows[name]
		if !assert.True(t, known, "effect %q has no row in the table", name) {
			continue
		}
		if assert.Len(t, values, len(row.Values), name) {
			for i, method := range values {
				assert.Equal(t, row.Values[i].Type == "number", method == "num", "%s: %s", name, row.Values[i].Name)
				assert.Equal(t, row.Values[i].Type == "string", method == "str", "%s: %s", name, row.Values[i].Name)
			}
		}
	}
	for name := range rows {
		assert.True(t, written[name], "effect %q of the table is never written", name)
	}
}

func declared(t *testing.T, file string) (functions []*ast.FuncDecl) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	for _, d := range parsed.Decls {
		if f, is := d.(*ast.FuncDecl); is {
			functions = append(functions, f)
		}
	}
	return functions
}

// calls gives the calls of methods of this name in a file.
func calls(t *testing.T, file, method string) (found []*ast.CallExpr) {
	for _, f := range declared(t, file) {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, is := n.(*ast.CallExpr); is {
				if s, is := call.Fun.(*ast.SelectorExpr); is && s.Sel.Name == method {
					found = append(found, call)
				}
			}
			return true
		})
	}
	return found
}

// readNames gives the member names in the calls of wire.Read inside a node.
func readNames(t *testing.T, in ast.Node) (members []string) {
	ast.Inspect(in, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || selected(call.Fun) != "Read" {
			return true
		}
		for i := 1; i < len(call.Args); i += 2 {
			members = append(members, text(t, call.Args[i]))
		}
		return true
	})
	return members
}

// chain gives the call of effect that b.effect("name").str(x).end() begins with, and the
// methods that write its values; nil if it does not begin so.
func chain(end *ast.CallExpr) (effect *ast.CallExpr, values []string) {
	for call, is := end, true; is; call, is = call.Fun.(*ast.SelectorExpr).X.(*ast.CallExpr) {
		if selected(call.Fun) == "effect" {
			return call, values
		}
		if call != end {
			values = append([]string{selected(call.Fun)}, values...)
		}
	}
	return nil, nil
}

// selected gives the last name of a selector such as p.half.
func selected(e ast.Expr) string {
	if s, is := e.(*ast.SelectorExpr); is {
		return s.Sel.Name
	}
	return ""
}

func exportName(f *ast.FuncDecl) string {
	if f.Doc == nil {
		return ""
	}
	for _, c := range f.Doc.List {
		if name, is := strings.CutPrefix(c.Text, "//go:wasmexport "); is {
			return name
		}
	}
	return ""
}

func paramNames(f *ast.FuncDecl) (all []string) {
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			all = append(all, name.Name)
		}
	}
	return all
}

func receiver(f *ast.FuncDecl) string {
	return f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
}

func names(values []Value) (all []string) {
	for _, v := range values {
		all = append(all, v.Name)
	}
	return all
}

// text gives the value of a string literal.
func text(t *testing.T, e ast.Expr) string {
	literal, is := e.(*ast.BasicLit)
	require.True(t, is, "names are literals, so that they can be found")
	s, err := strconv.Unquote(literal.Value)
	require.NoError(t, err)
	return s
}
