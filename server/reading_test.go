package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// longChat gives a visitor and an agent in a chat that is longer than the buffers of a
// connection take.
func longChat(t *testing.T, w *servertest.World) (visitor, agent *servertest.Peer, id string) {
	visitor, agent, id = w.Conversation(t)
	text := strings.Repeat("long ", 2000)
	const messages = 1200 // of 10 kB
	for n := range messages {
		visitor.PostAs(fmt.Sprint("m", n), chat.EventMessage, servertest.Obj("chatId", id, "message", text))
	}
	for n := range messages {
		require.Nil(t, visitor.Reply(fmt.Sprint("m", n)).Error)
	}
	return visitor, agent, id
}

// A user reads one long conversation at a time, in whatever form, and pages of it beside;
// other users are not held up by that.
func TestLongConversationsAreReadOneAtATime(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := longChat(t, w)
	begin := func(path string, h http.Header) (status int, header http.Header, body io.ReadCloser) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.HTTP.URL+"/v1/chats/"+id+path, nil)
		require.NoError(t, err)
		r.Header = h
		a, err := new(http.Transport).RoundTrip(r)
		require.NoError(t, err)
		return a.StatusCode, a.Header, a.Body
	}
	as := func(p *servertest.Peer) http.Header { return servertest.As(p.Login) }
	status, _, unread := begin("/history.csv", as(visitor))
	require.Equal(t, 200, status)
	for _, path := range []string{"", "/history.csv", "/history.txt", "/history.json", "/history", "/messages", "/messages?limit=1000"} {
		status, header, body := begin(path, as(visitor))
		assert.Equal(t, wire.CodeTooMany, status, path)
		wait, err := strconv.Atoi(header.Get("Retry-After"))
		assert.NoError(t, err)
		assert.Positive(t, wait)
		require.NoError(t, body.Close())
	}
	imported := `{"history":[{"sender":"assistant","message":"said before"}]`
	a := w.Rest("POST", "/chats/"+id+"/history", as(visitor), imported+"}")
	a.RequireRefused(429, "another long conversation")
	assert.NotEmpty(t, a.Header.Get("Retry-After"))
	a = w.Rest("POST", "/chats/"+id+"/history", as(visitor), imported+`,"brief":true}`)
	require.Equal(t, 200, a.Status, "and what was refused was not imported")
	assert.Equal(t, id+".1201", a.JSON["history"].([]any)[0].(servertest.Object)["id"])
	a = w.Rest("GET", "/chats/"+id+"/messages?limit=50", as(visitor), "")
	require.Equal(t, 200, a.Status, "pages are no long conversation")
	assert.Len(t, a.JSON["messages"], 50)
	status, _, other := begin("/history.csv", as(agent))
	assert.Equal(t, 200, status)
	require.NoError(t, other.Close())
	for range 2 { // a program with the secret may read several
		status, _, other := begin("/history.txt", servertest.Secret())
		assert.Equal(t, 200, status)
		defer other.Close()
	}
	require.NoError(t, unread.Close())
	var whole io.ReadCloser
	require.Eventually(t, func() bool {
		status, _, body := begin("/messages", as(visitor))
		if status == 200 {
			whole = body
			return true
		}
		require.NoError(t, body.Close())
		return false
	}, storetest.WaitFor, storetest.Tick, "the place is free again")
	defer whole.Close()
	content, err := io.ReadAll(whole)
	require.NoError(t, err)
	assert.Len(t, servertest.Parsed(content)["messages"], 1201, "the whole log without a limit")
	require.NoError(t, whole.Close())
	require.Eventually(t, func() bool {
		a = w.Rest("POST", "/chats/"+id+"/history", as(visitor), imported+"}")
		return a.Status == 200
	}, storetest.WaitFor, storetest.Tick)
	assert.Len(t, a.JSON["history"], 1202)
	assert.NotZero(t, a.JSON["seq"])
}

// What visitors of an address read of conversations counts by bytes, however many chats and
// visitors they have; pages that are short do not.
func TestBytesThatAreReadCount(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Rates: limit.Table{
		{Kind: limit.Reads, Scope: limit.Address}: {PerSecond: 1, Burst: 250_000}, {Kind: limit.Reads, Scope: limit.Agent}: {PerSecond: 1, Burst: 350_000},
	}})
	visitor, agent, id := w.Conversation(t)
	for range 10 {
		visitor.Say(id, strings.Repeat("long ", 2000))
	}
	read := func(h http.Header, client, path string) servertest.Answer {
		return w.Rest("GET", "/chats/"+id+path, from(h, client), "")
	}
	mine := servertest.As(visitor.Login)
	for _, path := range []string{"/history", "/messages"} {
		require.Equal(t, 200, read(mine, "192.0.2.7", path).Status)
	}
	for _, path := range []string{"", "/history", "/history.csv", "/history.txt", "/messages"} {
		refused := read(mine, "192.0.2.7", path)
		refused.RequireRefused(429, "reads/address")
		assert.Equal(t, "reading-busy", refused.Text("error", "reason"))
		assert.NotEmpty(t, refused.Header.Get("Retry-After"))
	}
	for range 20 {
		require.Equal(t, 200, read(mine, "192.0.2.7", "/messages?limit=1").Status)
		require.Equal(t, 200, read(mine, "192.0.2.7", "?fields=users").Status)
	}
	require.Equal(t, 200, read(mine, "192.0.2.8", "/history").Status, "another address")
	for range 3 {
		require.Equal(t, 200, read(servertest.As(agent.Login), "192.0.2.7", "/history").Status)
	}
	read(servertest.As(agent.Login), "192.0.2.9", "/history").RequireRefused(429, "reads/agent")
	require.Equal(t, 200, read(servertest.Secret(), "192.0.2.7", "/history").Status)
	agent.Refused("chats:get", servertest.Obj("chatId", id), wire.CodeTooMany, "reads/agent")
}
