package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

const here = "http://localhost:8000"

// at makes a request one to the host of an origin.
func at(origin string, h http.Header) http.Header {
	_, host, _ := strings.Cut(origin, "://")
	h.Set("X-Forwarded-Host", host)
	return h
}

// options begins something with passkeys, and gives what an authenticator is asked for.
func options(w *servertest.World, path string, h http.Header, body string) servertest.Object {
	w.T.Helper()
	a := w.Rest("POST", path, h, body)
	require.Equal(w.T, 200, a.Status, a.Body)
	return a.JSON["options"].(servertest.Object)
}

// addPasskey makes a passkey by an authenticator, and tries to add it.
func addPasskey(w *servertest.World, l servertest.Login, by *servertest.Authenticator) servertest.Answer {
	w.T.Helper()
	asked := options(w, "/account/passkeys", at(here, servertest.As(l)), `{"password":"demo"}`)
	body := servertest.JSON(servertest.Obj("name", "Phone", "credential", by.Make(asked)))
	return w.Rest("POST", "/account/passkeys/confirm", at(here, servertest.As(l)), string(body))
}

// withPasskey gives an agent a passkey, and its id and its authenticator.
func withPasskey(w *servertest.World, l servertest.Login) (id string, by *servertest.Authenticator) {
	w.T.Helper()
	by = servertest.NewAuthenticator(w.T, here)
	added := addPasskey(w, l, by)
	require.Equal(w.T, 200, added.Status, added.Body)
	return added.Text("passkey", "id"), by
}

// askPasskey begins a log-in by passkey at the server's host.
func askPasskey(w *servertest.World) servertest.Object {
	w.T.Helper()
	return options(w, "/agents/login/passkey", at(here, servertest.App()), "")
}

// usePasskey ends a log-in by passkey from an address; more is added to the request.
func usePasskey(w *servertest.World, client string, credential any, more ...any) servertest.Answer {
	w.T.Helper()
	h := at(here, servertest.App())
	h.Set("X-Forwarded-For", client)
	asked := servertest.Obj(append([]any{"credential", credential}, more...)...)
	return w.Rest("POST", "/agents/login/passkey/confirm", h, string(servertest.JSON(asked)))
}

func loginByPasskey(w *servertest.World, by *servertest.Authenticator) servertest.Answer {
	w.T.Helper()
	return usePasskey(w, office, by.Use(askPasskey(w)))
}

// An agent logs in by a passkey alone, also where the password needs a second factor.
func TestLoginByPasskey(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent := w.Agent("agent1")
	asked := options(w, "/account/passkeys", at(here, servertest.As(agent)), `{"password":"demo"}`)
	assert.Equal(t, servertest.Obj("id", "localhost", "name", "Demo"), asked["rp"])
	assert.Equal(t, servertest.Obj("residentKey", "required", "requireResidentKey", true, "userVerification", "required"), asked["authenticatorSelection"])
	assert.NotContains(t, servertest.Dig(asked, "user", "id"), "agent1")
	assert.Equal(t, "agent1", servertest.Dig(asked, "user", "name"))

	id, by := withPasskey(w, agent)
	w.Set(`{"login":{"secondFactor":"required"}}`)
	asked = askPasskey(w)
	assert.Equal(t, "localhost", asked["rpId"])
	assert.Equal(t, "required", asked["userVerification"])
	assert.NotContains(t, asked, "allowCredentials", "nobody learns who has one")
	in := w.Session(usePasskey(w, office, by.Use(asked)))
	assert.Equal(t, agent.ID, in.ID)
	w.Open(t, in)
	sessions := w.Rest("GET", "/sessions", servertest.As(in), "").JSON["sessions"].([]any)
	require.Len(t, sessions, 2)
	assert.Equal(t, "passkey", servertest.Dig(sessions[0], "by"))
	assert.Equal(t, "password", servertest.Dig(sessions[1], "by"))

	list := servertest.Dig(w.Rest("GET", "/account", servertest.As(in), "").JSON, "account", "passkeys").([]any)
	require.Len(t, list, 1)
	has := list[0].(servertest.Object)
	assert.Equal(t, []any{id, "Phone", "localhost"}, []any{has["id"], has["name"], has["host"]})
	assert.GreaterOrEqual(t, has["used"], has["created"])

	device := usePasskey(w, office, by.Use(askPasskey(w)), "device", "")
	assert.NotEmpty(t, device.Text("device"))
}

