package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
)

func TestWebhooksAreKept(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	assert.Equal(t, []any{}, w.rest("GET", "/webhooks", secret(), "").json["webhooks"])

	id := w.hook(g, "chats:close", "messages:new")
	first := g.secret
	require.Len(t, first, 64)
	kept := w.hookState(id)
	assert.Equal(t, []any{"chats:close", "messages:new"}, kept["events"])
	assert.Equal(t, g.http.URL+"/hook", kept["target"])
	assert.Equal(t, true, kept["active"])
	assert.Equal(t, true, kept["hasSecret"])
	list := w.rest("GET", "/webhooks/", secret(), "")
	assert.Equal(t, []string{id}, idsOf(list.json["webhooks"]))
	assert.NotContains(t, list.body, first)

	changed := w.rest("PUT", "/webhooks/"+id, secret(), `{"events":["chats:join"]}`)
	assert.Equal(t, []any{"chats:join"}, dig(changed.json, "webhook", "events"))
	assert.Equal(t, first, g.secret, "the same target is not asked again")
	other := newTarget(t)
	w.rest("PUT", "/webhooks/"+id, secret(), `{"target":"`+other.http.URL+`"}`)
	require.NotEmpty(t, other.secret)
	assert.NotEqual(t, first, other.secret, "another target gets another secret")
	assert.Equal(t, false, dig(w.rest("PUT", "/webhooks/"+id, secret(), `{"active":false}`).json, "webhook", "active"))
	assert.Equal(t, true, dig(w.rest("PUT", "/webhooks/"+id, secret(), `{"active":true}`).json, "webhook", "active"))

	w.rest("DELETE", "/webhooks/"+id, secret(), "").requireDone()
	w.rest("GET", "/webhooks/"+id, secret(), "").requireRefused(404, id)
	w.rest("DELETE", "/webhooks/"+id, secret(), "").requireRefused(404, id)
	require.Eventually(t, func() bool {
		names, err := roomsOf(w).Webhooks.QueueNames(t.Context())
		return err == nil && len(names) == 0
	}, storetest.WaitFor, storetest.Tick, "no queue is left")
}

func TestWebhooksRefuse(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
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
		{"active of the wrong kind", `{"events":["chats:join"],"target":"` + g.http.URL + `","active":"x"}`, "active"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.rest("POST", "/webhooks", secret(), tc.body).requireRefused(400, tc.about)
		})
	}
	assert.Empty(t, roomsOf(w).Webhooks.List("demo"))
	w.rest("GET", "/webhooks", as(w.agent("lead")), "").requireRefused(403, "secret")
	w.rest("POST", "/webhooks", app(), `{}`).requireRefused(403, "secret")
	for range webhook.HooksAtMost {
		w.hook(g, "chats:join")
	}
	w.rest("POST", "/webhooks", secret(), `{"events":["chats:join"],"target":"`+g.http.URL+`"}`).requireRefused(429, "20 webhooks")
}

func TestWebhookHandshake(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	id := w.hook(g, "chats:join")
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
			w.Header().Set("Location", g.http.URL)
			w.Header().Set(webhook.HeaderSecret, secret)
			w.WriteHeader(307)
		}, "it answered 307"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := newTarget(t)
			bad.handshake = tc.answer
			w.rest("POST", "/webhooks", secret(), `{"events":["chats:join"],"target":"`+bad.http.URL+`"}`).requireRefused(422, tc.about)
			w.rest("PUT", "/webhooks/"+id, secret(), `{"target":"`+bad.http.URL+`"}`).requireRefused(422, tc.about)
			assert.Equal(t, []string{id}, idsOf(w.rest("GET", "/webhooks", secret(), "").json["webhooks"]))
			assert.Equal(t, g.http.URL+"/hook", w.hookState(id)["target"], "unchanged")
		})
	}
	gone := newTarget(t)
	gone.http.Close()
	w.rest("POST", "/webhooks", secret(), `{"events":["chats:join"],"target":"`+gone.http.URL+`"}`).requireRefused(422, "cannot be reached")
}

func TestWebhooksReachPublicAddressesOnly(t *testing.T) {
	w := newWorld(t, Limits{})
	g := newTarget(t)
	port := g.http.URL[strings.LastIndex(g.http.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "[fd00::1]"} {
		t.Run(host, func(t *testing.T) {
			w.rest("POST", "/webhooks", secret(), `{"events":["chats:join"],"target":"http://`+host+port+`"}`).requireRefused(422, "-webhooks-private")
		})
	}
	assert.Empty(t, g.secret, "it never came")
}
