package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/servertest"
)

// Agents may be linked by the app's secret, and then only so.
func TestLinkedAgents(t *testing.T) {
	t.Parallel()
	w, p, _ := trusting(t)
	p.let(w, "firstLogin", "none")
	finish(w, p.signIn(w, verified("sub-1", "anna@acme.example"))).RequireRefused(403, "ask a supervisor")
	anna, lead := w.Agent("agent1"), w.Agent("lead")
	put := func(who servertest.Login, body string) servertest.Answer {
		return w.Rest("PUT", "/agents/"+who.ID, servertest.Secret(), body)
	}
	require.Equal(t, 200, put(anna, `{"oidcSubject":"sub-1"}`).Status)
	put(lead, `{"oidcSubject":"sub-1"}`).RequireRefused(409, "oidcSubject: another agent has it")
	put(lead, `{"email":"ANNA@acme.example"}`).RequireRefused(409, "email: another agent has it")
	put(lead, `{"email":"nobody"}`).RequireRefused(400, `email: "nobody" is not an email address`)
	w.Rest("GET", "/account", servertest.As(anna), "").RequireRefused(401, "session is over")
	assert.Equal(t, anna.ID, w.Session(finish(w, p.signIn(w, verified("sub-1", "")))).ID)
	require.Equal(t, 200, put(anna, `{"oidcSubject":""}`).Status)
	finish(w, p.signIn(w, verified("sub-1", ""))).RequireRefused(403, "ask a supervisor")
	require.Equal(t, 200, put(lead, `{"oidcSubject":"sub-1"}`).Status)
	require.Equal(t, 200, put(lead, `{"disabled":true}`).Status)
	finish(w, p.signIn(w, verified("sub-1", ""))).RequireRefused(403, "disabled")
}

// Who was linked by the email is found by it no more when the secret has unlinked them, until
// it sets an email again. The secret and supervisors see who is linked, and so does the log.
func TestUnlinkedAgents(t *testing.T) {
	t.Parallel()
	w, p, log := trusting(t)
	anna := w.Session(finish(w, p.signIn(w, verified("sub-1", "anna@acme.example"))))
	line := log.lines(t, "agent linked")
	require.Len(t, line, 1)
	assert.Equal(t, []any{"anna", "sub-1"}, []any{line[0]["username"], line[0]["subject"]})
	known := func() []any {
		a := w.Rest("GET", "/agents/"+anna.ID, servertest.Secret(), "")
		return []any{servertest.Dig(a.JSON, "agent", "email"), servertest.Dig(a.JSON, "agent", "oidcSubject")}
	}
	assert.Equal(t, []any{"anna@acme.example", "sub-1"}, known())
	assert.Contains(t, w.Rest("GET", "/agents/"+anna.ID, servertest.As(w.Agent("lead")), "").Body, "sub-1")
	assert.NotContains(t, w.Rest("GET", "/agents/"+anna.ID, servertest.As(w.Agent("agent1")), "").Body, "sub-1")
	put := func(body string) {
		a := w.Rest("PUT", "/agents/"+anna.ID, servertest.Secret(), body)
		require.Equal(t, 200, a.Status, a.Body)
	}
	put(`{"oidcSubject":""}`)
	assert.Equal(t, []any{"anna@acme.example", ""}, known())
	for _, subject := range []string{"sub-1", "sub-2"} {
		finish(w, p.signIn(w, verified(subject, "anna@acme.example"))).RequireRefused(403, "ask a supervisor")
	}
	put(`{"email":"anna@acme.example"}`)
	assert.Equal(t, anna.ID, w.Session(finish(w, p.signIn(w, verified("sub-2", "anna@acme.example")))).ID)
	assert.Len(t, log.lines(t, "agent linked"), 2)
}

// No two agents have one email, also where it is the user name.
func TestEmailsOfAgentsAreUnique(t *testing.T) {
	t.Parallel()
	w, _, _ := trusting(t)
	create := func(body string) servertest.Answer {
		return w.Rest("POST", "/agents", servertest.Secret(), body)
	}
	create(`{"username":"Anna@acme.example","password":"long enough"}`).RequireRefused(409, "username: another agent has it")
	made := create(`{"username":"kim@acme.example","password":"long enough","email":"other@acme.example"}`)
	require.Equal(t, 200, made.Status, made.Body)
	require.Equal(t, 200, create(`{"username":"kim","password":"long enough","email":"KIM@acme.example"}`).Status)
	w.Rest("PUT", "/agents/"+made.Text("user", "id"), servertest.Secret(), `{"email":""}`).RequireRefused(409, "username: another agent has it")
}
