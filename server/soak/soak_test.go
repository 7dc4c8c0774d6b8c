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
	t.Parallel()
	soaked(t, "-for", "6s", "-kill", "1s", "-down", "3s")
}

// Three servers on three NATS servers, of which any is killed, stopped or paused.
func TestSoakOfACluster(t *testing.T) {
	t.Parallel()
	soaked(t, "-nodes", "3", "-for", "10s", "-kill", "3s", "-down", "6s")
}

func soaked(t *testing.T, args ...string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "parleyd")
	built, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "parley/server/parleyd").CombinedOutput()
	require.NoError(t, err, "%s", built)
	var out strings.Builder
	common := []string{"-parleyd", program, "-clients", "5", "-agents", "2", "-pages", "0", "-outages", "2"}
	good, err := command(t.Context(), append(common, args...), &out)
	t.Log(out.String())
	require.NoError(t, err)
	require.True(t, good, "something was lost, doubled or reordered")
}
