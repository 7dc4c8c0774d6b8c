package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever runs a container asks the program itself how it is.
func TestHealthCommand(t *testing.T) {
	t.Parallel()
	p := start(t, "-data", t.TempDir(), "-admin-addr", "127.0.0.1:0", "-stop-delay", "5s")
	at := regexp.MustCompile(`the private listener is open.* address=(\S+)`).FindStringSubmatch(p.stderr.String())[1]
	ask := func(args ...string) (string, error) {
		var said strings.Builder
		err := askHealth(t.Context(), args, environment(nil), &said)
		return said.String(), err
	}
	said, err := ask("-admin-addr", at)
	require.NoError(t, err)
	assert.Equal(t, "ready\n", said)
	said, err = ask("-admin-addr", strings.Replace(at, "127.0.0.1", "", 1))
	require.NoError(t, err, "a server on all addresses is asked on this machine")
	assert.Equal(t, "ready\n", said)

	p.end()
	require.Eventually(t, func() bool { _, err := ask("-admin-addr", at); return err != nil }, 20*time.Second, 5*time.Millisecond)
	_, err = ask("-admin-addr", at)
	require.EqualError(t, err, "health: stopping")

	_, err = ask()
	require.ErrorContains(t, err, "-admin-addr")
	_, err = ask("-admin-addr", "127.0.0.1:0")
	require.ErrorContains(t, err, "a fixed port")
	_, err = ask("-admin-addr", "127.0.0.1:1")
	require.ErrorContains(t, err, "does not answer")
}
