package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/identity"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	health := func() int {
		a, err := http.Get(w.HTTP.URL + "/healthz")
		require.NoError(t, err)
		require.NoError(t, a.Body.Close())
		return a.StatusCode
	}
	assert.Equal(t, 200, health())
	require.NoError(t, w.Engine.JS.DeleteStream(t.Context(), chatlog.Stream))
	require.Eventually(t, func() bool { return health() == 503 }, storetest.WaitFor, storetest.Tick, "an answer counts for a second")
}

// Every error by REST is the error object, with its code as the status.
func TestRESTRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{FrameBytes: 3000, MessageLength: 100})
	vera, paul, agent := w.Visitor("Vera"), w.Visitor("Paul"), w.Agent("agent1")
	id := w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Text("chat", "id")
	wrong := func(name, value string) http.Header { h := servertest.As(vera); h.Set(name, value); return h }
	for _, tc := range []struct {
		name, method, path string
		header             http.Header
		body               string
		status             int
		about              string
	}{
		{"unknown route", "GET", "/nothing", servertest.App(), "", 404, "/v1/nothing"},
		{"wrong method", "PATCH", "/chats", servertest.App(), "", 405, "POST, GET"},
		{"no app", "GET", "/settings", http.Header{}, "", 401, "app id"},
		{"unknown app", "GET", "/settings", wrong("x-hyper-appid", "nope"), "", 401, "app id"},
		{"unknown app in the path", "GET", "/apps/nope/validate", http.Header{}, "", 401, "app id"},
		{"another app than the path's", "GET", "/apps/nope/validate", servertest.App(), "", 403, "nope"},
		{"wrong token", "GET", "/chats", wrong("x-hyper-token", "bad"), "", 401, "token"},
		{"wrong secret", "GET", "/settings", wrong("x-hyper-secret", "bad"), "", 401, "secret"},
		{"no session", "POST", "/chats", servertest.App(), `{"room":"1"}`, 401, "session"},
		{"second chat", "POST", "/chats", servertest.As(vera), `{"room":"1"}`, 409, "User already has a chat"},
		{"no room", "POST", "/chats", servertest.As(paul), `{}`, 400, "room"},
		{"unknown room", "POST", "/chats", servertest.As(paul), `{"room":"99"}`, 400, "99"},
		{"malformed body", "POST", "/chats", servertest.As(paul), `{"room":`, 400, "JSON"},
		{"a name that comes twice", "POST", "/chats", servertest.As(paul), `{"room":"1","room":"2"}`, 400, "\"room\" comes twice"},
		{"the same further in", "PUT", "/settings", servertest.Secret(), `{"media":{"maxBytes":1,"max\u0042ytes":2}}`, 400, "twice"},
		{"body is no object", "POST", "/chats", servertest.As(paul), `[]`, 400, "object"},
		{"body too long", "POST", "/chats", servertest.As(paul), `{"lang":"` + strings.Repeat("x", 3000) + `"}`, 413, "3000"},
		{"argument of the wrong type", "POST", "/chats", servertest.As(paul), `{"room":"1","historyWatch":"yes"}`, 400, "historyWatch"},
		{"history of the wrong type", "POST", "/chats", servertest.As(paul), `{"room":"1","history":[{"sender":"a","message":5}]}`, 400, "history: entry 0: message"},
		{"another creator", "POST", "/chats", servertest.As(paul), `{"room":"1","creator":"` + vera.ID + `"}`, 403, vera.ID},
		{"creator missing", "POST", "/chats", servertest.Secret(), `{"room":"1"}`, 400, "creator"},
		{"unknown creator", "POST", "/chats", servertest.Secret(), `{"room":"1","creator":"nobody"}`, 404, "user"},
		{"unknown chat", "GET", "/chats/nope", servertest.As(vera), "", 404, "nope"},
		{"chat id that is none", "GET", "/chats/a%2Fb", servertest.As(vera), "", 404, "a/b"},
		{"a stranger's chat", "GET", "/chats/" + id, servertest.As(paul), "", 403, "not in chat"},
		{"an agent's view of a chat that is not theirs", "GET", "/chats/" + id, servertest.As(agent), "", 403, "not in chat"},
		{"a stranger's messages", "GET", "/chats/" + id + "/messages", servertest.As(paul), "", 403, "not in chat"},
		{"a stranger writes", "POST", "/chats/" + id + "/messages", servertest.As(paul), `{"message":"hi"}`, 403, "not in chat"},
		{"a stranger closes", "DELETE", "/chats/" + id, servertest.As(paul), "", 403, "not in chat"},
		{"a visitor joins", "POST", "/chats/" + id + "/join", servertest.As(paul), "", 403, "agents"},
		{"no text", "POST", "/chats/" + id + "/messages", servertest.As(vera), `{}`, 400, "message"},
		{"empty text", "POST", "/chats/" + id + "/messages", servertest.As(vera), `{"message":""}`, 400, "message"},
		{"text of the wrong type", "POST", "/chats/" + id + "/messages", servertest.As(vera), `{"message":{"a":1}}`, 400, "message"},
		{"long text", "POST", "/chats/" + id + "/messages", servertest.As(vera), `{"message":"` + strings.Repeat("é", 101) + `"}`, 413, "101 characters"},
		{"another sender", "POST", "/chats/" + id + "/messages", servertest.As(vera), `{"message":"x","sender":"` + paul.ID + `"}`, 403, paul.ID},
		{"chat unlike the path's", "POST", "/chats/" + id + "/messages", servertest.As(vera), `{"message":"x","chatId":"other"}`, 400, "chatId"},
		{"sender is not in the chat", "POST", "/chats/" + id + "/messages", servertest.Secret(), `{"message":"x","sender":"` + paul.ID + `"}`, 403, "not in chat"},
		{"unknown message", "PUT", "/messages/" + id + ".7/read", servertest.As(vera), "", 404, id + ".7"},
		{"message id that is none", "PUT", "/messages/" + id + "/read", servertest.As(vera), "", 404, id},
		{"unknown after", "GET", "/chats/" + id + "/messages?after=x", servertest.As(vera), "", 404, "after"},
		{"limit of the wrong type", "GET", "/chats/" + id + "/messages?limit=all", servertest.As(vera), "", 400, "limit"},
		{"another user's activity", "POST", "/users/" + paul.ID + "/activity", servertest.As(vera), `{"type":"writing","chatId":"` + id + `"}`, 403, paul.ID},
		{"unknown activity", "POST", "/users/" + vera.ID + "/activity", servertest.As(vera), `{"type":"dancing","chatId":"` + id + `"}`, 400, "dancing"},
		{"another user's record", "GET", "/users/" + paul.ID, servertest.As(vera), "", 403, paul.ID},
		{"users without the secret", "GET", "/users?externalId=x", servertest.As(vera), "", 403, "secret"},
		{"a visitor accepts", "POST", "/invitations/accept", servertest.As(paul), `{"chatId":"` + id + `"}`, 403, "agents"},
		{"nothing to accept", "POST", "/invitations/accept", servertest.As(agent), `{"chatId":"` + id + `"}`, 409, "invitation"},
		{"wrong password", "POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"no"}`, 401, "password"},
		{"no password", "POST", "/agents/login", servertest.App(), `{"username":"agent1"}`, 400, "password"},
		{"extraInfo of the wrong type", "POST", "/users", servertest.App(), `{"extraInfo":[]}`, 400, "extraInfo"},
		{"an app without the admin", "POST", "/apps", servertest.Secret(), `{"id":"mine"}`, 403, "admin"},
		{"an agent who is no supervisor", "POST", "/agents", servertest.As(agent), `{"username":"x","password":"12345678"}`, 403, "supervisors"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Rest(tc.method, tc.path, tc.header, tc.body)
			a.T = t
			a.RequireRefused(tc.status, tc.about)
		})
	}
}

