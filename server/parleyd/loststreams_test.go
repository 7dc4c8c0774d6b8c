package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A stream that somebody deletes is never taken for one that is to be made: the running server writes nothing more, and
// none starts, until the operator says that what was in it may be lost.
func TestLostStreams(t *testing.T) {
	t.Parallel()
	outside := natsAt(t, natsserver.RANDOM_PORT, t.TempDir())
	nc, err := nats.Connect(outside.ClientURL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	first := start(t, "-demo", "-nats", outside.ClientURL(), "-chat-streams", "2")
	noted := func() string {
		kv, err := js.KeyValue(t.Context(), "parley_data")
		require.NoError(t, err)
		entry, err := kv.Get(t.Context(), "streams")
		if err != nil {
			return ""
		}
		return string(entry.Value())
	}
	require.Eventually(t, func() bool {
		return strings.Contains(noted(), "PARLEY_NOTES") && strings.Contains(noted(), "KV_parley_builds")
	}, 20*time.Second, 10*time.Millisecond)

	require.NoError(t, js.DeleteStream(t.Context(), "PARLEY_NOTES"))
	require.Eventually(t, func() bool {
		status, _ := first.call(t, "GET", "/healthz", "")
		return status == http.StatusServiceUnavailable
	}, 20*time.Second, 10*time.Millisecond)
	status, text := first.call(t, "POST", "/v1/users", `{"name":"Vera"}`, "x-hyper-appId", "demo")
	assert.Equal(t, http.StatusServiceUnavailable, status, "%s", text)
	assert.Contains(t, first.stderr.String(), "the store has lost PARLEY_NOTES")
	first.stop(t)

	begin := func(args ...string) error {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		return run(ctx, built, append([]string{"-addr", "127.0.0.1:0", "-demo", "-nats", outside.ClientURL()}, args...), environment(nil), io.Discard, io.Discard)
	}
	require.NoError(t, js.DeleteStream(t.Context(), "KV_parley_settings"))
	require.NoError(t, js.DeleteStream(t.Context(), "PARLEY_CHATS"))
	err = begin()
	require.Error(t, err)
	for _, about := range []string{"has lost", "PARLEY_NOTES", "KV_parley_settings", "PARLEY_CHATS", "-lost-streams", "restore a backup"} {
		assert.Contains(t, err.Error(), about)
	}
	require.ErrorContains(t, begin("-lost-streams", "PARLEY_NOTES"), "KV_parley_settings")
	_, err = js.Stream(t.Context(), "PARLEY_NOTES")
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound, "a start that is refused makes nothing")

	again := start(t, "-demo", "-nats", outside.ClientURL(), "-lost-streams", "PARLEY_NOTES, KV_parley_settings,PARLEY_CHATS")
	status, text = again.call(t, "POST", "/v1/users", `{"name":"Vera"}`, "x-hyper-appId", "demo")
	assert.Equal(t, http.StatusOK, status, "%s", text)
	again.stop(t)
	require.ErrorContains(t, begin("-chat-streams", "1"), "has 2 streams of chats")
	start(t, "-demo", "-nats", outside.ClientURL()).stop(t)

	require.NoError(t, js.DeleteStream(t.Context(), "KV_parley_data"))
	require.ErrorContains(t, begin(), "has lost KV_parley_data")
}
