package client

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/coretest"
)

// The methods of Client order no transfer; one that the core orders all the same
// ends its call instead of reaching the handlers as an event.
func TestTransfersAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := coretest.NewServer()
		defer server.Close()
		server.AddUser("tv", "v", "")
		c, err := New(Options{Dialer: server, LongPolling: server, HTTP: server})
		require.NoError(t, err)
		defer c.Close()
		c.On(func(e Event) {
			_, is := e.(core.TransferFile)
			assert.False(t, is, "an order is no event")
		})
		require.NoError(t, c.Init(t.Context(), core.App{ID: "demo", API: "http://x/v1", Socket: "ws://x/v1/socket"}))
		_, err = c.Login(t.Context(), "v", "tv")
		require.NoError(t, err)
		for _, ask := range []func(core.Call) core.Input{
			func(call core.Call) core.Input { return core.Upload{Call: call, ChatID: "c", Name: "cat.png", Size: 5} },
			func(call core.Call) core.Input { return core.Download{Call: call, Path: "/media/c-1"} },
		} {
			_, err := c.ask(context.Background(), ask)
			require.EqualError(t, err, "client: files cannot be uploaded or downloaded; use the REST API's /media with an HTTP client of your own")
		}
	})
}
