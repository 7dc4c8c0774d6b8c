//go:build !js

package wire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The core that pages load formats with a small fmt (web/build/_std/fmt), so its messages
// keep to the verbs that this has.
func TestFormatsOfTheCore(t *testing.T) {
	t.Parallel()
	found := 0
	for _, folder := range []string{".", "..", "../chat", "../../jsbridge", "../../jsbridge/codec"} {
		files, err := filepath.Glob(folder + "/*.go")
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool {
				literal, is := n.(*ast.BasicLit)
				if !is || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				for _, verb := range regexp.MustCompile(`%[^%a-zA-Z]*[%a-zA-Z]`).FindAllString(text, -1) {
					found++
					assert.Contains(t, []string{"%s", "%d", "%q", "%v", "%%"}, verb, "%s: %q", file, text)
				}
				return true
			})
		}
	}
	assert.Greater(t, found, 50, "the core has formats")
}
