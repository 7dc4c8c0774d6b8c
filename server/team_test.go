package server

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/gateway"
)

func TestTeamAsAgentsSeeIt(t *testing.T) {
	w := newWorld(t, Limits{})
	_, agent, _ := w.conversation(t)
	list := w.rest("GET", "/agents/", as(agent.l), "")
	require.Equal(t, 200, list.status, list.body)
	team := list.json["agents"].([]any)
	require.Len(t, team, 3)
	assert.Equal(t, obj("id", agent.l.id, "name", "Agent 1", "nickname", "Agent 1", "providerId", agent.l.id, "role", "agent",
		"rooms", []any{"1", "2"}, "langs", []any{}, "available", true, "chats", 1.0), team[0])
	assert.Equal(t, obj("available", false, "chats", 0.0, "role", "supervisor"),
		obj("available", dig(team[2], "available"), "chats", dig(team[2], "chats"), "role", dig(team[2], "role")))
	assert.Equal(t, team[0], w.rest("GET", "/agents/"+agent.l.id, as(agent.l), "").json["agent"])

	one := w.rest("GET", "/agents/"+agent.l.id, secret(), "").json["agent"]
	assert.Equal(t, "agent1", dig(one, "username"))
	assert.Equal(t, false, dig(one, "disabled"))
}

func TestAgentIsChanged(t *testing.T) {
	w := newWorld(t, Limits{})
	l := w.agent("agent1")
	agent := w.open(t, l)
	a := w.rest("PUT", "/agents/"+l.id, secret(), `{"name":"Ann","nickname":"","role":"supervisor","rooms":["2"],"langs":"en, es"}`)
	require.Equal(t, 200, a.status, a.body)
	assert.Equal(t, []any{"Ann", "Ann", "supervisor", []any{"2"}, []any{"en", "es"}}, []any{
		dig(a.json, "agent", "name"), dig(a.json, "agent", "nickname"), dig(a.json, "agent", "role"), dig(a.json, "agent", "rooms"), dig(a.json, "agent", "langs")})
	assert.EqualValues(t, gateway.ByeSession, agent.next("bye")["code"], "what is connected must ask for its rights anew")
	again := w.open(t, l) // the session lives
	again.refused("agents:available", obj("available", true, "rooms", []string{"1"}), 403, "rooms")

	a = w.rest("PUT", "/agents/"+l.id, secret(), `{}`)
	assert.Equal(t, "Ann", a.text("agent", "name"), "what is left out stays")
}

func TestNewPasswordEndsSessions(t *testing.T) {
	w := newWorld(t, Limits{})
	l := w.agent("agent1")
	require.Equal(t, 200, w.rest("PUT", "/agents/"+l.id, secret(), `{"password":"something new"}`).status)
	w.rest("GET", "/agents", as(l), "").requireRefused(401, "token")
	w.rest("POST", "/agents/login", app(), `{"username":"agent1","password":"demo"}`).requireRefused(401, "password")
	w.session(w.rest("POST", "/agents/login", app(), `{"username":"agent1","password":"something new"}`))
}

// Whoever is disabled or removed is out at once, and nobody waits for him.
func TestAgentGoes(t *testing.T) {
	for name, tc := range map[string]struct{ method, body string }{
		"disabled": {"PUT", `{"disabled":true}`},
		"removed":  {"DELETE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Limits{})
			visitor, agent, id := w.conversation(t)
			other := w.open(t, w.agent("agent2"))
			other.onDuty()
			a := w.rest(tc.method, "/agents/"+agent.l.id, secret(), tc.body)
			require.Equal(t, 200, a.status, a.body)

			assert.EqualValues(t, gateway.ByeSession, agent.next("bye")["code"])
			assert.Equal(t, agent.l.id, visitor.next(chat.EventLeave)["userId"])
			assert.Equal(t, id, other.next("invitations:new")["chatId"], "the chat is for its room again")
			w.rest("GET", "/agents", as(agent.l), "").requireRefused(401, "token")
			p := w.dial(t)
			p.refused("session:open", obj("appId", "demo", "token", agent.l.token), 401, "token")
			assert.NotContains(t, idsOf(w.rest("GET", "/agents", as(other.l), "").json["agents"]), agent.l.id)
			w.rest("GET", "/agents/"+agent.l.id, as(other.l), "").requireRefused(404, agent.l.id)

			login := w.rest("POST", "/agents/login", app(), `{"username":"agent1","password":"demo"}`)
			if name == "removed" {
				login.requireRefused(401, "password")
				w.rest("DELETE", "/agents/"+agent.l.id, secret(), "").requireRefused(404, agent.l.id)
				require.Equal(t, 200, w.rest("POST", "/agents", secret(), `{"username":"agent1","password":"long enough"}`).status)
				return
			}
			login.requireRefused(403, "disabled")
			assert.Equal(t, true, dig(w.rest("GET", "/agents/"+agent.l.id, secret(), "").json, "agent", "disabled"))
			require.Equal(t, 200, w.rest("PUT", "/agents/"+agent.l.id, secret(), `{"disabled":false}`).status)
			w.rest("GET", "/agents", as(agent.l), "").requireRefused(401, "token")
			w.agent("agent1")
		})
	}
}

// A chat in which a colleague is goes on.
func TestAgentGoesFromAColleague(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	require.Equal(t, 200, w.rest("POST", "/chats/"+id+"/join", as(w.agent("agent2")), "").status)
	visitor.next(chat.EventJoin)
	require.Equal(t, 200, w.rest("PUT", "/agents/"+agent.l.id, secret(), `{"disabled":true}`).status)
	assert.Equal(t, agent.l.id, visitor.next(chat.EventLeave)["userId"])
	assert.Equal(t, "active", w.rest("GET", "/chats/"+id, as(visitor.l), "").text("chat", "status"))
	assert.NotContains(t, visitor.events(), chat.EventAlone)
}

func TestTeamRefusals(t *testing.T) {
	w := newWorld(t, Limits{})
	l, vera := w.agent("agent1"), w.visitor("Vera")
	path := "/agents/" + l.id
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		about                    string
	}{
		{"no agent", "GET", "/agents/nobody", "", 404, "nobody"},
		{"a visitor is none", "GET", "/agents/" + vera.id, "", 404, vera.id},
		{"a visitor cannot become one", "PUT", "/agents/" + vera.id, `{"role":"supervisor"}`, 404, vera.id},
		{"a visitor cannot be removed", "DELETE", "/agents/" + vera.id, "", 404, vera.id},
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
			a := w.rest(tc.method, tc.path, secret(), tc.body)
			a.t = t
			a.requireRefused(tc.status, tc.about)
		})
	}
	assert.Equal(t, "Agent 1", w.rest("GET", path, secret(), "").text("agent", "name"), "what is refused changes nothing")
}
