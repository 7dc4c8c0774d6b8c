package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

const acme = `"issuer":"https://login.acme.example/staff","clientId":"parley"`

func TestLoginSettingsRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	before := w.Rest("GET", "/settings", servertest.Secret(), "").JSON
	for _, tc := range []struct{ name, login, about string }{
		{"every way off", `{"password":false,"passkeys":false}`, "login.password: cannot be off while there is no other way"},
		{"way that is none", `{"magic":true}`, "login.magic: there is no such setting"},
		{"flag of the wrong type", `{"passkeys":"yes"}`, "login.passkeys: must be true or false"},
		{"provider of the wrong type", `{"oidc":"https://a.example"}`, "login.oidc: must be an object"},
		{"no issuer", `{"oidc":{"clientId":"c"}}`, "login.oidc.issuer"},
		{"issuer that is no URL", `{"oidc":{"issuer":"acme","clientId":"c"}}`, "login.oidc.issuer"},
		{"issuer by http", `{"oidc":{"issuer":"http://a.example","clientId":"c"}}`, "login.oidc.issuer: must begin with https://"},
		{"issuer at this machine", `{"oidc":{"issuer":"https://localhost:9","clientId":"c"}}`, "login.oidc.issuer: must be at a public address"},
		{"issuer at this machine by another name", `{"oidc":{"issuer":"https://a.Localhost./x","clientId":"c"}}`, "login.oidc.issuer: must be at a public address"},
		{"issuer at its address", `{"oidc":{"issuer":"https://127.0.0.1","clientId":"c"}}`, "login.oidc.issuer: must be at a public address"},
		{"issuer at its address, IPv6", `{"oidc":{"issuer":"https://[::1]:9","clientId":"c"}}`, "login.oidc.issuer: must be at a public address"},
		{"issuer at its address, IPv4 in IPv6", `{"oidc":{"issuer":"https://[::ffff:127.0.0.1]","clientId":"c"}}`, "login.oidc.issuer: must be at a public address"},
		{"issuer at a private address", `{"oidc":{"issuer":"https://10.0.0.7","clientId":"c"}}`, "login.oidc.issuer: must be at a public address"},
		{"issuer at an address of the link", `{"oidc":{"issuer":"https://169.254.169.254","clientId":"c"}}`, "login.oidc.issuer: must be at a public address"},
		{"issuer with a user", `{"oidc":{"issuer":"https://a:b@a.example","clientId":"c"}}`, "login.oidc.issuer"},
		{"issuer with a query", `{"oidc":{"issuer":"https://a.example?x=1","clientId":"c"}}`, "login.oidc.issuer"},
		{"issuer with a fragment", `{"oidc":{"issuer":"https://a.example#x","clientId":"c"}}`, "login.oidc.issuer"},
		{"no client", `{"oidc":{"issuer":"https://a.example"}}`, "login.oidc.clientId"},
		{"name that shows nothing", `{"oidc":{` + acme + `,"name":" "}}`, "login.oidc.name"},
		{"long name", `{"oidc":{` + acme + `,"name":"` + strings.Repeat("x", 61) + `"}}`, "login.oidc.name: 61 characters"},
		{"other first log-in", `{"oidc":{` + acme + `,"firstLogin":"anybody"}}`, "login.oidc.firstLogin: must be email or none"},
		{"unknown member", `{"oidc":{` + acme + `,"tenant":"x"}}`, "login.oidc.tenant: there is no such setting"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Rest("PUT", "/settings", servertest.Secret(), `{"login":`+tc.login+`}`)
			a.T = t
			a.RequireRefused(400, tc.about)
		})
	}
	assert.Equal(t, before, w.Rest("GET", "/settings", servertest.Secret(), "").JSON, "what is refused changes nothing")
}

