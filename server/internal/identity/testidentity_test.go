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

// loggedIn logs one of the demo's agents in.
func loggedIn(t testing.TB, i *Store, username string) LoggedIn {
	t.Helper()
	in, err := i.Login(t.Context(), "demo", LoginAttempt{Username: username, Password: "demo", Remember: true})
	require.NoError(t, err)
	return in
}
