package server

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEngineListensNowhere(t *testing.T) {
	assert.Nil(t, testEngine(t, t.TempDir()).embedded.server.Addr())
}

func TestEngineCloseTwice(t *testing.T) {
	e := testEngine(t, t.TempDir())
	closeEngine(t, e)
	closeEngine(t, e)
}

func TestEngineCloseEndsWithItsContext(t *testing.T) {
	e := testEngine(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Draining may win the race against a context that has ended: both are fine, hanging is not.
	if err := e.Close(ctx); err != nil {
		require.ErrorIs(t, err, context.Canceled)
	}
	assert.True(t, e.NC.IsClosed())
}

func TestEngineRefusesAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	testEngine(t, dir)
	_, err := StartEngine(t.Context(), EngineOptions{Dir: dir})
	require.ErrorContains(t, err, dir)
	require.ErrorContains(t, err, "in use by another process")
}

func TestEngineRefusesAFolderItCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := StartEngine(t.Context(), EngineOptions{Dir: filepath.Join(file, "data")})
	require.ErrorContains(t, err, "cannot use the data folder "+file)

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nats"), nil, 0o600))
	_, err = StartEngine(t.Context(), EngineOptions{Dir: dir})
	require.ErrorContains(t, err, "cannot start the engine in the folder "+dir)
}

func TestEngineNeedsAFolderOrAnAddress(t *testing.T) {
	_, err := StartEngine(t.Context(), EngineOptions{})
	require.ErrorContains(t, err, "no folder")
}

func TestEngineRefusesDamagedData(t *testing.T) {
	for _, tc := range []struct{ name, file, content string }{
		{"a checksum that does not fit", "meta.sum", "0000000000000000"},
		{"a description that cannot be read", "meta.inf", "{"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			e := testEngine(t, dir)
			_, err := e.JS.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "hurt"})
			require.NoError(t, err)
			closeEngine(t, e)
			meta := filepath.Join(dir, "nats", "jetstream", "$G", "streams", "KV_hurt", tc.file)
			require.FileExists(t, meta)
			require.NoError(t, os.WriteFile(meta, []byte(tc.content), 0o600))

			_, err = StartEngine(t.Context(), EngineOptions{Dir: dir})
			require.ErrorContains(t, err, "damaged")
			require.ErrorContains(t, err, dir)

			// The lock is given back: once repaired, it starts.
			require.NoError(t, os.RemoveAll(filepath.Dir(meta)))
			testEngine(t, dir)
		})
	}
}

func TestEngineSurvivesAHalfMadeStream(t *testing.T) {
	dir := t.TempDir()
	half := filepath.Join(dir, "nats", "jetstream", "$G", "streams", "KV_half", "msgs")
	require.NoError(t, os.MkdirAll(half, 0o700))
	testEngine(t, dir)
}

func TestEngineByURL(t *testing.T) {
	outside := startNATS(t, true)
	e, err := StartEngine(t.Context(), EngineOptions{URL: outside.ClientURL()})
	require.NoError(t, err)
	t.Cleanup(func() { closeEngine(t, e) })
	_, err = NewIdentity(t.Context(), e)
	require.NoError(t, err)
}

func TestEngineByURLRefusals(t *testing.T) {
	withoutJetStream := startNATS(t, false).ClientURL()
	for _, tc := range []struct {
		name    string
		options EngineOptions
		want    []string
	}{
		{"nobody there", EngineOptions{URL: "nats://user:hidden@127.0.0.1:1"}, []string{"cannot connect to NATS at nats://user:xxxxx@127.0.0.1:1"}},
		{"not an address", EngineOptions{URL: "nats://us er:hidden@x"}, []string{"cannot connect", "cannot be read"}},
		{"without JetStream", EngineOptions{URL: withoutJetStream}, []string{withoutJetStream, "-js"}},
		{"copies without a cluster", EngineOptions{Dir: t.TempDir(), Replicas: 3}, []string{"replicas"}},
		{"too many copies", EngineOptions{URL: withoutJetStream, Replicas: 6}, []string{"replicas", "6"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := StartEngine(t.Context(), tc.options)
			require.Error(t, err)
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "hidden")
		})
	}
}

func startNATS(t *testing.T, withJetStream bool) *natsserver.Server {
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
