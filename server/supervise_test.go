package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// Supervisors manage the accounts of agents. Nobody changes their own so, and what lets in
// as another supervisor is left to the app's secret.
func TestSupervisorsManageAccounts(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	leader := w.Agent("lead")
	lead, mine := servertest.As(leader), servertest.Secret()
	made := w.Rest("POST", "/agents", lead, `{"username":"nina","password":"several words of hers","name":"Nina","rooms":["1"],"langs":["en"]}`)
	require.Equal(t, 200, made.Status, made.Body)
	nina := "/agents/" + made.Text("user", "id")
	for _, body := range []string{`{"name":"Nina B","rooms":["1","2"]}`, `{"password":"another few words"}`, `{"resetSecondFactor":true}`, `{"email":"nina@example.com"}`} {
		require.Equal(t, 200, w.Rest("PUT", nina, lead, body).Status, body)
	}
	a := w.Rest("GET", nina, lead, "")
	assert.Equal(t, []any{"nina", "nina@example.com"}, []any{a.Text("agent", "username"), a.Text("agent", "email")})

	require.Equal(t, 200, w.Rest("PUT", nina, lead, `{"role":"supervisor"}`).Status)
	for _, body := range []string{`{"password":"another few words"}`, `{"resetSecondFactor":true}`, `{"email":""}`, `{"oidcSubject":"x"}`} {
		w.Rest("PUT", nina, lead, body).RequireRefused(403, "another supervisor's")
	}
	w.Rest("DELETE", nina, lead, "").RequireRefused(403, "another supervisor's")
	require.Equal(t, 200, w.Rest("PUT", nina, lead, `{"disabled":true}`).Status)
	assert.Equal(t, true, servertest.Dig(w.Rest("GET", nina, lead, "").JSON, "agent", "disabled"))
	require.Equal(t, 200, w.Rest("PUT", nina, lead, `{"role":"agent"}`).Status)

	for _, body := range []string{`{"role":"agent"}`, `{"disabled":true}`, `{"password":"another few words"}`, `{"name":"Boss"}`} {
		w.Rest("PUT", "/agents/"+leader.ID, lead, body).RequireRefused(403, "own account")
		w.Rest("PUT", nina, servertest.As(w.Agent("agent1")), body).RequireRefused(403, "supervisors")
	}
	w.Rest("DELETE", "/agents/"+leader.ID, lead, "").RequireRefused(403, "own account")
	w.Rest("PUT", "/agents/nobody", lead, `{"name":"x"}`).RequireRefused(404, "unknown agent")
	w.Rest("DELETE", "/agents/nobody", lead, "").RequireRefused(404, "unknown agent")

	require.Equal(t, 200, w.Rest("DELETE", nina, lead, "").Status)
	w.Rest("GET", nina, mine, "").RequireRefused(404, "unknown agent")
	require.Equal(t, 200, w.Rest("PUT", "/agents/"+leader.ID, mine, `{"name":"Boss"}`).Status)
}

// Who asks decides which accounts are listed, and how much of them.
func TestAccountsAreListedForSupervisors(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	gone := w.Agent("agent2")
	require.Equal(t, 200, w.Rest("PUT", "/agents/"+gone.ID, servertest.Secret(), `{"disabled":true}`).Status)
	names := func(l servertest.Login, query string) (list []any) {
		for _, one := range w.Rest("GET", "/agents"+query, servertest.As(l), "").JSON["agents"].([]any) {
			list = append(list, servertest.Dig(one, "username"))
		}
		return list
	}
	lead, agent := w.Agent("lead"), w.Agent("agent1")
	assert.Equal(t, []any{"agent1", "lead"}, names(lead, ""))
	assert.Equal(t, []any{"agent1", "agent2", "lead"}, names(lead, "?disabled=true"))
	assert.Equal(t, []any{nil, nil}, names(agent, "?disabled=true"))
	w.Rest("GET", "/agents/"+gone.ID, servertest.As(agent), "").RequireRefused(404, "unknown agent")
}
