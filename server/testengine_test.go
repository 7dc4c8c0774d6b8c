package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

// How long a test waits for what must come, and how often it looks.
const (
	waitFor = 10 * time.Second
	tick    = 5 * time.Millisecond
)

// testEngine runs an embedded engine with its data in dir until the test ends;
// closing it earlier, for a restart on the same folder, is fine.
func testEngine(t testing.TB, dir string) *Engine {
	t.Helper()
	e, err := StartEngine(t.Context(), EngineOptions{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { closeEngine(t, e) })
	return e
}

func closeEngine(t testing.TB, e *Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, e.Close(ctx))
}

// testIdentity is an Identity over a fresh engine, with the demo data.
func testIdentity(t testing.TB) *Identity {
	t.Helper()
	i, err := NewIdentity(t.Context(), testEngine(t, t.TempDir()))
	require.NoError(t, err)
	i.hashing.cost = hashCost{kib: 64, passes: 1, threads: 1} // a real one would take most of the tests' time
	require.NoError(t, SeedDemo(t.Context(), i))
	return i
}

// requireCode holds that err is a refusal with this code.
func requireCode(t testing.TB, code int, err error) {
	t.Helper()
	var refusal *wire.Error
	require.Truef(t, errors.As(err, &refusal), "want a refusal with %d, got %v", code, err)
	require.Equal(t, code, refusal.Code, refusal.Message)
}
