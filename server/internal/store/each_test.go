package store_test

import (
	"strconv"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// A bucket of several batches, of which some records are removed.
func TestEach(t *testing.T) {
	e, kv := engineAndBucket(t)
	want := map[string]string{}
	for n := range 2500 {
		key, value := "app."+strconv.Itoa(n), strconv.Itoa(n)
		_, err := kv.Put(t.Context(), key, []byte(value))
		require.NoError(t, err)
		want[key] = value
	}
	_, err := kv.Put(t.Context(), "other.1", []byte("of another app"))
	require.NoError(t, err)
	for key, remove := range map[string]func(key string) error{
		"app.3":    func(key string) error { return kv.Delete(t.Context(), key) },
		"app.2001": func(key string) error { return kv.Purge(t.Context(), key, store.PurgeTTL(store.MarkerLife)) },
	} {
		require.NoError(t, remove(key))
		delete(want, key)
	}

	found := map[string]string{}
	err = store.Each(t.Context(), e, kv, "app.*", func(entry jetstream.KeyValueEntry) {
		assert.NotContains(t, found, entry.Key(), "each once")
		assert.NotZero(t, entry.Revision())
		assert.False(t, entry.Created().IsZero())
		found[entry.Key()] = string(entry.Value())
	})
	require.NoError(t, err)
	assert.Equal(t, want, found)

	require.NoError(t, store.Each(t.Context(), e, kv, "nobody.*", func(jetstream.KeyValueEntry) { t.Error("there is no such record") }))
}

// Of a bucket that keeps older revisions for their erasure the last one counts, and none of a record that was removed.
func TestEachOfRevisions(t *testing.T) {
	e := storetest.Engine(t, t.TempDir())
	kv, err := store.PersonalBucket(t.Context(), e, "parley_test", "a bucket of a test")
	require.NoError(t, err)
	for _, value := range []string{"first", "second", "last"} {
		for _, key := range []string{"app.a", "app.b", "app.c"} {
			_, err := kv.Put(t.Context(), key, []byte(value))
			require.NoError(t, err)
		}
	}
	require.NoError(t, kv.Delete(t.Context(), "app.b"))
	_, err = kv.Put(t.Context(), "app.a", []byte("anew"))
	require.NoError(t, err)
	var found []string
	require.NoError(t, store.Each(t.Context(), e, kv, "app.*", func(entry jetstream.KeyValueEntry) {
		found = append(found, entry.Key()+" "+string(entry.Value()))
	}))
	assert.Equal(t, []string{"app.c last", "app.a anew"}, found)
}
