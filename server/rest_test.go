package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatlog"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
)

func TestHealth(t *testing.T) {
	w := newWorld(t, Limits{})
	a, err := http.Get(w.http.URL + "/healthz")
	require.NoError(t, err)
	require.NoError(t, a.Body.Close())
	assert.Equal(t, 200, a.StatusCode)
	require.NoError(t, w.engine.JS.DeleteStream(t.Context(), chatlog.Stream))
	a, err = http.Get(w.http.URL + "/healthz")
	require.NoError(t, err)
	require.NoError(t, a.Body.Close())
	assert.Equal(t, 503, a.StatusCode)
}

// Whatever is wrong, the answer is the error object with its code as the status.
func TestRESTRefusals(t *testing.T) {
	w := newWorld(t, Limits{FrameBytes: 3000, MessageLength: 100})
	vera, paul, agent := w.visitor("Vera"), w.visitor("Paul"), w.agent("agent1")
	id := w.rest("POST", "/chats", as(vera), `{"room":"1"}`).text("chat", "id")
	wrong := func(name, value string) http.Header { h := as(vera); h.Set(name, value); return h }
	for _, tc := range []struct {
		name, method, path string
		header             http.Header
		body               string
		status             int
		about              string
	}{
		{"unknown route", "GET", "/nothing", app(), "", 404, "/v1/nothing"},
		{"wrong method", "PATCH", "/chats", app(), "", 405, "POST, GET"},
		{"no app", "GET", "/settings", http.Header{}, "", 401, "app id"},
		{"unknown app", "GET", "/settings", wrong("x-hyper-appid", "nope"), "", 401, "app id"},
		{"unknown app in the path", "GET", "/apps/nope/validate", http.Header{}, "", 401, "app id"},
		{"another app than the path's", "GET", "/apps/nope/validate", app(), "", 403, "nope"},
		{"wrong token", "GET", "/chats", wrong("x-hyper-token", "bad"), "", 401, "token"},
		{"wrong secret", "GET", "/settings", wrong("x-hyper-secret", "bad"), "", 401, "secret"},
		{"no session", "POST", "/chats", app(), `{"room":"1"}`, 401, "session"},
		{"second chat", "POST", "/chats", as(vera), `{"room":"1"}`, 409, "User already has a chat"},
		{"no room", "POST", "/chats", as(paul), `{}`, 400, "room"},
		{"unknown room", "POST", "/chats", as(paul), `{"room":"99"}`, 400, "99"},
		{"malformed body", "POST", "/chats", as(paul), `{"room":`, 400, "JSON"},
		{"body is no object", "POST", "/chats", as(paul), `[]`, 400, "object"},
		{"body too long", "POST", "/chats", as(paul), `{"lang":"` + strings.Repeat("x", 3000) + `"}`, 413, "3000"},
		{"argument of the wrong type", "POST", "/chats", as(paul), `{"room":"1","historyWatch":"yes"}`, 400, "historyWatch"},
		{"history of the wrong type", "POST", "/chats", as(paul), `{"room":"1","history":[{"sender":"a","message":5}]}`, 400, "history: entry 0: message"},
		{"another creator", "POST", "/chats", as(paul), `{"room":"1","creator":"` + vera.id + `"}`, 403, vera.id},
		{"creator missing", "POST", "/chats", secret(), `{"room":"1"}`, 400, "creator"},
		{"unknown creator", "POST", "/chats", secret(), `{"room":"1","creator":"nobody"}`, 404, "user"},
		{"unknown chat", "GET", "/chats/nope", as(vera), "", 404, "nope"},
		{"chat id that is none", "GET", "/chats/a%2Fb", as(vera), "", 404, "a/b"},
		{"a stranger's chat", "GET", "/chats/" + id, as(paul), "", 403, "not in chat"},
		{"an agent's view of a chat not his", "GET", "/chats/" + id, as(agent), "", 403, "not in chat"},
		{"a stranger's messages", "GET", "/chats/" + id + "/messages", as(paul), "", 403, "not in chat"},
		{"a stranger writes", "POST", "/chats/" + id + "/messages", as(paul), `{"message":"hi"}`, 403, "not in chat"},
		{"a stranger closes", "DELETE", "/chats/" + id, as(paul), "", 403, "not in chat"},
		{"a visitor joins", "POST", "/chats/" + id + "/join", as(paul), "", 403, "agents"},
		{"no text", "POST", "/chats/" + id + "/messages", as(vera), `{}`, 400, "message"},
		{"empty text", "POST", "/chats/" + id + "/messages", as(vera), `{"message":""}`, 400, "message"},
		{"text of the wrong type", "POST", "/chats/" + id + "/messages", as(vera), `{"message":{"a":1}}`, 400, "message"},
		{"long text", "POST", "/chats/" + id + "/messages", as(vera), `{"message":"` + strings.Repeat("é", 101) + `"}`, 413, "101 characters"},
		{"another sender", "POST", "/chats/" + id + "/messages", as(vera), `{"message":"x","sender":"` + paul.id + `"}`, 403, paul.id},
		{"chat unlike the path's", "POST", "/chats/" + id + "/messages", as(vera), `{"message":"x","chatId":"other"}`, 400, "chatId"},
		{"sender is not in the chat", "POST", "/chats/" + id + "/messages", secret(), `{"message":"x","sender":"` + paul.id + `"}`, 403, "not in chat"},
		{"unknown message", "PUT", "/messages/" + id + ".7/read", as(vera), "", 404, id + ".7"},
		{"message id that is none", "PUT", "/messages/" + id + "/read", as(vera), "", 404, id},
		{"unknown after", "GET", "/chats/" + id + "/messages?after=x", as(vera), "", 404, "after"},
		{"limit of the wrong type", "GET", "/chats/" + id + "/messages?limit=all", as(vera), "", 400, "limit"},
		{"another user's activity", "POST", "/users/" + paul.id + "/activity", as(vera), `{"type":"writing","chatId":"` + id + `"}`, 403, paul.id},
		{"unknown activity", "POST", "/users/" + vera.id + "/activity", as(vera), `{"type":"dancing","chatId":"` + id + `"}`, 400, "dancing"},
		{"another user's record", "GET", "/users/" + paul.id, as(vera), "", 403, paul.id},
		{"users without the secret", "GET", "/users?externalId=x", as(vera), "", 403, "secret"},
		{"a visitor accepts", "POST", "/invitations/accept", as(paul), `{"chatId":"` + id + `"}`, 403, "agents"},
		{"nothing to accept", "POST", "/invitations/accept", as(agent), `{"chatId":"` + id + `"}`, 409, "invitation"},
		{"wrong password", "POST", "/agents/login", app(), `{"username":"agent1","password":"no"}`, 401, "password"},
		{"no password", "POST", "/agents/login", app(), `{"username":"agent1"}`, 400, "password"},
		{"extraInfo of the wrong type", "POST", "/users", app(), `{"extraInfo":[]}`, 400, "extraInfo"},
		{"an app without the admin", "POST", "/apps", secret(), `{"id":"mine"}`, 403, "admin"},
		{"an agent without the secret", "POST", "/agents", as(agent), `{"username":"x","password":"12345678"}`, 403, "secret"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.rest(tc.method, tc.path, tc.header, tc.body)
			a.t = t
			a.requireRefused(tc.status, tc.about)
		})
	}
}

