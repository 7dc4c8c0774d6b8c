package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// renewed runs parleyd admin renew and gives what it wrote.
func renewed(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var said strings.Builder
	require.NoError(t, administrate(t.Context(), append([]string{"renew"}, args...), environment(nil), strings.NewReader(stdin), &said))
	return said.String()
}

// isAdmin tells whether a secret is the admin's.
func (p *program) isAdmin(t *testing.T, secret string) bool {
	t.Helper()
	status, _ := p.call(t, "GET", "/v1/apps", "", "x-hyper-secret", secret)
	return status == 200
}

func TestTheAdminSecretIsInItsFile(t *testing.T) {
	t.Parallel()
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "admin")
	inFile := func() string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		return strings.TrimSpace(string(text))
	}
	args := []string{"-data", data, "-admin-secret-file", file}
	p := start(t, args...)
	first := inFile()
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode())
	assert.True(t, p.isAdmin(t, first))
	assert.Contains(t, p.stdout.String(), "The admin secret is in the file "+file)
	assert.NotContains(t, p.stdout.String()+p.stderr.String(), first)

	addr := strings.TrimPrefix(p.url, "http://")
	assert.Contains(t, renewed(t, "", append(args, "-addr", addr)...), "is in the file "+file)
	second := inFile()
	assert.False(t, p.isAdmin(t, first))
	assert.True(t, p.isAdmin(t, second), "renewed by the server that runs")
	p.stop(t)

	renewed(t, "", args...)
	third := inFile()
	p = start(t, args...)
	assert.False(t, p.isAdmin(t, second))
	assert.True(t, p.isAdmin(t, third), "renewed in the folder")
	assert.NotContains(t, p.stderr.String(), "level=WARN")
	p.stop(t)

	require.NoError(t, os.WriteFile(file, []byte(first), 0o600))
	p = start(t, args...)
	assert.False(t, p.isAdmin(t, first), "an old file brings no secret back")
	assert.True(t, p.isAdmin(t, third))
	assert.Contains(t, p.stderr.String(), "was renewed meanwhile, and is not used")
	p.stop(t)

	chosen := strings.Repeat("chosen ", 5)
	require.NoError(t, os.WriteFile(file, []byte(chosen), 0o600))
	p = start(t, args...)
	assert.True(t, p.isAdmin(t, strings.TrimSpace(chosen)))
	p.stop(t)
	require.NoError(t, os.Remove(file))
	p = start(t, args...)
	assert.Contains(t, p.stderr.String(), "there is an admin secret, but no file with it")
	assert.NoFileExists(t, file)
	p.stop(t)
	assertNowhere(t, data, third)
}

func TestTheAdminSecretIsRenewedWithoutAFile(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := start(t, "-data", data, "-hosts", "chat.example.com,127.0.0.1")
	secret := regexp.MustCompile(`[0-9a-f]{64}`)
	first := secret.FindString(p.stdout.String())
	args := []string{"-data", data, "-hosts", "chat.example.com", "-addr", strings.TrimPrefix(p.url, "http://")}
	second := secret.FindString(renewed(t, first+"\n", args...))
	assert.True(t, p.isAdmin(t, second))
	for stdin, says := range map[string]string{first + "\n": "401", "": "if it is lost, stop the server"} {
		err := administrate(t.Context(), append([]string{"renew"}, args...), environment(nil), strings.NewReader(stdin), new(strings.Builder))
		require.ErrorContains(t, err, says)
	}
	p.stop(t)
	third := secret.FindString(renewed(t, "", args...))
	p = start(t, "-data", data)
	assert.True(t, p.isAdmin(t, third))
	_, said := p.call(t, "GET", "/v1/admin/audit", "", "x-hyper-secret", third)
	var log struct{ Entries []struct{ Act, By string } }
	require.NoError(t, json.Unmarshal(said, &log), string(said))
	require.Len(t, log.Entries, 2)
	assert.Equal(t, "admin.renew by admin", log.Entries[0].Act+" by "+log.Entries[0].By, "asked of the server")
	assert.Equal(t, "admin.renew by operator", log.Entries[1].Act+" by "+log.Entries[1].By, "in the folder")
	p.stop(t)
}

func TestAdminRefusals(t *testing.T) {
	t.Parallel()
	short := written(t, "short", "admin")
	for _, tc := range []struct {
		args []string
		says string
	}{
		{nil, "parleyd admin renew"},
		{[]string{"remove"}, "parleyd admin renew"},
		{[]string{"renew", "-data", "/missing"}, "/missing: no such file"},
		{[]string{"renew", "-adr", "x"}, "did you mean -addr?"},
	} {
		err := administrate(t.Context(), tc.args, environment(nil), strings.NewReader(""), new(strings.Builder))
		require.ErrorContains(t, err, tc.says)
	}
	for file, says := range map[string]string{short: "has 5 characters, and needs at least 32", "/missing/admin": "/missing is no folder", t.TempDir(): "is a directory"} {
		said, err := checked(t, []string{"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-admin-secret-file", file})
		require.Error(t, err)
		assert.Contains(t, said, says)
		require.ErrorContains(t, run(t.Context(), built, []string{"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-admin-secret-file", file},
			environment(nil), new(output), new(output)), "-admin-secret-file: ")
	}
}
