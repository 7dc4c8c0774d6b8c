package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/store"
)

// How long a test waits for what must come, and how often it looks.
const (
	waitFor = 10 * time.Second
	tick    = 5 * time.Millisecond
)

// testEngine runs an embedded engine with its data in dir until the test ends;
// closing it earlier, for a restart on the same folder, is fine.
func testEngine(t testing.TB, dir string) *store.Engine {
	t.Helper()
	e, err := store.Start(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { closeEngine(t, e) })
	return e
}

func closeEngine(t testing.TB, e *store.Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, e.Close(ctx))
}

// testIdentity is an Identity over a fresh engine, with the demo data.
func testIdentity(t testing.TB) *identity.Store {
	t.Helper()
	i, err := identity.Open(t.Context(), testEngine(t, t.TempDir()), identity.CheapHashes())
	require.NoError(t, err)
	require.NoError(t, identity.SeedDemo(t.Context(), i))
	return i
}

// requireCode holds that err is a refusal with this code.
func requireCode(t testing.TB, code int, err error) {
	t.Helper()
	var refusal *wire.Error
	require.Truef(t, errors.As(err, &refusal), "want a refusal with %d, got %v", code, err)
	require.Equal(t, code, refusal.Code, refusal.Message)
}
