package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// What is erased is in no file of the data, neither a record nor what it has replaced;
// the records of others stay.
func TestErase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	kv, err := store.PersonalBucket(t.Context(), e, "people", "for the test")
	require.NoError(t, err)
	write := func(key, name string) {
		_, err := store.Modify(t.Context(), kv, key, func(record *string, _ bool) error { *record = name; return nil })
		require.NoError(t, err)
	}
	write("demo.b", "Berta Bleibt")
	for n := range 5 {
		write("demo.a", fmt.Sprint("Anna Alt ", n))
	}
	write("demo.a", "Anna Neu")
	require.Equal(t, 5, storetest.Occurrences(t, dir, "Anna Alt"))

	require.NoError(t, store.EraseOld(t.Context(), e, kv, "demo.a"))
	assert.Zero(t, storetest.Occurrences(t, dir, "Anna Alt"))
	assert.Equal(t, 1, storetest.Occurrences(t, dir, "Anna Neu"))

	n, err := store.EraseRecords(t.Context(), e, kv, "demo.a")
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Zero(t, storetest.Occurrences(t, dir, "Anna Neu"))
	name, _, found, err := store.Read[string](t.Context(), kv, "demo.b")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, "Berta Bleibt", name)
	_, _, found, err = store.Read[string](t.Context(), kv, "demo.a")
	require.NoError(t, err)
	assert.False(t, found)
	n, err = store.EraseRecords(t.Context(), e, kv, "demo.a")
	require.NoError(t, err)
	assert.Zero(t, n, "nothing is left")
}
