package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

func TestTeamAsAgentsSeeIt(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, agent, _ := w.Conversation(t)
	list := w.Rest("GET", "/agents/", servertest.As(agent.Login), "")
	require.Equal(t, 200, list.Status, list.Body)
	team := list.JSON["agents"].([]any)
	require.Len(t, team, 3)
	assert.Equal(t, servertest.Obj("id", agent.Login.ID, "name", "Agent 1", "nickname", "Agent 1", "providerId", agent.Login.ID, "role", "agent",
		"rooms", []any{"1", "2"}, "langs", []any{}, "available", true, "chats", 1.0), team[0])
	assert.Equal(t, servertest.Obj("available", false, "chats", 0.0, "role", "supervisor"),
		servertest.Obj("available", servertest.Dig(team[2], "available"), "chats", servertest.Dig(team[2], "chats"), "role", servertest.Dig(team[2], "role")))
	assert.Equal(t, team[0], w.Rest("GET", "/agents/"+agent.Login.ID, servertest.As(agent.Login), "").JSON["agent"])

	one := w.Rest("GET", "/agents/"+agent.Login.ID, servertest.Secret(), "").JSON["agent"]
	assert.Equal(t, "agent1", servertest.Dig(one, "username"))
	assert.Equal(t, false, servertest.Dig(one, "disabled"))
}

func TestAgentIsChanged(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	l := w.Agent("agent1")
	agent := w.Open(t, l)
	a := w.Rest("PUT", "/agents/"+l.ID, servertest.Secret(), `{"name":"Ann","nickname":"","role":"supervisor","rooms":["2"],"langs":"en, es"}`)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, []any{"Ann", "Ann", "supervisor", []any{"2"}, []any{"en", "es"}}, []any{
		servertest.Dig(a.JSON, "agent", "name"), servertest.Dig(a.JSON, "agent", "nickname"), servertest.Dig(a.JSON, "agent", "role"), servertest.Dig(a.JSON, "agent", "rooms"), servertest.Dig(a.JSON, "agent", "langs")})
	assert.EqualValues(t, 4001, agent.Next("bye")["code"], "what is connected must ask for its rights anew")
	again := w.Open(t, l) // the session lives
	again.Refused("agents:available", servertest.Obj("available", true, "rooms", []string{"1"}), 403, "rooms")

	a = w.Rest("PUT", "/agents/"+l.ID, servertest.Secret(), `{}`)
	assert.Equal(t, "Ann", a.Text("agent", "name"), "what is left out stays")
}

func TestNewPasswordEndsSessions(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	l := w.Agent("agent1")
	require.Equal(t, 200, w.Rest("PUT", "/agents/"+l.ID, servertest.Secret(), `{"password":"something new"}`).Status)
	w.Rest("GET", "/agents", servertest.As(l), "").RequireRefused(401, "token")
	w.Rest("POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"demo"}`).RequireRefused(401, "password")
	w.Session(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"something new"}`))
}

// The connections of an agent who is disabled end, even if their chats cannot be handed on.
func TestDisabledAgentIsOutThoughRetiringFails(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	require.NoError(t, w.Engine.JS.DeleteKeyValue(t.Context(), "parley_duty"))
	a := w.Rest("PUT", "/agents/"+agent.Login.ID, servertest.Secret(), `{"disabled":true}`)
	require.GreaterOrEqual(t, a.Status, 500, a.Body)
	assert.EqualValues(t, 4001, agent.Next("bye")["code"])
}

// An agent who is disabled or removed is out at once, and no chat waits for them.
func TestAgentGoes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ method, body string }{
		"disabled": {"PUT", `{"disabled":true}`},
		"removed":  {"DELETE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := servertest.New(t, server.Limits{})
			visitor, agent, id := w.Conversation(t)
			other := w.Open(t, w.Agent("agent2"))
			other.OnDuty()
			a := w.Rest(tc.method, "/agents/"+agent.Login.ID, servertest.Secret(), tc.body)
			require.Equal(t, 200, a.Status, a.Body)

			assert.EqualValues(t, 4001, agent.Next("bye")["code"])
			assert.Equal(t, agent.Login.ID, visitor.Next(chat.EventLeave)["userId"])
			assert.Equal(t, id, other.Next("invitations:new")["chatId"], "the chat is for its room again")
			w.Rest("GET", "/agents", servertest.As(agent.Login), "").RequireRefused(401, "token")
			p := w.Dial(t)
			p.Refused("session:open", servertest.Obj("appId", "demo", "token", agent.Login.Token), 401, "token")
			assert.NotContains(t, servertest.IDs(w.Rest("GET", "/agents", servertest.As(other.Login), "").JSON["agents"]), agent.Login.ID)
			w.Rest("GET", "/agents/"+agent.Login.ID, servertest.As(other.Login), "").RequireRefused(404, agent.Login.ID)

			login := w.Rest("POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"demo"}`)
			if name == "removed" {
				login.RequireRefused(401, "password")
				w.Rest("DELETE", "/agents/"+agent.Login.ID, servertest.Secret(), "").RequireRefused(404, agent.Login.ID)
				require.Equal(t, 200, w.Rest("POST", "/agents", servertest.Secret(), `{"username":"agent1","password":"long enough"}`).Status)
				return
			}
			login.RequireRefused(403, "disabled")
			assert.Equal(t, true, servertest.Dig(w.Rest("GET", "/agents/"+agent.Login.ID, servertest.Secret(), "").JSON, "agent", "disabled"))
			require.Equal(t, 200, w.Rest("PUT", "/agents/"+agent.Login.ID, servertest.Secret(), `{"disabled":false}`).Status)
			w.Rest("GET", "/agents", servertest.As(agent.Login), "").RequireRefused(401, "token")
			w.Agent("agent1")
		})
	}
}

