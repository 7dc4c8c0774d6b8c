package store_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

type counter struct {
	N int `json:"n"`
}

func bucket(t *testing.T) jetstream.KeyValue {
	t.Helper()
	_, kv := engineAndBucket(t)
	return kv
}

func engineAndBucket(t *testing.T) (*store.Engine, jetstream.KeyValue) {
	t.Helper()
	e := storetest.Engine(t, t.TempDir())
	kv, err := store.Bucket(t.Context(), e, "parley_test", "a bucket of a test", store.MarkerLife)
	require.NoError(t, err)
	return e, kv
}

// count is what every writer does to the record.
func count(c *counter, _ bool) error { c.N++; return nil }

func TestModify(t *testing.T) {
	kv := bucket(t)
	_, err := store.Modify(t.Context(), kv, "a", func(_ *counter, found bool) error {
		assert.False(t, found)
		return store.ErrUnchanged
	})
	require.NoError(t, err)
	_, _, found, err := store.Read[counter](t.Context(), kv, "a")
	require.NoError(t, err)
	assert.False(t, found, "nothing was written")

	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			_, err := store.Modify(t.Context(), kv, "a", count)
			assert.NoError(t, err)
		})
	}
	writers.Wait()
	refused := errors.New("refused")
	_, err = store.Modify(t.Context(), kv, "a", func(c *counter, found bool) error {
		assert.True(t, found)
		c.N = 99
		return refused
	})
	require.ErrorIs(t, err, refused)
	c, _, _, err := store.Read[counter](t.Context(), kv, "a")
	require.NoError(t, err)
	assert.Equal(t, 4, c.N, "each change is made once, a refused one not at all")
}

func TestModifyGivesUp(t *testing.T) {
	kv := bucket(t)
	calls := 0
	_, err := store.Modify(t.Context(), kv, "a", func(c *counter, found bool) error {
		calls++
		_, err := kv.Put(t.Context(), "a", []byte(`{"n":`+strconv.Itoa(calls)+`}`)) // another writer is always first
		require.NoError(t, err)
		return count(c, found)
	})
	require.ErrorIs(t, err, store.ErrConcurrent)
	assert.Equal(t, store.Tries, calls)
}

func TestListNamesTheRecordItCannotRead(t *testing.T) {
	e, kv := engineAndBucket(t)
	for key, value := range map[string]string{"app.1": `{"n":1}`, "app.2": `{"n":2}`, "other.3": `[]`} {
		_, err := kv.Put(t.Context(), key, []byte(value))
		require.NoError(t, err)
	}
	list, err := store.List[counter](t.Context(), e, kv, "app.*")
	require.NoError(t, err)
	assert.ElementsMatch(t, []counter{{1}, {2}}, list)
	_, err = store.List[counter](t.Context(), e, kv, ">")
	assert.ErrorContains(t, err, "parley_test other.3")
}

func TestMirror(t *testing.T) {
	kv := bucket(t)
	_, err := kv.Put(t.Context(), "old", []byte(`{"n":1}`))
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), "strange", []byte(`[]`))
	require.NoError(t, err)
	var mu sync.Mutex
	latest := map[string]store.Record[counter]{}
	m, err := store.OpenMirror(t.Context(), kv, ">", func(key string, r store.Record[counter]) {
		mu.Lock()
		defer mu.Unlock()
		latest[key] = r
	})
	require.NoError(t, err)
	latestOf := func(key string) store.Record[counter] {
		mu.Lock()
		defer mu.Unlock()
		return latest[key]
	}

	assert.Equal(t, counter{1}, m.Get("old").Value)
	assert.False(t, m.Get("old").Local)
	assert.Equal(t, store.Record[counter]{}, m.Get("none"))
	strange := m.Get("strange")
	assert.True(t, strange.Exists, "what another version wrote is there")
	assert.Zero(t, strange.Value)

	require.NoError(t, m.Put(t.Context(), "new", counter{2}))
	r := m.Get("new")
	assert.Equal(t, counter{2}, r.Value, "an own write is there at once")
	assert.True(t, r.Local)
	assert.Equal(t, r, latestOf("new"))

	fresh, err := m.Create(t.Context(), "new", counter{8})
	require.NoError(t, err)
	assert.False(t, fresh)
	fetched, err := m.Fetch(t.Context(), "new")
	require.NoError(t, err)
	assert.Equal(t, r.Revision, fetched.Revision)
	assert.Equal(t, counter{2}, fetched.Value)
	done, err := m.Replace(t.Context(), "new", counter{9}, r.Revision-1)
	require.NoError(t, err)
	assert.False(t, done)
	c, err := m.Modify(t.Context(), "new", count)
	require.NoError(t, err)
	assert.Equal(t, counter{3}, c)
	assert.Equal(t, counter{3}, m.Get("new").Value)

	require.NoError(t, m.RemoveAt(t.Context(), "new", r.Revision))
	assert.True(t, m.Get("new").Exists, "another revision by now")
	require.NoError(t, m.RemoveAt(t.Context(), "new", m.Get("new").Revision))
	assert.False(t, m.Get("new").Exists)
	require.NoError(t, m.Remove(t.Context(), "old"))
	assert.False(t, latestOf("old").Exists)
	assert.Len(t, m.WithPrefix(""), 1)

	data, err := json.Marshal(counter{4})
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), "other.node", data)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return latestOf("other.node").Value.N == 4 }, storetest.WaitFor, storetest.Tick)
	assert.False(t, m.Get("other.node").Local)
}
