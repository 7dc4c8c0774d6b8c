package server_test

import (
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/servertest"
)

// What a session asks for is brought within the app's bounds; the app's secret may ask for
// anything.
func TestTermsAreClamped(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	none := servertest.Obj()
	secret := func(servertest.Login) http.Header { return servertest.Secret() }
	for _, tc := range []struct {
		name     string
		settings string
		as       func(servertest.Login) http.Header
		config   servertest.Object
		query    string
		seconds  float64
		attempts int
	}{
		{"a day", `{}`, servertest.As, none, "?interval=86400&maxAttempts=1000", 120, 20},
		{"no time at all", `{}`, servertest.As, none, "?interval=0.05&maxAttempts=1", 5, 1},
		{"within the bounds", `{}`, servertest.As, none, "?interval=60&maxAttempts=7", 60, 7},
		{"nothing", `{}`, servertest.As, none, "", 30, 10},
		{"a day, by the chat", `{}`, servertest.As, servertest.Obj("assignTimeout", 86400, "assignMaxAttempts", 1000), "", 120, 20},
		{"no time, by the chat", `{}`, servertest.As, servertest.Obj("assignTimeout", 0.05), "", 5, 10},
		{"the app's bounds", `{"assignment":{"bounds":{"maxTimeout":40,"maxAttempts":2}}}`, servertest.As, none, "?interval=50&maxAttempts=3", 40, 2},
		{"a day, by the secret", `{}`, secret, none, "?interval=86400&maxAttempts=1000", 86400, 1000},
	} {
		w.Set(`{"assignment":null}`)
		w.Set(tc.settings)
		visitor := w.Visitor("Vera")
		about := servertest.JSON(servertest.Obj("room", 1, "config", tc.config))
		id := w.Rest("POST", "/chats", servertest.As(visitor), string(about)).Text("chat", "id")
		for _, method := range []string{"GET", "POST"} { // one round: the second finds the first
			require.Equal(t, 200, w.Rest(method, "/chats/"+id+"/assign"+tc.query, tc.as(visitor), "").Status, tc.name)
		}
		invitation := agent.Next("invitations:new")
		assert.InDelta(t, tc.seconds, invitation["expiresAt"].(float64)-ids.Unix(time.Now()), math.Max(3, tc.seconds/100), tc.name)
		_, now, err := roomsOf(w).Log.View(t.Context(), ids.Key{App: "demo", ID: id}, 0)
		require.NoError(t, err)
		assert.Equal(t, tc.attempts, now.Round.Invited.MaxAttempts, tc.name)
		require.Equal(t, 200, w.Rest("DELETE", "/chats/"+id, servertest.As(visitor), "").Status)
		agent.Next("invitations:end")
	}
}

// HEAD, which browsers and programs send unasked, invites nobody.
func TestHeadChangesNothing(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	r, err := http.NewRequestWithContext(t.Context(), "HEAD", w.HTTP.URL+"/v1/chats/"+id+"/assign", http.NoBody)
	require.NoError(t, err)
	r.Header = servertest.As(visitor.Login)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, 405, answer.StatusCode)
	assert.Equal(t, "GET, POST", answer.Header.Get("Allow"))
	agent.Ask("user:focus", nil)
	assert.NotContains(t, entriesOf(w, id), chat.EventAssign)
	w.Rest("POST", "/chats/"+id+"/assign", servertest.As(visitor.Login), `{"interval":20}`)
	assert.Equal(t, id, agent.Next("invitations:new")["chatId"])
}