// A chat goes on if a colleague is in it.
func TestAgentGoesFromAColleague(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/join", servertest.As(w.Agent("agent2")), `{"assist":true}`).Status)
	visitor.Next(chat.EventJoin)
	require.Equal(t, 200, w.Rest("PUT", "/agents/"+agent.Login.ID, servertest.Secret(), `{"disabled":true}`).Status)
	assert.Equal(t, agent.Login.ID, visitor.Next(chat.EventLeave)["userId"])
	assert.Equal(t, "active", w.Rest("GET", "/chats/"+id, servertest.As(visitor.Login), "").Text("chat", "status"))
	assert.NotContains(t, visitor.Events(), chat.EventAlone)
}

func TestTeamRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	l, vera := w.Agent("agent1"), w.Visitor("Vera")
	path := "/agents/" + l.ID
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		about                    string
	}{
		{"no agent", "GET", "/agents/nobody", "", 404, "nobody"},
		{"a visitor is none", "GET", "/agents/" + vera.ID, "", 404, vera.ID},
		{"a visitor cannot become one", "PUT", "/agents/" + vera.ID, `{"role":"supervisor"}`, 404, vera.ID},
		{"a visitor cannot be removed", "DELETE", "/agents/" + vera.ID, "", 404, vera.ID},
		{"id that is none", "PUT", "/agents/a%2Fb", `{}`, 404, "a/b"},
		{"user name", "PUT", path, `{"username":"x"}`, 400, "username"},
		{"no name", "PUT", path, `{"name":" "}`, 400, "name"},
		{"name of the wrong type", "PUT", path, `{"name":1}`, 400, "name"},
		{"long name", "PUT", path, `{"name":"` + strings.Repeat("x", 201) + `"}`, 400, "name"},
		{"unknown role", "PUT", path, `{"role":"king"}`, 400, "role"},
		{"unknown room", "PUT", path, `{"rooms":["1","9"]}`, 400, `rooms: room: there is no room "9"`},
		{"rooms of the wrong type", "PUT", path, `{"rooms":{}}`, 400, "rooms"},
		{"language twice", "PUT", path, `{"langs":["en","en"]}`, 400, "langs"},
		{"short password", "PUT", path, `{"password":"x"}`, 400, "password"},
		{"disabled of the wrong type", "PUT", path, `{"disabled":"yes"}`, 400, "disabled"},
		{"new agent in an unknown room", "POST", "/agents", `{"username":"x","password":"long enough","rooms":["9"]}`, 400, "9"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Rest(tc.method, tc.path, servertest.Secret(), tc.body)
			a.T = t
			a.RequireRefused(tc.status, tc.about)
		})
	}
	assert.Equal(t, "Agent 1", w.Rest("GET", path, servertest.Secret(), "").Text("agent", "name"), "what is refused changes nothing")
}