// The secret of a client is told to nobody, and goes to no other provider.
func TestClientSecretOfProvider(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	set := func(oidc string) servertest.Answer {
		return w.Rest("PUT", "/settings", servertest.Secret(), `{"login":{"oidc":`+oidc+`}}`)
	}
	a := set(`{` + acme + `,"clientSecret":"very-secret"}`)
	require.Equal(t, 200, a.Status, a.Body)
	want := servertest.Obj("name", "login.acme.example", "issuer", "https://login.acme.example/staff", "clientId", "parley",
		"firstLogin", "email", "hasClientSecret", true)
	assert.Equal(t, want, servertest.Dig(a.JSON, "settings", "login", "oidc"))
	assert.NotContains(t, a.Body, "very-secret")
	for _, other := range []string{`{"issuer":"https://evil.example"}`, `{"clientId":"other"}`} {
		set(other).RequireRefused(400, "login.oidc.clientSecret: must be given with another issuer or clientId")
	}
	require.Equal(t, 200, set(`{"name":"Acme"}`).Status)
	a = set(`{"clientId":"other","clientSecret":null}`)
	assert.Equal(t, false, servertest.Dig(a.JSON, "settings", "login", "oidc", "hasClientSecret"))
	assert.Nil(t, servertest.Dig(set("null").JSON, "settings", "login", "oidc"))
}

// Before a log-in everybody learns which ways there are, and of the provider its name.
func TestWaysToLogIn(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	ways := func(h map[string][]string) any {
		return servertest.Dig(w.Rest("GET", "/settings", h, "").JSON, "settings", "login")
	}
	all := servertest.Obj("password", true, "passkeys", true, "secondFactor", "optional", "oidc", nil)
	assert.Equal(t, all, ways(at(here, servertest.App())))
	all["passkeys"] = false
	assert.Equal(t, all, ways(servertest.App()), "they need a host name")
	w.Set(`{"login":{"oidc":{` + acme + `,"name":"Acme"},"passkeys":false}}`)
	known := servertest.Obj("password", true, "passkeys", false, "secondFactor", "optional", "oidc", servertest.Obj("name", "Acme"))
	assert.Equal(t, known, ways(at(here, servertest.App())))
	assert.Equal(t, known, ways(servertest.As(w.Agent("agent1"))))
}

// A provider by http is for those who try it out, as webhooks by http are.
func TestProviderByHTTP(t *testing.T) {
	t.Parallel()
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Webhooks: server.WebhookOptions{Private: true}})
	w.Set(`{"login":{"oidc":{"issuer":"http://127.0.0.1:9","clientId":"parley"}}}`)
}

// A way of logging in that an app does not have takes nothing from one that it has, and the
// app's secret gives no more than a browser has.
func TestLoginsOfAWayThatIsOff(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Rates: limit.Table{{Kind: limit.Logins, Scope: limit.App}: {PerSecond: 1e-6, Burst: 3}}})
	begin := func(way, client string, h http.Header) servertest.Answer {
		return w.Rest("POST", "/agents/login/"+way, from(at(here, h), client), "")
	}
	for range 10 {
		begin("oidc", "192.0.2.1", servertest.App()).RequireRefused(403, "provider")
	}
	for range 3 {
		require.Equal(t, 200, begin("passkey", "192.0.2.2", servertest.Secret()).Status)
	}
	begin("passkey", "192.0.2.3", servertest.Secret()).RequireRefused(429, "logins/app")
}

// A log-in page offers passkeys whenever it is loaded. That takes nothing from who logs in.
func TestOffersOfPasskeysTakeNothingFromLogins(t *testing.T) {
	t.Parallel()
	few := limit.Rate{PerSecond: 1e-6, Burst: 3}
	w := servertest.New(t, server.Limits{Rates: limit.Table{
		{Kind: limit.Logins, Scope: limit.App}: few, {Kind: limit.Offers, Scope: limit.App}: {PerSecond: 1e-6, Burst: 20},
	}})
	begin := func(body string) servertest.Answer {
		return w.Rest("POST", "/agents/login/passkey", at(here, servertest.App()), body)
	}
	for range 20 {
		require.Equal(t, 200, begin(`{"mediation":"conditional"}`).Status)
	}
	begin(`{"mediation":"conditional"}`).RequireRefused(429, "offers/app")
	for range few.Burst {
		require.Equal(t, 200, begin("").Status)
	}
	begin("").RequireRefused(429, "logins/app")
	begin(`{"mediation":"silent"}`).RequireRefused(400, "mediation")
}
