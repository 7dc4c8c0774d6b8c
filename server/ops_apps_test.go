package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestApps(t *testing.T) {
	w := newWorld(t, Limits{})
	mine, admin := w.newApp("mine")
	assert.Equal(t, []string{"demo", "mine"}, idsOf(w.rest("GET", "/apps/", admin, "").json["apps"]))

	for _, h := range []http.Header{mine, admin} {
		app := w.rest("GET", "/apps/mine", h, "").json["app"]
		assert.Equal(t, obj("id", "mine", "name", "mine", "origins", []any{}, "rooms", []any{"1", "2"}, "created", dig(app, "created")), app)
	}
	a := w.rest("PUT", "/apps/mine", mine, `{"name":"My shop","origins":["https://shop.example"],"rooms":["sales"]}`)
	require.Equal(t, 200, a.status, a.body)
	assert.Equal(t, "My shop", a.text("app", "name"))
	h := app()
	h.Set("x-hyper-appid", "mine")
	h.Set("origin", "https://shop.example")
	assert.Equal(t, obj("sales", 0.0), w.rest("GET", "/agents/available", h, "").json["agents"])
	a = w.rest("PUT", "/apps/mine", admin, `{"rooms":[]}`)
	assert.Equal(t, []any{}, dig(a.json, "app", "rooms"))
	assert.Equal(t, "My shop", a.text("app", "name"), "what is left out stays")

	assert.NotEqual(t, w.rest("GET", "/id", h, "").text("id"), w.rest("GET", "/id/", h, "").text("id"))
}

func TestSecretsAreRenewed(t *testing.T) {
	w := newWorld(t, Limits{})
	mine, admin := w.newApp("mine")
	fresh := mine.Clone()
	fresh.Set("x-hyper-secret", w.rest("POST", "/apps/mine/secret", mine, "").text("secret"))
	w.rest("GET", "/apps/mine", mine, "").requireRefused(401, "secret")
	require.Equal(t, 200, w.rest("GET", "/apps/mine", fresh, "").status)
	lost := w.rest("POST", "/apps/mine/secret", admin, "")
	require.Equal(t, 200, lost.status, lost.body)

	h := http.Header{"X-Hyper-Appid": {"demo"}, "X-Hyper-Key": {"demo-key"}}
	require.Equal(t, 200, w.rest("GET", "/settings", h, "").status)
	key := w.rest("POST", "/apps/demo/key", secret(), "").text("key")
	w.rest("GET", "/settings", h, "").requireRefused(401, "key")
	h.Set("x-hyper-key", key)
	require.Equal(t, 200, w.rest("GET", "/settings", h, "").status)
}

func TestAppRefusals(t *testing.T) {
	w := newWorld(t, Limits{})
	mine, admin := w.newApp("mine")
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
			a := w.rest(tc.method, tc.path, tc.header, tc.body)
			a.t = t
			a.requireRefused(tc.status, tc.about)
		})
	}
	assert.Equal(t, "mine", w.rest("GET", "/apps/mine", mine, "").text("app", "name"), "what is refused changes nothing")
}
