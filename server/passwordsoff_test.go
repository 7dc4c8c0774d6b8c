package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// With passwords off the right one lets nobody in; the app's secret turns them on again.
func TestPasswordsOff(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Reach(server.AddressOptions{PublicURL: here})
	w.Set(`{"login":{"password":false}}`)
	for _, path := range []string{"/agents/login", "/agents/login/totp"} {
		w.Rest("POST", path, servertest.App(), `{"username":"agent1","password":"demo"}`).RequireRefused(403, "by a password")
	}
	w.Set(`{"login":{"passkeys":false,"password":null}}`)
	w.Agent("agent1")
}

// Passwords are off only where agents have another way in, for which the options must name
// the server: the host of the request counts for nothing, be it this machine.
func TestPasswordsOffNeedAnotherWay(t *testing.T) {
	t.Parallel()
	const nameless, noPasskeys = "-public-url or -hosts", "passkeys need https"
	for _, place := range []struct {
		name                  string
		at                    server.AddressOptions
		byPasskey, byProvider string // why they are no way in, "" if they are one
	}{
		{"no name", server.AddressOptions{}, nameless, nameless},
		{"public URL", server.AddressOptions{PublicURL: "https://chat.example.com/chat"}, "", ""},
		{"public URL by http", server.AddressOptions{PublicURL: "http://chat.example.com"}, noPasskeys, ""},
		{"public URL of an address", server.AddressOptions{PublicURL: "https://192.0.2.7"}, noPasskeys, ""},
		{"public URL of an address beside hosts", server.AddressOptions{PublicURL: "https://192.0.2.7", Hosts: []string{"localhost", "127.0.0.1"}}, noPasskeys, ""},
		{"hosts", server.AddressOptions{Hosts: []string{"127.0.0.1", "chat.example.com"}}, "", ""},
		{"hosts that are addresses", server.AddressOptions{Hosts: []string{"127.0.0.1", "[2001:db8::7]"}}, noPasskeys, ""},
	} {
		t.Run(place.name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{})
			w.Reach(place.at)
			change := func(login string) servertest.Answer {
				return w.Rest("PUT", "/settings", servertest.Secret(), `{"login":`+login+`}`)
			}
			for _, tc := range []struct{ login, refusal string }{
				{`{"password":false,"passkeys":false,"oidc":null}`, "no other way to log in"},
				{`{"password":false,"passkeys":true,"oidc":null}`, place.byPasskey},
				{`{"password":false,"passkeys":false,"oidc":{` + acme + `}}`, place.byProvider},
				{`{"password":false,"passkeys":true,"oidc":{` + acme + `}}`, place.byProvider},
				{`{"password":true,"passkeys":true,"oidc":{` + acme + `}}`, ""},
				{`{"password":true,"passkeys":false,"oidc":{` + acme + `}}`, ""},
				{`{"password":true,"passkeys":true,"oidc":null}`, ""},
				{`{"password":true,"passkeys":false,"oidc":null}`, ""},
			} {
				a := change(tc.login)
				if tc.refusal == "" {
					assert.Equal(t, 200, a.Status, "%s: %s", tc.login, a.Body)
					continue
				}
				assert.Equal(t, 400, a.Status, tc.login)
				assert.Contains(t, a.Body, "login.password: cannot be off", tc.login)
				assert.Contains(t, a.Body, tc.refusal, tc.login)
			}
			if place.byProvider == "" { // what is the only way left cannot go
				require.Equal(t, 200, change(`{"password":false,"oidc":{`+acme+`}}`).Status)
				assert.Equal(t, 400, change(`{"oidc":null}`).Status)
			}
		})
	}
}

// A server that has lost its name keeps what was set, and takes changes of all else.
func TestServerThatHasLostItsName(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Reach(server.AddressOptions{PublicURL: here})
	w.Set(`{"login":{"password":false}}`)
	w = servertest.On(t, w.Engine, server.Limits{})
	w.Set(`{"queue":{"active":true}}`)
	w.Rest("PUT", "/settings", servertest.Secret(), `{"login":{"secondFactor":"off"}}`).RequireRefused(400, "-public-url or -hosts")
	w.Set(`{"login":{"password":true}}`)
	w.Agent("agent1")
}
