package builds

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

// keep keeps a build of some bytes, and tells whether its archive was asked for.
func keep(t *testing.T, s *Store, id string, size int) (asked bool) {
	t.Helper()
	require.NoError(t, s.Keep(t.Context(), id, func() ([]byte, error) {
		asked = true
		return bytes.Repeat([]byte(id), size/len(id)+1)[:size], nil
	}))
	return asked
}

func requireIDs(t *testing.T, s *Store, want ...string) {
	t.Helper()
	ids, err := s.IDs(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, ids)
}

func TestKeep(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	s, err := Open(t.Context(), e)
	require.NoError(t, err)
	requireIDs(t, s, []string{}...)
	for n := range maxBuilds {
		assert.True(t, keep(t, s, fmt.Sprintf("b%d", n), partBytes*n+1))
	}
	requireIDs(t, s, "b4", "b3", "b2", "b1", "b0")
	assert.False(t, keep(t, s, "b4", 1), "it is kept already")
	assert.False(t, keep(t, s, "b0", 1), "back to an old build")
	requireIDs(t, s, "b0", "b4", "b3", "b2", "b1")
	assert.True(t, keep(t, s, "b5", 0))
	requireIDs(t, s, "b5", "b0", "b4", "b3", "b2")
	keys, err := s.bucket.ListKeys(t.Context())
	require.NoError(t, err)
	for key := range keys.Keys() {
		assert.NotContains(t, key, "b1", "what is removed leaves nothing")
	}

	storetest.Close(t, e)
	s, err = Open(t.Context(), storetest.Engine(t, dir))
	require.NoError(t, err)
	content, err := s.Read(t.Context(), "b4")
	require.NoError(t, err)
	assert.Len(t, content, 4*partBytes+1)
	assert.Equal(t, "b4b4", string(content[:4]))
}

func TestKeepIsBoundedInBytes(t *testing.T) {
	s, err := Open(t.Context(), storetest.Engine(t, t.TempDir()))
	require.NoError(t, err)
	keep(t, s, "a", maxBytes/2)
	keep(t, s, "b", maxBytes/2)
	keep(t, s, "c", maxBytes/2)
	requireIDs(t, s, "c", "b")
	keep(t, s, "d", maxBytes+1)
	requireIDs(t, s, "d")
}

func TestReadRefusesWhatIsNotWhole(t *testing.T) {
	s, err := Open(t.Context(), storetest.Engine(t, t.TempDir()))
	require.NoError(t, err)
	keep(t, s, "a", 2*partBytes)
	_, err = s.bucket.Put(t.Context(), partKey("a", 1), []byte("something else"))
	require.NoError(t, err)
	_, err = s.Read(t.Context(), "a")
	require.ErrorContains(t, err, "hash differs")
	require.NoError(t, s.bucket.Purge(t.Context(), partKey("a", 0)))
	_, err = s.Read(t.Context(), "a")
	require.ErrorContains(t, err, "part 0")
	_, err = s.Read(t.Context(), "b")
	require.ErrorContains(t, err, "not kept")
	require.ErrorContains(t, s.Keep(t.Context(), "b", func() ([]byte, error) { return nil, assert.AnError }), assert.AnError.Error())
	requireIDs(t, s, "a")
}
