package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The short form of a soak: the real server, killed at random points under load.
func TestSoak(t *testing.T) {
	program := filepath.Join(t.TempDir(), "parleyd")
	built, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "parley/server/parleyd").CombinedOutput()
	require.NoError(t, err, "%s", built)
	var out strings.Builder
	good, err := command(t.Context(), []string{"-parleyd", program, "-for", "6s", "-clients", "5", "-agents", "2", "-pages", "0",
		"-kill", "1s", "-down", "3s", "-outages", "2"}, &out)
	t.Log(out.String())
	require.NoError(t, err)
	require.True(t, good, "something was lost, doubled or reordered")
}
