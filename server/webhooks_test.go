package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
	"parley/server/servertest"
)

func TestWebhooksAreKept(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	assert.Equal(t, []any{}, w.Rest("GET", "/webhooks", servertest.Secret(), "").JSON["webhooks"])

	id := w.Hook(g, "chats:close", "messages:new")
	first := g.Secret
	require.Len(t, first, 64)
	kept := w.HookState(id)
	assert.Equal(t, []any{"chats:close", "messages:new"}, kept["events"])
	assert.Equal(t, g.HTTP.URL+"/hook", kept["target"])
	assert.Equal(t, true, kept["active"])
	assert.Equal(t, true, kept["hasSecret"])
	list := w.Rest("GET", "/webhooks/", servertest.Secret(), "")
	assert.Equal(t, []string{id}, servertest.IDs(list.JSON["webhooks"]))
	assert.NotContains(t, list.Body, first)

	changed := w.Rest("PUT", "/webhooks/"+id, servertest.Secret(), `{"events":["chats:join"]}`)
	assert.Equal(t, []any{"chats:join"}, servertest.Dig(changed.JSON, "webhook", "events"))
	assert.Equal(t, first, g.Secret, "the same target is not asked again")
	other := servertest.NewTarget(t)
	w.Rest("PUT", "/webhooks/"+id, servertest.Secret(), `{"target":"`+other.HTTP.URL+`"}`)
	require.NotEmpty(t, other.Secret)
	assert.NotEqual(t, first, other.Secret, "another target gets another secret")
	assert.Equal(t, false, servertest.Dig(w.Rest("PUT", "/webhooks/"+id, servertest.Secret(), `{"active":false}`).JSON, "webhook", "active"))
	assert.Equal(t, true, servertest.Dig(w.Rest("PUT", "/webhooks/"+id, servertest.Secret(), `{"active":true}`).JSON, "webhook", "active"))

	w.Rest("DELETE", "/webhooks/"+id, servertest.Secret(), "").RequireDone()
	w.Rest("GET", "/webhooks/"+id, servertest.Secret(), "").RequireRefused(404, id)
	w.Rest("DELETE", "/webhooks/"+id, servertest.Secret(), "").RequireRefused(404, id)
	require.Eventually(t, func() bool {
		return len(hookQueues(t, w)) == 0
	}, storetest.WaitFor, storetest.Tick, "no queue is left")
}

func TestWebhooksRefuse(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	for _, tc := range []struct{ name, body, about string }{
		{"nothing", `{}`, "events"},
		{"no event", `{"events":[],"target":"http://a.example"}`, "chats:create"},
		{"unknown event", `{"events":["chats:jion"],"target":"http://a.example"}`, `"chats:jion"; there are chats:create`},
		{"events of the wrong kind", `{"events":{},"target":"http://a.example"}`, "events"},
		{"the same event twice", `{"events":["chats:join","chats:join"],"target":"http://a.example"}`, "events"},
		{"no target", `{"events":["chats:join"]}`, "target"},
		{"a path", `{"events":["chats:join"],"target":"/hook"}`, "http://"},
		{"another scheme", `{"events":["chats:join"],"target":"file:///etc/passwd"}`, "http://"},
		{"a password", `{"events":["chats:join"],"target":"https://a:b@a.example"}`, "password"},
		{"a long target", `{"events":["chats:join"],"target":"https://a.example/` + strings.Repeat("x", 2048) + `"}`, "2048"},
		{"active of the wrong kind", `{"events":["chats:join"],"target":"` + g.HTTP.URL + `","active":"x"}`, "active"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.Rest("POST", "/webhooks", servertest.Secret(), tc.body).RequireRefused(400, tc.about)
		})
	}
	assert.Empty(t, roomsOf(w).Webhooks.List("demo"))
	w.Rest("GET", "/webhooks", servertest.As(w.Agent("lead")), "").RequireRefused(403, "secret")
	w.Rest("POST", "/webhooks", servertest.App(), `{}`).RequireRefused(403, "secret")
	for range webhook.MaxHooks {
		w.Hook(g, "chats:join")
	}
	w.Rest("POST", "/webhooks", servertest.Secret(), `{"events":["chats:join"],"target":"`+g.HTTP.URL+`"}`).RequireRefused(429, "20 webhooks")
}

func TestWebhookHandshake(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	id := w.Hook(g, "chats:join")
	for _, tc := range []struct {
		name   string
		answer func(w http.ResponseWriter, secret string)
		about  string
	}{
		{"not found", func(w http.ResponseWriter, _ string) { w.WriteHeader(404) }, "it answered 404"},
		{"no header", func(w http.ResponseWriter, _ string) { w.WriteHeader(200) }, "without that header"},
		{"another secret", func(w http.ResponseWriter, _ string) { w.Header().Set(webhook.HeaderSecret, "guess") }, "another value"},
		{"another success", func(w http.ResponseWriter, secret string) {
			w.Header().Set(webhook.HeaderSecret, secret)
			w.WriteHeader(202)
		}, "it answered 202"},
		{"a redirect", func(w http.ResponseWriter, secret string) {
			w.Header().Set("Location", g.HTTP.URL)
			w.Header().Set(webhook.HeaderSecret, secret)
			w.WriteHeader(307)
		}, "it answered 307"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := servertest.NewTarget(t)
			bad.Handshake = tc.answer
			w.Rest("POST", "/webhooks", servertest.Secret(), `{"events":["chats:join"],"target":"`+bad.HTTP.URL+`"}`).RequireRefused(422, tc.about)
			w.Rest("PUT", "/webhooks/"+id, servertest.Secret(), `{"target":"`+bad.HTTP.URL+`"}`).RequireRefused(422, tc.about)
			assert.Equal(t, []string{id}, servertest.IDs(w.Rest("GET", "/webhooks", servertest.Secret(), "").JSON["webhooks"]))
			assert.Equal(t, g.HTTP.URL+"/hook", w.HookState(id)["target"], "unchanged")
		})
	}
	gone := servertest.NewTarget(t)
	gone.HTTP.Close()
	w.Rest("POST", "/webhooks", servertest.Secret(), `{"events":["chats:join"],"target":"`+gone.HTTP.URL+`"}`).RequireRefused(422, "cannot be reached")
}

func TestWebhooksReachPublicAddressesOnly(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	g := servertest.NewTarget(t)
	port := g.HTTP.URL[strings.LastIndex(g.HTTP.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "[fd00::1]"} {
		t.Run(host, func(t *testing.T) {
			w.Rest("POST", "/webhooks", servertest.Secret(), `{"events":["chats:join"],"target":"https://`+host+port+`"}`).RequireRefused(422, "-webhooks-private")
		})
	}
	w.Rest("POST", "/webhooks", servertest.Secret(), `{"events":["chats:join"],"target":"http://www.example.com"}`).RequireRefused(400, "https://")
	assert.Empty(t, g.Secret, "it never came")
}