// A whole conversation by REST, as an integrator's server does it.
func TestREST(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	ok := func(a servertest.Answer) servertest.Object {
		t.Helper()
		require.Equal(t, 200, a.Status, a.Body)
		return a.JSON
	}
	created := ok(w.Rest("POST", "/users/", servertest.Secret(), `{"name":"Vera","externalId":"tg-1","extraInfo":{"a":1}}`))
	vera := servertest.Login{ID: servertest.Dig(created, "user", "id").(string), Token: servertest.Dig(created, "session", "token").(string)}
	assert.Equal(t, servertest.Object{"a": 1.0}, servertest.Dig(created, "user", "extraInfo"))
	w.Rest("POST", "/users", servertest.Secret(), `{"name":"Vera","externalId":"tg-1"}`).RequireRefused(409, "externalId")
	assert.Equal(t, []string{vera.ID}, servertest.IDs(ok(w.Rest("GET", "/users?externalId=tg-1", servertest.Secret(), ""))["users"]))
	assert.Equal(t, []any{}, ok(w.Rest("GET", "/users?externalId=tg-2", servertest.Secret(), ""))["users"])
	assert.Equal(t, "V.", servertest.Dig(ok(w.Rest("PUT", "/users/"+vera.ID, servertest.Secret(), `{"nickname":"V."}`)), "user", "nickname"))
	assert.Equal(t, "V.", servertest.Dig(ok(w.Rest("GET", "/users/"+vera.ID, servertest.Secret(), "")), "user", "nickname"))

	assert.Equal(t, true, ok(w.Rest("GET", "/apps/demo/validate/", http.Header{}, ""))["valid"])
	assert.Equal(t, false, servertest.Dig(ok(w.Rest("GET", "/settings", servertest.App(), "")), "settings", "queue", "active"))
	assert.Equal(t, servertest.Obj("1", 0.0, "2", 0.0), ok(w.Rest("GET", "/agents/available", servertest.App(), ""))["agents"])
	assert.Equal(t, false, ok(w.Rest("GET", "/agents/online?roomId=1", servertest.App(), ""))["agentsOnline"])
	agent := w.Open(t, w.Agent("agent1"))
	agent.Ask("agents:available", servertest.Obj("available", true, "rooms", []int{2}))
	assert.Equal(t, servertest.Obj("1", 0.0, "2", 1.0), ok(w.Rest("GET", "/agents/available?roomIds=1,2", servertest.App(), ""))["agents"])
	assert.Equal(t, servertest.Obj("2", 1.0), ok(w.Rest("GET", "/agents/available?roomIds=2&langs=de", servertest.App(), ""))["agents"])
	assert.Equal(t, true, ok(w.Rest("GET", "/agents/online", servertest.App(), ""))["agentsOnline"])
	assert.Equal(t, false, ok(w.Rest("GET", "/agents/online?roomId=1", servertest.App(), ""))["agentsOnline"])

	history := `[{"sender":"assistant","message":"bot says","created":1700000000},{"sender":"` + vera.ID + `","message":"help"}]`
	c := ok(w.Rest("POST", "/chats/", servertest.Secret(), `{"room":2,"source":3,"lang":"es","creator":"`+vera.ID+`","externalId":"x1","history":`+history+`}`))
	id := servertest.Dig(c, "chat", "id").(string)
	assert.Equal(t, "2", servertest.Dig(c, "chat", "room"))
	assert.Equal(t, "x1", servertest.Dig(c, "chat", "externalId"))
	w.Rest("POST", "/chats/", servertest.Secret(), `{"room":2,"creator":"`+vera.ID+`"}`).RequireRefused(409, "User already has a chat")

	assigned := ok(w.Rest("GET", "/chats/"+id+"/assign", servertest.As(vera), ""))
	assert.Equal(t, agent.Login.ID, servertest.Dig(assigned, "agent", "id"))
	ok(w.Rest("POST", "/invitations/accept", servertest.Secret(), `{"chatId":"`+id+`","userId":"`+agent.Login.ID+`"}`))
	ok(w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), `{"chatId":"`+id+`","sender":"`+vera.ID+`","message":"<b>hi</b>"}`))
	ok(w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), `{"message":"from the system"}`))
	last := ok(w.Rest("POST", "/chats/"+id+"/messages", servertest.As(agent.Login), `{"message":"hello"}`))
	ok(w.Rest("POST", "/users/"+vera.ID+"/activity", servertest.Secret(), `{"type":"writing","chatId":"`+id+`"}`))
	assert.Equal(t, vera.ID, agent.Next(chat.EventActivity)["userId"])
	read := ok(w.Rest("PUT", "/messages/"+servertest.Dig(last, "message", "id").(string)+"/read", servertest.As(vera), `{}`))
	assert.Equal(t, vera.ID, read["userId"])

	all := ok(w.Rest("GET", "/chats/"+id+"/messages", servertest.Secret(), ""))["messages"]
	assert.Equal(t, []string{id + ".1", id + ".2", id + ".3", id + ".4", id + ".5"}, servertest.IDs(all))
	assert.Equal(t, "assistant", servertest.Dig(all.([]any)[0], "sender"))
	assert.Equal(t, 1.7e9, servertest.Dig(all.([]any)[0], "created"))
	assert.Equal(t, chat.System, servertest.Dig(all.([]any)[3], "sender"))
	assert.Equal(t, []string{id + ".3", id + ".4"}, servertest.IDs(ok(w.Rest("GET", "/chats/"+id+"/messages?after="+id+".2&limit=2", servertest.As(vera), ""))["messages"]))
	assert.Equal(t, all, ok(w.Rest("GET", "/chats/"+id+"/history", servertest.As(agent.Login), ""))["history"])
	assert.Equal(t, all, servertest.Dig(ok(w.Rest("GET", "/chats/"+id, servertest.As(vera), "")), "chat", "history"))
	assert.NotContains(t, servertest.Dig(ok(w.Rest("GET", "/chats/"+id+"?fields=users", servertest.As(vera), "")), "chat"), "history")

	assert.Equal(t, []string{id}, servertest.IDs(ok(w.Rest("GET", "/chats", servertest.As(vera), ""))["chats"]))
	assert.Equal(t, []string{id}, servertest.IDs(ok(w.Rest("GET", "/chats?status=active&room=2", servertest.Secret(), ""))["chats"]))
	assert.Empty(t, servertest.IDs(ok(w.Rest("GET", "/chats?status=closed", servertest.Secret(), ""))["chats"]))
	assert.Contains(t, agent.Ask("users:chats", servertest.Obj("userId", agent.Login.ID))["chats"], id)

	ok(w.Rest("PUT", "/chats/"+id+"/leave", servertest.As(agent.Login), ""))
	ok(w.Rest("POST", "/chats/"+id+"/join", servertest.Secret(), `{"userId":"`+agent.Login.ID+`"}`))
	ok(w.Rest("DELETE", "/chats/"+id, servertest.Secret(), ""))
	assert.Equal(t, chat.System, agent.Next(chat.EventClose)["userId"])
	agent.Next(chat.EventInfo)
	w.Rest("DELETE", "/chats/"+id, servertest.Secret(), "").RequireRefused(410, "closed")
	assert.Empty(t, servertest.IDs(ok(w.Rest("GET", "/chats", servertest.As(vera), ""))["chats"]))
	assert.Equal(t, []string{id}, servertest.IDs(ok(w.Rest("GET", "/chats?status=closed", servertest.Secret(), ""))["chats"]))

	ok(w.Rest("POST", "/agents", servertest.Secret(), `{"username":"new","password":"long enough","rooms":["1"],"role":"supervisor"}`))
	ok(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"new","password":"long enough"}`))
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	admin, err := w.Identity.EnsureAdmin(t.Context())
	require.NoError(t, err)
	h := http.Header{"X-Hyper-Secret": {admin}}
	a := w.Rest("POST", "/apps", h, `{"id":"mine","rooms":["a"]}`)
	require.Equal(t, 200, a.Status, a.Body)
	mine := http.Header{"X-Hyper-Appid": {"mine"}, "X-Hyper-Secret": {a.Text("secret")}}
	b := w.Rest("POST", "/agents", mine, `{"username":"agent1","password":"long enough"}`)
	require.Equal(t, 200, b.Status, b.Body)
	assert.Equal(t, servertest.Obj("a", 0.0), w.Rest("GET", "/agents/available", mine, "").JSON["agents"])
}

// Logging out ends the session and its connections. It takes an agent off duty who is not
// there with another session.
func TestLogoutEndsAll(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	one := w.Agent("agent1")
	agent, other := w.Open(t, one).OnDuty(), w.Open(t, w.Agent("agent1"))
	require.Equal(t, 200, w.Rest("POST", "/agents/logout", servertest.As(one), "").Status)
	assert.EqualValues(t, 4001, agent.Next("bye")["code"])
	w.Rest("GET", "/chats", servertest.As(one), "").RequireRefused(401, "token")
	assert.Equal(t, true, w.Rest("GET", "/agents/online", servertest.App(), "").JSON["agentsOnline"])
	w.Rest("POST", "/agents/logout", servertest.As(other.Login), "").RequireDone()
	assert.EqualValues(t, 4001, other.Next("bye")["code"])
	assert.Equal(t, false, w.Rest("GET", "/agents/online", servertest.App(), "").JSON["agentsOnline"])
}

func TestOriginOfASocketIsChecked(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, err := w.Identity.CreateApp(t.Context(), identity.App{ID: "closed", Origins: []string{"https://good.example"}}, "s3cret")
	require.NoError(t, err)
	u, token, err := w.Identity.CreateUser(t.Context(), "closed", identity.NewUser{})
	require.NoError(t, err)
	require.NotEmpty(t, u.ID)
	for origin, code := range map[string]int{"": 0, "https://good.example": 0, "https://bad.example": 403} {
		p := w.DialFrom(t, origin)
		f := p.Reply(p.Post("session:open", servertest.Obj("appId", "closed", "token", token)))
		if code == 0 {
			assert.Nil(t, f.Error, origin)
			continue
		}
		require.NotNil(t, f.Error, origin)
		assert.Equal(t, code, f.Error.Code)
	}
}