// What a passkey needs is checked one by one. All of it is refused with the same words,
// which do not tell whether there is such an agent; the log has the reason.
func TestPasskeysThatAreRefused(t *testing.T) {
	t.Parallel()
	w, log := guarded(t)
	first, second := w.Agent("agent1"), w.Agent("agent2")
	_, theirs := withPasskey(w, second)
	clients := 0
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, by *servertest.Authenticator)
		use   func(w *servertest.World, by *servertest.Authenticator) any // nil to use it as it is
		log   string
	}{
		"page of another origin": {spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Origin = "http://localhost:9000" }, log: "origin"},
		"page of another host":   {spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Host = "evil.example" }, log: "RP Hash mismatch"},
		"nobody has shown who they are": {
			spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Unverified = true }, log: "User verification",
		},
		"count that has gone back": {spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Count = 0 }, log: "there is a copy of it"},
		"count that stays": {spoil: func(t *testing.T, by *servertest.Authenticator) {
			require.Equal(t, 200, loginByPasskey(w, by).Status)
			by.Count--
		}, log: "there is a copy of it"},
		"other user's name on it":     {spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Handle = second.ID }, log: "Unable to find the credential"},
		"name of nobody on it":        {spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Handle = "nobody" }, log: "User handle and User ID do not match"},
		"name that is no id":          {spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Handle = "x.*.>" }, log: "User handle and User ID do not match"},
		"that may be on more devices": {spoil: func(_ *testing.T, by *servertest.Authenticator) { by.Syncs = true }, log: "Backup Eligible flag inconsistency"},
		"challenge that was used": {use: func(w *servertest.World, by *servertest.Authenticator) any {
			asked := askPasskey(w)
			require.Equal(w.T, 200, usePasskey(w, office, by.Use(asked)).Status)
			return by.Use(asked)
		}, log: "the challenge is unknown, or was used before"},
		"challenge of one's own": {use: func(w *servertest.World, by *servertest.Authenticator) any {
			return by.Use(servertest.Obj("rpId", "localhost", "challenge", strings.Repeat("A", 43)))
		}, log: "the challenge is unknown"},
		"challenge of another app": {use: func(w *servertest.World, by *servertest.Authenticator) any {
			other, _ := w.NewApp("other")
			return by.Use(options(w, "/agents/login/passkey", at(here, other), ""))
		}, log: "the challenge is unknown"},
		"challenge of another host": {use: func(w *servertest.World, by *servertest.Authenticator) any {
			return by.Use(options(w, "/agents/login/passkey", at("http://a.localhost", servertest.App()), ""))
		}, log: "the challenge was made for something else"},
		"challenge for a new passkey": {use: func(w *servertest.World, by *servertest.Authenticator) any {
			asked := options(w, "/account/passkeys", at(here, servertest.As(first)), `{"password":"demo"}`)
			asked["rpId"] = "localhost"
			return by.Use(asked)
		}, log: "the challenge was made for something else"},
		"signature of another": {use: func(w *servertest.World, by *servertest.Authenticator) any {
			asked := askPasskey(w)
			mine, other := by.Use(asked), theirs.Use(asked)
			mine["response"].(servertest.Object)["signature"] = servertest.Dig(other, "response", "signature")
			return mine
		}, log: "assertion signature"},
		"nothing at all": {use: func(*servertest.World, *servertest.Authenticator) any { return servertest.Obj() }, log: "ID missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, by := withPasskey(w, first)
			if tc.spoil != nil {
				tc.spoil(t, by)
			}
			var credential any
			if tc.use != nil {
				credential = tc.use(w, by)
			} else {
				credential = by.Use(askPasskey(w))
			}
			clients++
			client := fmt.Sprintf("192.0.2.%d", clients)
			lines := len(log.lines(t, "log-in failed"))
			refused := usePasskey(w, client, credential)
			refused.RequireRefused(401, "the passkey is not known here, or its answer came too late")
			assert.Equal(t, "wrong-passkey", refused.Text("error", "reason"))
			line := log.lines(t, "log-in failed")[lines]
			assert.Contains(t, line["detail"], tc.log)
			assert.Equal(t, "wrong-passkey", line["reason"])
		})
	}
	require.Equal(t, 200, loginByPasskey(w, theirs).Status, "what was refused for one agent holds up no other")
}

