package server_test

import (
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/address"
	"parley/server/internal/storetest"
	"parley/server/internal/tracetest"
	"parley/server/servertest"
)

// traced is a world whose requests are traced in this share, and what gets the traces.
func traced(t *testing.T, ratio float64, o server.Options) (*servertest.World, *tracetest.Collector, *server.Tracer) {
	t.Helper()
	c := tracetest.New(t)
	var err error
	o.Tracer, err = server.NewTracer(server.TraceOptions{Endpoint: c.URL, Ratio: ratio}, "1.2.3", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	o.Webhooks.Private = true
	return servertest.With(t, storetest.Engine(t, t.TempDir()), o), c, o.Tracer
}

// A request is one trace with what it waits for, up to the post to a webhook; and no span
// says what anybody has said, or who they are.
func TestTraces(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	w, c, tracer := traced(t, 1, server.Options{Slow: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventMessage)
	visitor, agent, id := w.Conversation(t)
	visitor.Say(id, "a secret word")
	visitor.Refused("chats:nonsense", servertest.Obj(), 404, "nonsense")
	diary := servertest.File{
		Fields: map[string]string{"chatId": id, "senderId": visitor.Login.ID}, Name: "diary.txt", Kind: "text/plain", Content: strings.NewReader("dear diary"),
	}
	sent := w.Upload(servertest.As(visitor.Login), diary)
	require.Equal(t, 200, sent.Status, sent.Body)
	w.Download(sent.Text("media", "url"), servertest.As(visitor.Login))
	answer := w.Rest("GET", "/chats/"+id, servertest.As(agent.Login), "")
	posts := g.Wait(chat.EventMessage, 2)
	require.Eventually(t, func() bool { return len(c.Spans("webhook")) >= 3 }, storetest.WaitFor, storetest.Tick)
	w.Close()
	tracer.Close(t.Context())

	said := c.Spans(chat.EventMessage)[0]
	assert.Equal(t, "SPAN_KIND_SERVER", said.Kind)
	assert.Equal(t, "demo", said.Said["parley.app"])
	assert.Equal(t, "200", said.Said["parley.code"])
	assert.Equal(t, "socket", said.Said["parley.transport"])
	var publish, post tracetest.Span
	for _, s := range c.Spans("") {
		switch {
		case s.Trace != said.Trace:
		case s.Name == "jetstream publish":
			publish = s
		case s.Name == "webhook":
			post = s
		}
	}
	appended := c.Spans("log append")
	require.NotEmpty(t, publish.Name)
	assert.True(t, slices.ContainsFunc(appended, func(s tracetest.Span) bool { return s.Parent == said.ID && s.ID == publish.Parent }))
	require.NotEmpty(t, post.Name, "the post is a part of the trace")
	assert.Equal(t, publish.ID, post.Parent)
	assert.Equal(t, "SPAN_KIND_CLIENT 200", post.Kind+" "+post.Said["http.response.status_code"])
	of := "00-" + hex.EncodeToString([]byte(post.Trace)) + "-" + hex.EncodeToString([]byte(post.ID)) + "-01"
	assert.True(t, slices.ContainsFunc(posts, func(p servertest.Posted) bool { return p.ID == post.Said["parley.delivery"] && p.Traceparent == of }))

	assert.True(t, slices.ContainsFunc(c.Spans("unknown"), func(s tracetest.Span) bool { return s.Said["parley.code"] == "404" && !s.Failed }))
	read := c.Spans("chats:get")
	require.NotEmpty(t, read)
	last := read[len(read)-1]
	assert.Equal(t, answer.Header.Get("X-Request-Id"), last.Said["parley.request_id"])
	assert.Contains(t, log.text(), "requestId="+last.Said["parley.request_id"]+" traceId="+hex.EncodeToString([]byte(last.Trace)))
	for _, name := range []string{"session:open", "media store", "media open", "jetstream read"} {
		assert.NotEmpty(t, c.Spans(name), name)
	}
	raw := c.Raw()
	for _, secret := range []string{"a secret word", "Vera", "agent1", "diary", "127.0.0.1", "demo-secret", visitor.Login.Token, agent.Login.Token, visitor.Login.ID, id} {
		assert.False(t, strings.Contains(raw, secret), secret)
	}
}

// Only the word of a trusted proxy counts, and only where the operator says so.
func TestTracesOfProxies(t *testing.T) {
	t.Parallel()
	const said = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, tc := range []struct {
		name    string
		o       server.AddressOptions
		lines   []string
		sampled bool
	}{
		{"a trusted proxy", server.AddressOptions{FollowTraces: true}, []string{said}, true},
		{"a proxy whose traces are not followed", server.AddressOptions{}, []string{said}, false},
		{"a stranger", server.AddressOptions{FollowTraces: true, TrustedProxies: address.Networks{}}, []string{said}, false},
		{"two lines, one of which may be a stranger's", server.AddressOptions{FollowTraces: true}, []string{said, said}, false},
	} {
		w, c, tracer := traced(t, 0, server.Options{})
		w.Reach(tc.o)
		headers := servertest.App()
		headers["Traceparent"] = tc.lines
		w.Rest("POST", "/users", headers, `{"name":"Vera"}`)
		w.Close()
		tracer.Close(t.Context())
		spans := c.Spans("POST /users")
		assert.Equal(t, tc.sampled, len(spans) == 1, tc.name)
		if tc.sampled && len(spans) == 1 {
			assert.Equal(t, "0af7651916cd43dd8448eb211c80319c", hex.EncodeToString([]byte(spans[0].Trace)))
		}
	}
}
