package server_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// An agent's other sessions end with their old password; the one that asks goes on.
func TestAgentChangesOwnPassword(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	here, there := w.Agent("agent1"), w.Agent("agent1")
	connectedHere, connectedThere := w.Open(t, here), w.Open(t, there)
	change := func(l servertest.Login, before, after string) servertest.Answer {
		body := servertest.JSON(servertest.Obj("password", before, "newPassword", after))
		return w.Rest("PUT", "/account/password", servertest.As(l), string(body))
	}
	change(here, "not it", "something new").RequireRefused(401, "wrong")
	change(here, "demo", "agent1234").RequireRefused(400, "first that are guessed")
	change(here, "demo", "something new").RequireDone()

	assert.EqualValues(t, 4001, connectedThere.Next("bye")["code"])
	w.Rest("GET", "/agents", servertest.As(there), "").RequireRefused(401, "token")
	require.Equal(t, 200, w.Rest("GET", "/agents", servertest.As(here), "").Status)
	connectedHere.Ask("users:chats", nil)
	w.Rest("POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"demo"}`).RequireRefused(401, "wrong")
	third := w.Session(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"something new"}`))

	change(third, "something new", "another new one").RequireDone()
	w.Rest("GET", "/agents", servertest.As(here), "").RequireRefused(401, "token")
	w.Rest("PUT", "/agents/"+third.ID, servertest.Secret(), `{"password":"the secret's choice"}`)
	w.Rest("GET", "/agents", servertest.As(third), "").RequireRefused(401, "token")
}

// Who has got hold of a session cannot guess the password through it.
func TestOwnPasswordIsNotGuessed(t *testing.T) {
	t.Parallel()
	w := inNoTime(t)
	agent := w.Agent("agent1")
	guess := func() servertest.Answer {
		return w.Rest("PUT", "/account/password", servertest.As(agent), `{"password":"a guess","newPassword":"something new"}`)
	}
	for range 5 {
		guess().RequireRefused(401, "wrong")
	}
	guess().RequireRefused(429, "too many")
	w.Agent("agent1") // the log-in is not held up
}

// A change of the own account that is refused is no log-in that failed: the log says what it
// was.
func TestRefusedChangesOfAccountAreLogged(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Logger: slog.New(slog.NewJSONHandler(log, nil))})
	agent := w.Agent("agent1")
	by := servertest.NewAuthenticator(t, here)
	made := func(name string) string {
		asked := options(w, "/account/passkeys", at(here, servertest.As(agent)), `{"password":"demo"}`)
		return string(servertest.JSON(servertest.Obj("name", name, "credential", by.Make(asked))))
	}
	const wrong = `{"password":"not it"}`
	for _, tc := range []struct{ method, path, body, change, reason string }{
		{"PUT", "/account/password", `{"password":"not it","newPassword":"something new"}`, "password", "wrong-password"},
		{"PUT", "/account/password", `{"password":"demo","newPassword":"agent1234"}`, "password", "weak-password"},
		{"POST", "/account/passkeys", wrong, "new passkey", "wrong-password"},
		{"POST", "/account/passkeys/confirm", made(strings.Repeat("x", 1000)), "new passkey", "value-too-long"},
		{"DELETE", "/account/passkeys/any", wrong, "removal of a passkey", "wrong-password"},
		{"POST", "/account/totp", wrong, "new authenticator app", "wrong-password"},
		{"DELETE", "/account/totp", wrong, "removal of the authenticator app", "wrong-password"},
	} {
		before := len(log.lines(t, "account change refused"))
		a := w.Rest(tc.method, tc.path, at(here, servertest.As(agent)), tc.body)
		require.GreaterOrEqual(t, a.Status, 400, a.Body)
		lines := log.lines(t, "account change refused")
		require.Len(t, lines, before+1, "%s %s: %s", tc.method, tc.path, a.Body)
		line := lines[before]
		delete(line, "time")
		assert.Equal(t, servertest.Obj("level", "WARN", "msg", "account change refused", "app", "demo", "username", "agent1",
			"client", "127.0.0.1", "change", tc.change, "reason", tc.reason), line)
	}
	assert.Empty(t, log.lines(t, "log-in failed"))
}

// Only who has an account has a password: no visitor, and no secret for somebody else.
func TestOwnAccountIsTheAgents(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent := w.Agent("agent1")
	body := `{"password":"demo","newPassword":"something new","userId":"` + agent.ID + `"}`
	w.Rest("PUT", "/account/password", servertest.As(w.Visitor("Vera")), `{}`).RequireRefused(403, "only agents")
	w.Rest("PUT", "/account/password", servertest.Secret(), body).RequireRefused(403, "only agents")
	w.Rest("PUT", "/account/password", servertest.As(w.Agent("agent2")), body).RequireRefused(403, "the session is of user")
}

// Visitors trust the names that they see: agents do not choose their own.
func TestNamesOfAgentsAreTheSupervisors(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent, lead := w.Agent("agent1"), w.Agent("lead")
	for _, body := range []string{`{"nickname":"System"}`, `{"name":"System"}`} {
		w.Rest("PUT", "/users/"+agent.ID, servertest.As(agent), body).RequireRefused(403, "supervisors")
		w.Rest("PUT", "/agents/"+agent.ID+"/name", servertest.As(agent), body).RequireRefused(403, "supervisors")
		require.Equal(t, 200, w.Rest("PUT", "/users/"+lead.ID, servertest.As(lead), body).Status)
	}
	require.Equal(t, 200, w.Rest("PUT", "/users/"+agent.ID, servertest.As(agent), `{"contact":"a@example.com"}`).Status)
	a := w.Rest("PUT", "/agents/"+agent.ID+"/name", servertest.As(lead), `{"nickname":"Ann"}`)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, "Ann", a.Text("agent", "nickname"))
	assert.Equal(t, "Agent 1", a.Text("agent", "name"))
	w.Rest("PUT", "/agents/"+w.Visitor("Vera").ID+"/name", servertest.As(lead), `{"nickname":"Ann"}`).RequireRefused(404, "unknown agent")
}
