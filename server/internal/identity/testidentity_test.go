package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

// testIdentity is a Store over a fresh engine, with the demo data.
func testIdentity(t testing.TB) *Store {
	t.Helper()
	i, err := Open(t.Context(), storetest.Engine(t, t.TempDir()), CheapHashes())
	require.NoError(t, err)
	require.NoError(t, SeedDemo(t.Context(), i))
	return i
}