// A whole conversation by REST, as servers of integrators have it.
func TestREST(t *testing.T) {
	w := newWorld(t, Limits{})
	ok := func(a httpAnswer) object {
		t.Helper()
		require.Equal(t, 200, a.status, a.body)
		return a.json
	}
	created := ok(w.rest("POST", "/users/", app(), `{"name":"Vera","externalId":"tg-1","extraInfo":{"a":1}}`))
	vera := login{dig(created, "user", "id").(string), dig(created, "session", "token").(string)}
	assert.Equal(t, object{"a": 1.0}, dig(created, "user", "extraInfo"))
	w.rest("POST", "/users", app(), `{"name":"Vera","externalId":"tg-1"}`).requireRefused(409, "externalId")
	assert.Equal(t, []string{vera.id}, idsOf(ok(w.rest("GET", "/users?externalId=tg-1", secret(), ""))["users"]))
	assert.Equal(t, []any{}, ok(w.rest("GET", "/users?externalId=tg-2", secret(), ""))["users"])
	assert.Equal(t, "V.", dig(ok(w.rest("PUT", "/users/"+vera.id, as(vera), `{"nickname":"V."}`)), "user", "nickname"))
	assert.Equal(t, "V.", dig(ok(w.rest("GET", "/users/"+vera.id, secret(), "")), "user", "nickname"))

	assert.Equal(t, true, ok(w.rest("GET", "/apps/demo/validate/", http.Header{}, ""))["valid"])
	assert.Equal(t, false, dig(ok(w.rest("GET", "/settings", app(), "")), "settings", "queue", "active"))
	assert.Equal(t, obj("1", 0.0, "2", 0.0), ok(w.rest("GET", "/agents/available", app(), ""))["agents"])
	assert.Equal(t, false, ok(w.rest("GET", "/agents/online?roomId=1", app(), ""))["agentsOnline"])
	agent := w.open(t, w.agent("agent1"))
	agent.ask("agents:available", obj("available", true, "rooms", []int{2}))
	assert.Equal(t, obj("1", 0.0, "2", 1.0), ok(w.rest("GET", "/agents/available?roomIds=1,2", app(), ""))["agents"])
	assert.Equal(t, obj("2", 1.0), ok(w.rest("GET", "/agents/available?roomIds=2&langs=de", app(), ""))["agents"])
	assert.Equal(t, true, ok(w.rest("GET", "/agents/online", app(), ""))["agentsOnline"])
	assert.Equal(t, false, ok(w.rest("GET", "/agents/online?roomId=1", app(), ""))["agentsOnline"])

	history := `[{"sender":"assistant","message":"bot says","created":1700000000},{"sender":"` + vera.id + `","message":"help"}]`
	c := ok(w.rest("POST", "/chats/", secret(), `{"room":2,"source":3,"lang":"es","creator":"`+vera.id+`","externalId":"x1","history":`+history+`}`))
	id := dig(c, "chat", "id").(string)
	assert.Equal(t, "2", dig(c, "chat", "room"))
	assert.Equal(t, "x1", dig(c, "chat", "externalId"))
	w.rest("POST", "/chats/", secret(), `{"room":2,"creator":"`+vera.id+`"}`).requireRefused(409, "User already has a chat")

	assigned := ok(w.rest("GET", "/chats/"+id+"/assign", as(vera), ""))
	assert.Equal(t, agent.l.id, dig(assigned, "agent", "id"))
	ok(w.rest("POST", "/invitations/accept", secret(), `{"chatId":"`+id+`","userId":"`+agent.l.id+`"}`))
	ok(w.rest("POST", "/chats/"+id+"/messages", secret(), `{"chatId":"`+id+`","sender":"`+vera.id+`","message":"<b>hi</b>"}`))
	ok(w.rest("POST", "/chats/"+id+"/messages", secret(), `{"message":"from the system"}`))
	last := ok(w.rest("POST", "/chats/"+id+"/messages", as(agent.l), `{"message":"hello"}`))
	ok(w.rest("POST", "/users/"+vera.id+"/activity", secret(), `{"type":"writing","chatId":"`+id+`"}`))
	assert.Equal(t, vera.id, agent.next(chat.EventActivity)["userId"])
	read := ok(w.rest("PUT", "/messages/"+dig(last, "message", "id").(string)+"/read", as(vera), `{}`))
	assert.Equal(t, vera.id, read["userId"])

	all := ok(w.rest("GET", "/chats/"+id+"/messages", secret(), ""))["messages"]
	assert.Equal(t, []string{id + ".1", id + ".2", id + ".3", id + ".4", id + ".5"}, idsOf(all))
	assert.Equal(t, "assistant", dig(all.([]any)[0], "sender"))
	assert.Equal(t, 1.7e9, dig(all.([]any)[0], "created"))
	assert.Equal(t, chat.System, dig(all.([]any)[3], "sender"))
	assert.Equal(t, []string{id + ".3", id + ".4"}, idsOf(ok(w.rest("GET", "/chats/"+id+"/messages?after="+id+".2&limit=2", as(vera), ""))["messages"]))
	assert.Equal(t, all, ok(w.rest("GET", "/chats/"+id+"/history", as(agent.l), ""))["history"])
	assert.Equal(t, all, dig(ok(w.rest("GET", "/chats/"+id, as(vera), "")), "chat", "history"))
	assert.NotContains(t, dig(ok(w.rest("GET", "/chats/"+id+"?fields=users", as(vera), "")), "chat"), "history")

	assert.Equal(t, []string{id}, idsOf(ok(w.rest("GET", "/chats", as(vera), ""))["chats"]))
	assert.Equal(t, []string{id}, idsOf(ok(w.rest("GET", "/chats?status=active&room=2", secret(), ""))["chats"]))
	assert.Empty(t, idsOf(ok(w.rest("GET", "/chats?status=closed", secret(), ""))["chats"]))
	assert.Contains(t, agent.ask("users:chats", obj("userId", agent.l.id))["chats"], id)

	ok(w.rest("PUT", "/chats/"+id+"/leave", as(agent.l), ""))
	ok(w.rest("POST", "/chats/"+id+"/join", secret(), `{"userId":"`+agent.l.id+`"}`))
	ok(w.rest("DELETE", "/chats/"+id, secret(), ""))
	assert.Equal(t, chat.System, agent.next(chat.EventClose)["userId"])
	agent.next(chat.EventInfo)
	w.rest("DELETE", "/chats/"+id, secret(), "").requireRefused(410, "closed")
	assert.Empty(t, idsOf(ok(w.rest("GET", "/chats", as(vera), ""))["chats"]))
	assert.Equal(t, []string{id}, idsOf(ok(w.rest("GET", "/chats?status=closed", secret(), ""))["chats"]))

	ok(w.rest("POST", "/agents", secret(), `{"username":"new","password":"long enough","rooms":["1"],"role":"supervisor"}`))
	ok(w.rest("POST", "/agents/login", app(), `{"username":"new","password":"long enough"}`))
}

