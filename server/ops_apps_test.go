package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

func TestApps(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	mine, admin := w.NewApp("mine")
	assert.Equal(t, []string{"demo", "mine"}, servertest.IDs(w.Rest("GET", "/apps/", admin, "").JSON["apps"]))

	for _, h := range []http.Header{mine, admin} {
		app := w.Rest("GET", "/apps/mine", h, "").JSON["app"]
		assert.Equal(t, servertest.Obj("id", "mine", "name", "mine", "origins", []any{}, "rooms", []any{"1", "2"}, "created", servertest.Dig(app, "created")), app)
	}
	a := w.Rest("PUT", "/apps/mine", mine, `{"name":"My shop","origins":["https://shop.example"],"rooms":["sales"]}`)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, "My shop", a.Text("app", "name"))
	h := servertest.App()
	h.Set("x-hyper-appid", "mine")
	h.Set("origin", "https://shop.example")
	assert.Equal(t, servertest.Obj("sales", 0.0), w.Rest("GET", "/agents/available", h, "").JSON["agents"])
	a = w.Rest("PUT", "/apps/mine", admin, `{"rooms":[]}`)
	assert.Equal(t, []any{}, servertest.Dig(a.JSON, "app", "rooms"))
	assert.Equal(t, "My shop", a.Text("app", "name"), "what is left out stays")

	assert.NotEqual(t, w.Rest("GET", "/id", h, "").Text("id"), w.Rest("GET", "/id/", h, "").Text("id"))
}

func TestSecretsAreRenewed(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, admin := w.NewApp("mine")
	lost := w.Rest("POST", "/apps/mine/secret", admin, "")
	require.Equal(t, 200, lost.Status, lost.Body)

	h := http.Header{"X-Hyper-Appid": {"demo"}, "X-Hyper-Key": {"demo-key"}}
	require.Equal(t, 200, w.Rest("GET", "/settings", h, "").Status)
	key := w.Rest("POST", "/apps/demo/key", servertest.Secret(), "").Text("key")
	w.Rest("GET", "/settings", h, "").RequireRefused(401, "key")
	h.Set("x-hyper-key", key)
	require.Equal(t, 200, w.Rest("GET", "/settings", h, "").Status)
}

func TestAppRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	mine, admin := w.NewApp("mine")
	for _, tc := range []struct {
		name, method, path string
		header             http.Header
		body               string
		status             int
		about              string
	}{
		{"all apps without the admin", "GET", "/apps", mine, "", 403, "admin"},
		{"all apps without anything", "GET", "/apps", http.Header{}, "", 401, "app id"},
		{"another app", "GET", "/apps/demo", mine, "", 403, "demo"},
		{"another app is changed", "PUT", "/apps/demo", mine, `{"name":"x"}`, 403, "demo"},
		{"another app's secret", "POST", "/apps/demo/secret", mine, "", 403, "demo"},
		{"another app's key", "POST", "/apps/demo/key", mine, "", 403, "demo"},
		{"no secret", "GET", "/apps/mine", http.Header{}, "", 403, "secret"},
		{"unknown app", "GET", "/apps/nope", admin, "", 401, "nope"},
		{"unknown app is changed", "PUT", "/apps/nope", admin, `{}`, 401, "nope"},
		{"id", "PUT", "/apps/mine", mine, `{"id":"other"}`, 400, "id"},
		{"name of the wrong type", "PUT", "/apps/mine", mine, `{"name":[]}`, 400, "name"},
		{"long name", "PUT", "/apps/mine", mine, `{"name":"` + strings.Repeat("x", 201) + `"}`, 400, "name"},
		{"origin that is none", "PUT", "/apps/mine", mine, `{"origins":["shop.example"]}`, 400, "origins"},
		{"room twice", "PUT", "/apps/mine", mine, `{"rooms":["a","a"]}`, 400, "rooms"},
		{"too many rooms", "PUT", "/apps/mine", mine, `{"rooms":[` + strings.Repeat(`"r",`, 1000) + `"r"]}`, 400, "rooms"},
		{"id that exists", "POST", "/apps", admin, `{"id":"mine"}`, 409, "mine"},
		{"id that is none", "POST", "/apps", admin, `{"id":"a.b"}`, 400, "id"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Rest(tc.method, tc.path, tc.header, tc.body)
			a.T = t
			a.RequireRefused(tc.status, tc.about)
		})
	}
	assert.Equal(t, "mine", w.Rest("GET", "/apps/mine", mine, "").Text("app", "name"), "what is refused changes nothing")
}
