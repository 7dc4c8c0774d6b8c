//go:build !js

package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every type that is an Input has a case in route, which has no default.
func TestEveryInputIsRouted(t *testing.T) {
	t.Parallel()
	inputs, routed := []string{}, []string{}
	for _, f := range functions(t, "input.go") {
		if f.Name.Name == "input" {
			inputs = append(inputs, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	for _, f := range functions(t, "step.go") {
		if f.Name.Name != "route" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if clause, is := n.(*ast.CaseClause); is {
				require.Len(t, clause.List, 1, "one input a case, and no default")
				routed = append(routed, clause.List[0].(*ast.Ident).Name)
			}
			return true
		})
	}
	assert.NotEmpty(t, inputs)
	assert.ElementsMatch(t, inputs, routed)
}

func functions(t *testing.T, file string) (all []*ast.FuncDecl) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	for _, d := range parsed.Decls {
		if f, is := d.(*ast.FuncDecl); is {
			all = append(all, f)
		}
	}
	return all
}
