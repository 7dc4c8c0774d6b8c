//go:build unix

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// giveAway gives a file to somebody else, as far as this user may.
func giveAway(t *testing.T, file string) {
	t.Helper()
	uid, gid := 12345, 12345
	if groups, err := os.Getgroups(); os.Geteuid() != 0 {
		require.NoError(t, err)
		uid, gid = -1, append(groups, os.Getegid())[0]
	}
	require.NoError(t, os.Chown(file, uid, gid))
}

// The server can still read the file of an admin secret that another user has renewed.
func TestARenewedAdminSecretKeepsTheOwnerOfItsFile(t *testing.T) {
	t.Parallel()
	data, file := t.TempDir(), written(t, "admin", strings.Repeat("chosen ", 5))
	require.NoError(t, os.Chmod(file, 0o640))
	giveAway(t, file)
	before, err := os.Stat(file)
	require.NoError(t, err)
	renewed(t, "", "-data", data, "-admin-secret-file", file)
	after, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, before.Mode(), after.Mode())
	uid, gid, _ := ownerOf(before)
	uidAfter, gidAfter, _ := ownerOf(after)
	assert.Equal(t, []int{uid, gid}, []int{uidAfter, gidAfter})
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

// A secret whose file cannot be replaced is not renewed.
func TestNoAdminSecretIsRenewedWithoutItsFile(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(data, 0o700))
	err := administrate(t.Context(), []string{"renew", "-data", data, "-admin-secret-file", "/missing/admin"}, environment(nil),
		strings.NewReader(""), new(strings.Builder))
	require.ErrorContains(t, err, "nothing is changed")
	left, err := os.ReadDir(data)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// What a user writes into another's data keeps that one's server from its start.
func TestDataOfAnotherUserIsNotOpened(t *testing.T) {
	t.Parallel()
	data, owner := "/", "root"
	if os.Geteuid() == 0 {
		data, owner = t.TempDir(), "'#12345'"
		giveAway(t, data)
	}
	var before, after []string
	list := func(names *[]string) {
		entries, err := os.ReadDir(data)
		require.NoError(t, err)
		for _, one := range entries {
			*names = append(*names, one.Name())
		}
	}
	list(&before)
	said := new(strings.Builder)
	renewErr := administrate(t.Context(), []string{"renew", "-data", data}, environment(nil), strings.NewReader(""), said)
	backupErr := backUp(t.Context(), []string{filepath.Join(t.TempDir(), "b"), "-data", data}, environment(nil), said, said)
	for _, err := range []error{renewErr, backupErr} {
		require.ErrorContains(t, err, "run it as that user, such as by sudo -u "+owner)
	}
	list(&after)
	assert.Equal(t, before, after)
}

// Who may not open the data of a server can ask it while it runs.
func TestAServerOfAnotherUserIsAsked(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		assert.ErrorIs(t, checkOwner("/missing"), fs.ErrNotExist)
		return
	}
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "admin")
	p := start(t, "-data", data, "-admin-secret-file", file)
	giveAway(t, filepath.Join(data, "lock"))
	assert.Contains(t, renewed(t, "", "-data", data, "-admin-secret-file", file, "-addr", strings.TrimPrefix(p.url, "http://")), "is in the file")
	p.stop(t)
	require.ErrorContains(t, checkOwner(data), "belongs to the user 12345")
}
