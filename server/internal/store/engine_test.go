package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

func TestEngineListensNowhere(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "pipe", storetest.Engine(t, t.TempDir()).NC.ConnectedAddr(), "the engine has no address")
}

func TestEngineCloseTwice(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	storetest.Close(t, e)
	storetest.Close(t, e)
}

func TestEngineCloseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Draining may win the race against a context that has ended: both are fine, hanging is not.
	if err := e.Close(ctx); err != nil {
		require.ErrorIs(t, err, context.Canceled)
	}
	assert.True(t, e.NC.IsClosed())
}

func TestEngineRefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storetest.Engine(t, dir)
	_, err := store.Start(t.Context(), store.Options{Dir: dir})
	require.ErrorContains(t, err, dir)
	require.ErrorContains(t, err, "in use by another process")
}

func TestEngineRefusesAFolderItCannotWrite(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := store.Start(t.Context(), store.Options{Dir: filepath.Join(file, "data")})
	require.ErrorContains(t, err, "cannot use the data folder "+file)

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nats"), nil, 0o600))
	_, err = store.Start(t.Context(), store.Options{Dir: dir})
	require.ErrorContains(t, err, "cannot start the engine in the folder "+dir)
}

func TestEngineNeedsAFolderOrAnAddress(t *testing.T) {
	t.Parallel()
	_, err := store.Start(t.Context(), store.Options{})
	require.ErrorContains(t, err, "no folder")
}

func TestEngineRefusesDamagedData(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, file, content string }{
		{"a checksum that does not fit", "meta.sum", "0000000000000000"},
		{"a description that cannot be read", "meta.inf", "{"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			e := storetest.Engine(t, dir)
			_, err := e.JS.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "hurt"})
			require.NoError(t, err)
			storetest.Close(t, e)
			meta := filepath.Join(dir, "nats", "jetstream", "$G", "streams", "KV_hurt", tc.file)
			require.FileExists(t, meta)
			require.NoError(t, os.WriteFile(meta, []byte(tc.content), 0o600))

			_, err = store.Start(t.Context(), store.Options{Dir: dir})
			require.ErrorContains(t, err, "damaged")
			require.ErrorContains(t, err, dir)

			// The lock is given back: once repaired, it starts.
			require.NoError(t, os.RemoveAll(filepath.Dir(meta)))
			storetest.Engine(t, dir)
		})
	}
}

// A file that cannot be read costs a start, not the stream.
func TestEngineRefusesAFileItCannotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	kv, err := e.JS.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "kept"})
	require.NoError(t, err)
	_, err = kv.PutString(t.Context(), "key", "value")
	require.NoError(t, err)
	storetest.Close(t, e)
	block := filepath.Join(dir, "nats", "jetstream", "$G", "streams", "KV_kept", "msgs", "1.blk")
	require.NoError(t, os.Rename(block, block+".away"))
	require.NoError(t, os.Mkdir(block, 0o700))

	_, err = store.Start(t.Context(), store.Options{Dir: dir})
	require.ErrorContains(t, err, block+", a part of the data in "+dir+", cannot be used")

	require.NoError(t, os.Remove(block))
	require.NoError(t, os.Rename(block+".away", block))
	// What a kill leaves while NATS removes a stream is no reason to refuse.
	require.NoError(t, os.Mkdir(filepath.Join(dir, "nats", "jetstream", "$G", "streams", ".KV_removed"), 0o700))
	e = storetest.Engine(t, dir)
	kv, err = e.JS.KeyValue(t.Context(), "kept")
	require.NoError(t, err)
	entry, err := kv.Get(t.Context(), "key")
	require.NoError(t, err)
	assert.Equal(t, "value", string(entry.Value()))
}

func TestEngineSurvivesAHalfMadeStream(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	half := filepath.Join(dir, "nats", "jetstream", "$G", "streams", "KV_half", "msgs")
	require.NoError(t, os.MkdirAll(half, 0o700))
	storetest.Engine(t, dir)
}

func TestEngineByURL(t *testing.T) {
	t.Parallel()
	outside := storetest.NATS(t, true)
	e, err := store.Start(t.Context(), store.Options{URL: outside.ClientURL()})
	require.NoError(t, err)
	t.Cleanup(func() { storetest.Close(t, e) })
	_, err = store.Bucket(t.Context(), e, "parley_test", "a bucket of a test", 0)
	require.NoError(t, err)
}

func TestEngineByURLRefusals(t *testing.T) {
	t.Parallel()
	withoutJetStream := storetest.NATS(t, false).ClientURL()
	for _, tc := range []struct {
		name    string
		options store.Options
		want    []string
	}{
		{"nobody there", store.Options{URL: "nats://user:hidden@127.0.0.1:1"}, []string{"cannot connect to NATS at nats://user:xxxxx@127.0.0.1:1"}},
		{"not an address", store.Options{URL: "nats://us er:hidden@x"}, []string{"cannot connect", "cannot be read"}},
		{"without JetStream", store.Options{URL: withoutJetStream}, []string{withoutJetStream, "-js"}},
		{"copies without a cluster", store.Options{Dir: t.TempDir(), Replicas: 3}, []string{"replicas"}},
		{"too many copies", store.Options{URL: withoutJetStream, Replicas: 6}, []string{"replicas", "6"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := store.Start(t.Context(), tc.options)
			require.Error(t, err)
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "hidden")
		})
	}
}