func TestAdmin(t *testing.T) {
	w := newWorld(t, Limits{})
	admin, err := w.identity.EnsureAdmin(t.Context())
	require.NoError(t, err)
	h := http.Header{"X-Hyper-Secret": {admin}}
	a := w.rest("POST", "/apps", h, `{"id":"mine","rooms":["a"]}`)
	require.Equal(t, 200, a.status, a.body)
	mine := http.Header{"X-Hyper-Appid": {"mine"}, "X-Hyper-Secret": {a.text("secret")}}
	b := w.rest("POST", "/agents", mine, `{"username":"agent1","password":"long enough"}`)
	require.Equal(t, 200, b.status, b.body)
	assert.Equal(t, obj("a", 0.0), w.rest("GET", "/agents/available", mine, "").json["agents"])
}

// Logging out ends the session, also where it is connected, and the duty.
func TestLogoutEndsAll(t *testing.T) {
	w := newWorld(t, Limits{})
	one := w.agent("agent1")
	agent, other := w.open(t, one).onDuty(), w.open(t, w.agent("agent1"))
	require.Equal(t, 200, w.rest("POST", "/agents/logout", as(one), "").status)
	assert.EqualValues(t, gateway.ByeSession, agent.next("bye")["code"])
	w.rest("GET", "/chats", as(one), "").requireRefused(401, "token")
	assert.Equal(t, false, w.rest("GET", "/agents/online", app(), "").json["agentsOnline"])
	other.ask("agents:available", obj("available", true))
	assert.Equal(t, true, w.rest("GET", "/agents/online", app(), "").json["agentsOnline"])
}

func TestOriginOfASocketIsChecked(t *testing.T) {
	w := newWorld(t, Limits{})
	_, err := w.identity.CreateApp(t.Context(), identity.App{ID: "closed", Origins: []string{"https://good.example"}}, "s3cret")
	require.NoError(t, err)
	u, token, err := w.identity.CreateUser(t.Context(), "closed", identity.NewUser{})
	require.NoError(t, err)
	require.NotEmpty(t, u.ID)
	for origin, code := range map[string]int{"": 0, "https://good.example": 0, "https://bad.example": 403} {
		p := w.dialFrom(t, origin)
		f := p.reply(p.post("session:open", obj("appId", "closed", "token", token)))
		if code == 0 {
			assert.Nil(t, f.Error, origin)
			continue
		}
		require.NotNil(t, f.Error, origin)
		assert.Equal(t, code, f.Error.Code)
	}
}
