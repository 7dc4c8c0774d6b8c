package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// Who waits for an answer by NATS hears when it cannot come any more.
func TestLinkedEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	s := storetest.NATS(t, true)
	e, err := store.Start(t.Context(), store.Options{URL: s.ClientURL()})
	require.NoError(t, err)
	t.Cleanup(func() { storetest.Close(t, e) })
	linked, stop := e.Linked(t.Context())
	defer stop()
	require.NoError(t, linked.Err())
	s.Shutdown()
	require.Eventually(t, func() bool { return linked.Err() != nil }, storetest.WaitFor, storetest.Tick)
	next, end := e.Linked(t.Context())
	defer end()
	assert.NoError(t, next.Err(), "it is for the next connection")
}
