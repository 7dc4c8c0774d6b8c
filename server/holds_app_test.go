package server_test

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/privacy"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

var demoErasure = privacy.Erasure{Kind: privacy.OfApp, Key: ids.Key{App: "demo", ID: "demo"}}

// chatInDemo gives a chat of the demo app with words in it, and whether it still has them.
func chatInDemo(t *testing.T, w *servertest.World) (id string, whole func() bool) {
	t.Helper()
	visitor, _, id := w.Conversation(t)
	visitor.Say(id, "I am "+word)
	return id, func() bool {
		a := w.Rest("GET", "/chats/"+id, servertest.Secret(), "")
		return a.Status == 200 && assert.Contains(t, a.Body, "I am "+word)
	}
}

// requireRemoved has the erasure of the demo app taken up, and holds that nothing is left.
func requireRemoved(t *testing.T, w *servertest.World) {
	t.Helper()
	require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
	list, err := roomsOf(w).Privacy.Unfinished(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, list)
	w.Rest("GET", "/chats", servertest.Secret(), "").RequireRefused(401, "unknown app")
	require.NoError(t, server.SeedDemo(t.Context(), w.Identity), "the id is free again")
	assert.NotContains(t, w.Rest("GET", "/chats", servertest.Secret(), "").Body, `"id"`)
}

// The erasure of an app that is under way looks for holds once more, when its credentials
// have ended. Before a hold the app opens again, whole, so that it can be released.
func TestHoldDuringErasureOfApp(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(w *servertest.World) error{
		"under way": func(w *servertest.World) error { return server.RunErasure(w.Server, demoErasure) },
		"taken up":  func(w *servertest.World) error { return server.TakeUpErasures(t.Context(), w.Server) },
		"node that died": func(w *servertest.World) error {
			if err := w.Identity.ShutApp(t.Context(), "demo"); err != nil {
				return err
			}
			w.Rest("GET", "/chats", servertest.Secret(), "").RequireRefused(401, "unknown app")
			return server.TakeUpErasures(t.Context(), w.Server)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{})
			id, whole := chatInDemo(t, w)
			require.NoError(t, roomsOf(w).Privacy.Begin(t.Context(), demoErasure))
			w.Rest("PUT", "/chats/"+id+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
			if err := begin(w); name == "under way" {
				require.ErrorContains(t, err, "on legal hold")
			} else {
				require.NoError(t, err)
			}
			require.True(t, whole())
			w.Agent("agent1")
			require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
			require.True(t, whole(), "it waits")
			w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").RequireDone()
			requireRemoved(t, w)
		})
	}
}

// holdLate begins to put a chat on hold, and gives what completes it. The server has found
// the secret right by then.
func holdLate(t *testing.T, w *servertest.World, id string) (complete func() servertest.Answer) {
	t.Helper()
	body, write := io.Pipe()
	judged, answer := make(chan struct{}), make(chan servertest.Answer, 1)
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(judged) }})
	r, err := http.NewRequestWithContext(trace, http.MethodPut, w.HTTP.URL+"/v1/chats/"+id+"/hold", body)
	require.NoError(t, err)
	r.Header = servertest.Secret()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue")
	go func() {
		a, err := (&http.Transport{ExpectContinueTimeout: storetest.WaitFor}).RoundTrip(r)
		if !assert.NoError(t, err) {
			close(answer)
			return
		}
		defer a.Body.Close()
		content, _ := io.ReadAll(a.Body)
		answer <- servertest.Answer{T: t, Status: a.StatusCode, Header: a.Header, Body: string(content), JSON: servertest.Parsed(content)}
	}()
	select {
	case <-judged:
	case <-time.After(storetest.WaitFor):
		require.Fail(t, "the server does not ask for the body")
	}
	return func() servertest.Answer {
		_, err := io.WriteString(write, `{"reason":"lawsuit 9"}`)
		require.NoError(t, err)
		require.NoError(t, write.Close())
		return <-answer
	}
}

// A hold that comes when the credentials of its app have ended is refused. Where the erasure
// still looks for holds it meets this one, and the app opens again; else it goes on.
func TestHoldAfterAppIsShut(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	id, whole := chatInDemo(t, w)
	require.NoError(t, roomsOf(w).Privacy.Begin(t.Context(), demoErasure))
	hold := holdLate(t, w, id)
	require.NoError(t, w.Identity.ShutApp(t.Context(), "demo"))
	hold().RequireRefused(409, "is being removed")
	require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
	require.True(t, whole())
	w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").RequireDone()

	hold = holdLate(t, w, id)
	require.NoError(t, w.Identity.ShutApp(t.Context(), "demo"))
	require.NoError(t, w.Identity.GiveUpApp(t.Context(), "demo"))
	hold().RequireRefused(409, "is being removed")
	require.ErrorContains(t, w.Identity.ReopenApp(t.Context(), "demo"), "changed")
	requireRemoved(t, w)

	_, admin := w.NewApp("other")
	id, _ = chatInDemo(t, w)
	hold = holdLate(t, w, id)
	require.Equal(t, true, w.Rest("DELETE", "/apps/demo", admin, "").JSON["done"])
	a := hold()
	assert.Contains(t, []int{404, 409}, a.Status, "this node may know the chat for a moment: %s", a.Body)
	assert.NoError(t, roomsOf(w).Privacy.CheckAppFree(t.Context(), "demo"), "no hold is left for an app that takes the id")
}
