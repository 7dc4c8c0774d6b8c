package store

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// behind is a bucket whose nearest copy has nothing yet.
type behind struct{ jetstream.KeyValue }

func (behind) Get(context.Context, string) (jetstream.KeyValueEntry, error) {
	return nil, jetstream.ErrKeyNotFound
}

// What a copy does not have yet is asked of the leader before it counts as missing.
func TestTheLeaderIsAskedBeforeANo(t *testing.T) {
	e, err := Start(t.Context(), Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { _ = e.Close(context.Background()) }()
	kv, err := Bucket(t.Context(), e, "parley_test", "a bucket of a test", MarkerLife)
	require.NoError(t, err)
	r := replicated{behind{kv}, e}

	revision, err := kv.Put(t.Context(), "there", []byte(`{"n":1}`))
	require.NoError(t, err)
	record, found, exists, err := Read[map[string]int](t.Context(), r, "there")
	require.NoError(t, err)
	assert.True(t, exists)
	assert.Equal(t, revision, found)
	assert.Equal(t, map[string]int{"n": 1}, record)

	for name, remove := range map[string]func() error{
		"never": func() error { return nil },
		"deleted": func() error {
			_, err := kv.Put(t.Context(), "deleted", nil)
			require.NoError(t, err)
			return kv.Delete(t.Context(), "deleted")
		},
		"purged": func() error {
			_, err := kv.Put(t.Context(), "purged", nil)
			require.NoError(t, err)
			return kv.Purge(t.Context(), "purged", PurgeTTL(MarkerLife))
		},
	} {
		require.NoError(t, remove(), name)
		_, err := r.Get(t.Context(), name)
		assert.ErrorIs(t, err, jetstream.ErrKeyNotFound, name)
	}

	ended, end := context.WithCancel(t.Context())
	end()
	_, err = r.Get(ended, "there")
	assert.ErrorIs(t, err, context.Canceled, "no answer is no no")
}
