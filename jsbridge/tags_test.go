//go:build !js

package jsbridge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The js packages are kept to the page by their tags, to safejs by their
// imports, and to exports by having no js.Func at all.
func TestFilesOfTheJSPackages(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	more, err := filepath.Glob("../wasm/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, more)
	for _, file := range append(files, more...) {
		if strings.HasSuffix(file, "tags_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		text := string(source)
		assert.True(t, strings.HasPrefix(text, "//go:build js && wasm"), "%s must begin with //go:build js && wasm", file)
		assert.NotContains(t, text, `"syscall/js"`, "%s: safejs gives errors where syscall/js panics", file)
		assert.NotContains(t, text, "safejs.Func"+"Of", "%s: what is frequent comes in by exports, the rest through the JS half", file)
		assert.LessOrEqual(t, strings.Count(text, "\n"), 400, "%s has more than one idea", file)
	}
}
