package server

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/identity"
	"parley/server/internal/op"
)

const scopesFile = "testdata/scopes.txt"

// What the scopes of access keys may, in one table, which -matrix writes anew: a new
// operation is for the full scope alone until its path is in areas.
func TestScopesOfOperations(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("What an access key of one scope may call, as far as it asks for the app's secret or a session.\n\n")
	row := func(name string, cell func(identity.Scope) string) {
		line := fmt.Sprintf("%-40s", name)
		for _, scope := range identity.Scopes {
			line += fmt.Sprintf(" %-8s", cell(scope))
		}
		table.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("", func(s identity.Scope) string { return string(s) })
	for _, operation := range new(Server).operations().List {
		if operation.Method == "" || operation.Access == op.AdminSecret || operation.Access == op.OwnAccount {
			continue // not for these secrets
		}
		row(operation.Method+" "+operation.Path, func(s identity.Scope) string {
			if slices.Contains(scopesOf(operation), s) {
				return "yes"
			}
			return "-"
		})
	}
	if flag.Lookup("matrix").Value.String() == "true" {
		require.NoError(t, os.WriteFile(scopesFile, []byte(table.String()), 0o600))
		return
	}
	want, err := os.ReadFile(scopesFile)
	require.NoError(t, err)
	assert.Equal(t, strings.Split(string(want), "\n"), strings.Split(table.String(), "\n"))
}
