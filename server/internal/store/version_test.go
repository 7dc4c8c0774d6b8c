package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// Data goes from version to version, each step once; one that fails is taken up again. A
// program that does not know the version is refused, and writes nothing.
func TestVersionOfTheData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	var steps []string
	broken := errors.New("the step is broken")
	fails := true
	known := []store.Version{
		{Needs: "1.0.0"},
		{Needs: "1.4.0", Upgrade: func(context.Context, *store.Engine) error { steps = append(steps, "to 2"); return nil }},
		{Needs: "2.0.0", Upgrade: func(context.Context, *store.Engine) error {
			steps = append(steps, "to 3")
			if fails {
				return broken
			}
			return nil
		}},
	}
	version, needs, err := store.VersionOf(t.Context(), e, known[:1])
	require.NoError(t, err)
	assert.Equal(t, 1, version, "of new data")
	assert.Equal(t, "1.0.0", needs)
	from, err := store.UpgradeData(t.Context(), e, known[:1])
	require.NoError(t, err)
	assert.Equal(t, 1, from)

	from, err = store.UpgradeData(t.Context(), e, known)
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "the data in the folder "+dir+" is not upgraded from version 2 to 3")
	assert.Equal(t, 1, from)
	fails = false
	from, err = store.UpgradeData(t.Context(), e, known)
	require.NoError(t, err)
	assert.Equal(t, 2, from)
	from, err = store.UpgradeData(t.Context(), e, known)
	require.NoError(t, err)
	assert.Equal(t, 3, from)
	assert.Equal(t, []string{"to 2", "to 3", "to 3"}, steps)

	kv, err := store.OpenDataBucket(t.Context(), e)
	require.NoError(t, err)
	whole, err := kv.Get(t.Context(), "version")
	require.NoError(t, err)
	_, err = kv.PutString(t.Context(), "version", `{"data":0}`)
	require.NoError(t, err)
	_, err = store.UpgradeData(t.Context(), e, known)
	require.ErrorContains(t, err, "the record of the version of the data in the folder "+dir+" is damaged: it says 0")
	_, err = kv.Put(t.Context(), "version", whole.Value())
	require.NoError(t, err)

	says := "the data in the folder " + dir + " has version 3, and this parleyd reads versions up to 2: use parleyd 2.0.0 or later"
	_, _, err = store.VersionOf(t.Context(), e, known[:2])
	require.ErrorContains(t, err, says)
	_, err = store.UpgradeData(t.Context(), e, known[:2])
	require.ErrorContains(t, err, says)
	version, needs, err = store.VersionOf(t.Context(), e, known)
	require.NoError(t, err)
	assert.Equal(t, 3, version)
	assert.Equal(t, "2.0.0", needs)
}
