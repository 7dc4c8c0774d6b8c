// Package storetest runs engines for tests.
package storetest

import (
	"context"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// How long a test waits for what must come, and how often it looks.
const (
	WaitFor = 10 * time.Second
	Tick    = 5 * time.Millisecond
)

// Engine runs an embedded engine with its data in dir until the test ends; closing
// it earlier, for a restart on the same folder, is fine.
func Engine(t testing.TB, dir string) *store.Engine {
	t.Helper()
	e, err := store.Start(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { Close(t, e) })
	return e
}

// Close ends an engine.
func Close(t testing.TB, e *store.Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), WaitFor)
	defer cancel()
	require.NoError(t, e.Close(ctx))
}

// RequireCode holds that err is a refusal with this code.
func RequireCode(t testing.TB, code int, err error) {
	t.Helper()
	require.Truef(t, ids.IsCode(err, code), "want a refusal with %d, got %v", code, err)
}

// NATS runs a NATS server of its own, with its data in a folder of the test's.
func NATS(t testing.TB, withJetStream bool) *natsserver.Server {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: withJetStream, StoreDir: t.TempDir(),
	})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(10*time.Second))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}
