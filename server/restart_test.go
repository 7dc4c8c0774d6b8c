package server_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

func TestEngineKeepsDataOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	kv, err := e.JS.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "kept"})
	require.NoError(t, err)
	_, err = kv.PutString(t.Context(), "key", "value")
	require.NoError(t, err)
	storetest.Close(t, e)

	kv, err = storetest.Engine(t, dir).JS.KeyValue(t.Context(), "kept")
	require.NoError(t, err)
	entry, err := kv.Get(t.Context(), "key")
	require.NoError(t, err)
	assert.Equal(t, "value", string(entry.Value()))
}
