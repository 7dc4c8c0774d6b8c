//go:build !js

package core_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allowed has what the packages of the core in the WebAssembly may import, and why.
var allowed = map[string]string{
	"bytes":            "copying what outlives a frame",
	"context":          "the signatures of the ports; code of it gets in only if somebody calls it",
	"fmt":              "messages of errors; the wasm has a small one (web/build/_std)",
	"strconv":          "numbers in frames",
	"strings":          "queries of REST calls",
	"time":             "durations alone, never the clock",
	"unicode/utf8":     "limits in characters; frames must be UTF-8",
	"unicode/utf16":    "escapes in JSON",
	"parley/core":      "itself",
	"parley/core/chat": "itself",
	"parley/core/wire": "itself",
}

// bridged has what those of the bridge may import beside that.
var bridged = map[string]string{
	"errors":                     "errors without a number",
	"runtime":                    "figures of memory, and traces",
	"unsafe":                     "the address of what crosses",
	"github.com/hack-pad/safejs": "the page, whose exceptions become errors",
	"parley/jsbridge":            "itself",
	"parley/jsbridge/abi":        "itself",
	"parley/jsbridge/codec":      "itself",
}

// forbidden has what must not be in the WebAssembly, even indirectly: each is large, or
// ties the core to a platform.
var forbidden = []string{"encoding/json", "net/http", "net/url", "net", "log", "log/slog", "html/template", "text/template", "regexp", "crypto/tls",
	"math/big", "nhooyr.io/websocket", "github.com/stretchr/testify/assert"}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, pkg := range []string{"parley/core", "parley/core/chat", "parley/core/wire"} {
		for _, imported := range list(t, `{{join .Imports "\n"}}`, pkg) {
			assert.NotEmpty(t, allowed[imported], "%s imports %s: leave it out, or give the reason here", pkg, imported)
		}
	}
	for _, pkg := range []string{"parley/jsbridge", "parley/jsbridge/codec", "parley/wasm"} {
		for _, imported := range list(t, `{{join .Imports "\n"}}`, pkg) {
			assert.NotEmpty(t, allowed[imported]+bridged[imported], "%s imports %s: leave it out, or give the reason here", pkg, imported)
		}
	}
	for _, pkg := range []string{"parley/core", "parley/wasm"} {
		deps := list(t, "{{.ImportPath}}", "-deps", pkg)
		for _, no := range forbidden {
			assert.False(t, slices.Contains(deps, no), "%s depends on %s", pkg, no)
		}
	}
}

// list runs go list for the platform of the pages.
func list(t *testing.T, format string, args ...string) []string {
	command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-f", format}, args...)...)
	command.Env = append(command.Environ(), "GOOS=js", "GOARCH=wasm")
	var problems strings.Builder
	command.Stderr = &problems
	out, err := command.Output()
	require.NoError(t, err, problems.String())
	return strings.Fields(string(out))
}