// A passkey ends with its removal, with its agent, and with what takes the account back
// from whoever has got into it. The agent's own change of password leaves it.
func TestPasskeysEnd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end  func(w *servertest.World, l servertest.Login, id string) servertest.Answer
		code int // of a later log-in
	}{
		"removed": {func(w *servertest.World, l servertest.Login, id string) servertest.Answer {
			w.Rest("DELETE", "/account/passkeys/"+id, servertest.As(l), `{"password":"not it"}`).RequireRefused(401, "wrong")
			w.Rest("DELETE", "/account/passkeys/other", servertest.As(l), `{"password":"demo"}`).RequireRefused(404, "no passkey")
			return w.Rest("DELETE", "/account/passkeys/"+id, servertest.As(l), `{"password":"demo"}`)
		}, 401},
		"agent removed": {func(w *servertest.World, l servertest.Login, _ string) servertest.Answer {
			return w.Rest("DELETE", "/agents/"+l.ID, servertest.Secret(), "")
		}, 401},
		"agent disabled": {func(w *servertest.World, l servertest.Login, _ string) servertest.Answer {
			return w.Rest("PUT", "/agents/"+l.ID, servertest.Secret(), `{"disabled":true}`)
		}, 403},
		"password set by the secret": {func(w *servertest.World, l servertest.Login, _ string) servertest.Answer {
			return w.Rest("PUT", "/agents/"+l.ID, servertest.Secret(), `{"password":"the secret's choice"}`)
		}, 401},
		"second factor reset": {func(w *servertest.World, l servertest.Login, _ string) servertest.Answer {
			return w.Rest("PUT", "/agents/"+l.ID, servertest.Secret(), `{"resetSecondFactor":true}`)
		}, 401},
		"off in the app": {func(w *servertest.World, _ servertest.Login, _ string) servertest.Answer {
			return w.Rest("PUT", "/settings", servertest.Secret(), `{"login":{"passkeys":false}}`)
		}, 403},
		"own change of password": {func(w *servertest.World, l servertest.Login, _ string) servertest.Answer {
			return w.Rest("PUT", "/account/password", servertest.As(l), `{"password":"demo","newPassword":"something new"}`)
		}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{})
			agent := w.Agent("agent1")
			id, by := withPasskey(w, agent)
			credential := by.Use(askPasskey(w))
			done := tc.end(w, agent, id)
			require.Equal(t, 200, done.Status, done.Body)
			assert.Equal(t, tc.code, usePasskey(w, office, credential).Status)
		})
	}
}

// A passkey is added by the agent alone, who gives their password, and under a name.
func TestAddingPasskeys(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent, other := w.Agent("agent1"), w.Agent("agent2")
	begin := func(l servertest.Login, password string) servertest.Answer {
		return w.Rest("POST", "/account/passkeys", at(here, servertest.As(l)), `{"password":"`+password+`"}`)
	}
	add := func(l servertest.Login, name string, credential any) servertest.Answer {
		return w.Rest("POST", "/account/passkeys/confirm", at(here, servertest.As(l)), string(servertest.JSON(servertest.Obj("name", name, "credential", credential))))
	}
	begin(agent, "not it").RequireRefused(401, "wrong")
	w.Rest("POST", "/account/passkeys", at(here, servertest.As(w.Visitor("Vera"))), `{"password":"demo"}`).RequireRefused(403, "only agents")
	for _, unsure := range []string{"http://127.0.0.1", "http://chat.example"} {
		w.Rest("POST", "/account/passkeys", at(unsure, servertest.As(agent)), `{"password":"demo"}`).RequireRefused(403, "-public-url")
		w.Rest("POST", "/agents/login/passkey", at(unsure, servertest.App()), "").RequireRefused(403, "-public-url")
	}

	by := servertest.NewAuthenticator(t, here)
	asked := options(w, "/account/passkeys", at(here, servertest.As(agent)), `{"password":"demo"}`)
	add(agent, " ", by.Make(asked)).RequireRefused(400, "name: must not be empty")
	add(agent, strings.Repeat("x", 65), by.Make(asked)).RequireRefused(400, "name: 65 characters")
	add(other, "Phone", by.Make(asked)).RequireRefused(401, "passkey")
	add(agent, "Phone", by.Make(asked)).RequireRefused(401, "passkey") // the challenge has been used
	by.Unverified = true
	addPasskey(w, agent, by).RequireRefused(401, "passkey")
	by.Unverified, by.Origin = false, "http://localhost:9000"
	addPasskey(w, agent, by).RequireRefused(401, "passkey")
	by.Origin = here
	require.Equal(t, 200, addPasskey(w, agent, by).Status)
	addPasskey(w, agent, by).RequireRefused(401, "passkey") // it is there already
	for range 19 {
		withPasskey(w, agent)
	}
	begin(agent, "demo").RequireRefused(403, "20 passkeys")
	w.Set(`{"login":{"passkeys":false}}`)
	begin(other, "demo").RequireRefused(403, "nobody log in by a passkey")
}

// Who tries passkeys holds up themselves, not a device that is known.
func TestPasskeysAreNotGuessed(t *testing.T) {
	t.Parallel()
	w := inNoTime(t)
	_, by := withPasskey(w, w.Agent("agent1"))
	device := knownDevice(w, office, "agent1")
	for range 5 {
		usePasskey(w, office, by.Use(servertest.Obj("rpId", "localhost", "challenge", strings.Repeat("A", 43)))).RequireRefused(401, "passkey")
	}
	refused := usePasskey(w, office, by.Use(askPasskey(w)))
	refused.RequireRefused(429, "too many failed log-ins")
	assert.NotEmpty(t, refused.Header.Get("Retry-After"))
	w.Session(usePasskey(w, office, by.Use(askPasskey(w)), "device", device))
	w.Session(usePasskey(w, "192.0.2.1", by.Use(askPasskey(w))))
}
