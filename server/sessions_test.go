package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

func sessionsOf(t testing.TB, w *servertest.World, h http.Header, query string) []any {
	t.Helper()
	a := w.Rest("GET", "/sessions"+query, h, "")
	require.Equal(t, 200, a.Status, a.Body)
	return a.JSON["sessions"].([]any)
}

// Users see where they are logged in, and end a session there, on every node at once.
func TestSessionsAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	w, other := servertest.On(t, e, server.Limits{}), servertest.On(t, e, server.Limits{})
	laptop, lost := w.Agent("agent1"), w.Agent("agent1")
	here, there := w.Open(t, laptop), other.Open(t, lost)
	list := sessionsOf(t, w, servertest.As(laptop), "")
	require.Len(t, list, 2)
	current := map[any]any{}
	for _, session := range list {
		current[servertest.Dig(session, "id")] = servertest.Dig(session, "current")
		assert.Equal(t, "127.0.0.0/24", servertest.Dig(session, "network"))
		assert.Contains(t, servertest.Dig(session, "userAgent"), "Go-http-client")
		assert.NotContains(t, session, "token")
	}
	assert.Equal(t, map[any]any{ids.Digest(laptop.Token): true, ids.Digest(lost.Token): nil}, current)

	w.Rest("DELETE", "/sessions/"+ids.Digest(lost.Token), servertest.As(laptop), "").RequireDone()
	there.Ended()
	w.Rest("GET", "/sessions", servertest.As(lost), "").RequireRefused(401, "session")
	w.Rest("DELETE", "/sessions/"+ids.Digest(lost.Token), servertest.As(laptop), "").RequireRefused(404, "no session")
	here.Ask("users:chats", nil)
}

// Others' sessions are for supervisors and the app's secret.
func TestSessionsOfOthers(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera, paul := w.Visitor("Vera"), w.Visitor("Paul")
	agent, lead := w.Agent("agent1"), w.Agent("lead")
	for _, who := range []servertest.Login{paul, agent} {
		w.Rest("GET", "/sessions?userId="+vera.ID, servertest.As(who), "").RequireRefused(403, vera.ID)
		w.Rest("DELETE", "/sessions/"+ids.Digest(vera.Token)+"?userId="+vera.ID, servertest.As(who), "").RequireRefused(403, vera.ID)
		w.Rest("DELETE", "/sessions/"+ids.Digest(vera.Token), servertest.As(who), "").RequireRefused(404, "no session")
	}
	w.Rest("GET", "/sessions", servertest.Secret(), "").RequireRefused(400, "userId")
	w.Rest("DELETE", "/sessions/x", servertest.Secret(), "").RequireRefused(404, "no session")
	w.Rest("GET", "/sessions?userId=nobody", servertest.As(lead), "").RequireRefused(404, "user")
	visitor, duty := w.Open(t, vera), w.Open(t, agent).OnDuty()
	for _, who := range []http.Header{servertest.As(lead), servertest.Secret()} {
		assert.Len(t, sessionsOf(t, w, who, "?userId="+vera.ID), 1)
		assert.Len(t, sessionsOf(t, w, who, "?userId="+agent.ID), 1)
	}
	w.Rest("DELETE", "/sessions/"+ids.Digest(vera.Token)+"?userId="+vera.ID, servertest.As(lead), "").RequireDone()
	visitor.Ended()
	w.Rest("GET", "/users/"+vera.ID, servertest.As(vera), "").RequireRefused(401, "session")
	w.Rest("DELETE", "/sessions/"+ids.Digest(agent.Token)+"?userId="+agent.ID, servertest.Secret(), "").RequireDone()
	duty.Ended()
	assert.EqualValues(t, 0, w.Available(""), "an agent without a session is not on duty")
}

// A connection lives no longer than its session, and with no other rights than its user
// has, also where nobody has told its node.
func TestConnectionsOfSessionsThatAreOver(t *testing.T) {
	t.Parallel()
	agent := func(patch identity.AgentPatch) func(*servertest.World, servertest.Login) error {
		return func(w *servertest.World, l servertest.Login) error {
			_, err := w.Identity.UpdateAgent(t.Context(), "demo", l.ID, patch)
			return err
		}
	}
	role, disabled := identity.RoleAgent, true
	for _, tc := range []struct {
		name string
		do   func(*servertest.World, servertest.Login) error
	}{
		{"revoked", func(w *servertest.World, l servertest.Login) error {
			return w.Identity.Revoke(t.Context(), ids.Key{App: "demo", ID: l.ID}, ids.Digest(l.Token))
		}},
		{"logged out everywhere", func(w *servertest.World, l servertest.Login) error {
			return w.Identity.EndSessions(t.Context(), "demo", l.ID)
		}},
		{"demoted", agent(identity.AgentPatch{Role: &role})},
		{"out of a room", agent(identity.AgentPatch{Rooms: &[]string{"1"}})},
		{"disabled", agent(identity.AgentPatch{Disabled: &disabled})},
		{"removed", func(w *servertest.World, l servertest.Login) error {
			return w.Identity.RemoveAgent(t.Context(), "demo", l.ID)
		}},
		{"erased", func(w *servertest.World, l servertest.Login) error {
			return w.Identity.EraseUser(t.Context(), "demo", l.ID)
		}},
		{"without their app", func(w *servertest.World, _ servertest.Login) error { return w.Identity.ShutApp(t.Context(), "demo") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := storetest.Engine(t, t.TempDir())
			w := servertest.With(t, e, server.Options{}, identity.AgentSessions(identity.Life{Unused: time.Minute, Whole: time.Hour})) // looks each 0.6 s
			lead := w.Agent("lead")
			p := w.Open(t, lead)
			p.Ask("users:chats", nil)
			require.NoError(t, tc.do(w, lead))
			p.Ended()
		})
	}
}
