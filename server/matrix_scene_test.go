package server_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/servertest"
)

// scene is an app with a chat, and everybody who may want something of it.
type scene struct {
	about  map[string]string // what calls are about, by the names of parameters
	actors []actor

	adminRenewed func(secret string) // one calls for it with success, and the stage makes more scenes
}

// actor is somebody who calls.
type actor struct {
	name   string
	header func() http.Header // logs in those who have not yet: hashing passwords takes the most time
	about  map[string]string  // what their calls are about, if it is something else
}

// appID and token are what an actor opens a session with.
func (a actor) appID() string { return a.header().Get("x-hyper-appid") }
func (a actor) token() string { return a.header().Get("x-hyper-token") }

const inRoom1 = `"rooms":["1"]`

// stage makes scenes, each in an app of its own.
type stage struct {
	w      *servertest.World
	admin  http.Header
	other  http.Header // the secret of another app
	alien  servertest.Login
	boss   servertest.Login
	scenes int
}

func newStage(t *testing.T, w *servertest.World) *stage {
	t.Helper()
	other, admin := w.NewApp("other")
	s := &stage{w: w, admin: admin, other: other}
	s.alien = w.Session(w.Rest("POST", "/users", other, `{"name":"Alien"}`))
	s.boss = s.agent(other, "boss", `"role":"supervisor"`)
	return s
}

// agent makes an agent who is logged in and on duty in room 1, unless more says otherwise.
func (s *stage) agent(secret http.Header, name, more string) servertest.Login {
	s.w.T.Helper()
	made := s.w.Rest("POST", "/agents", secret, fmt.Sprintf(`{"username":%q,"password":"long enough","name":%q,%s}`, name, name, more))
	require.Equal(s.w.T, 200, made.Status, made.Body)
	open := http.Header{"X-Hyper-Appid": {secret.Get("x-hyper-appid")}}
	return s.w.Session(s.w.Rest("POST", "/agents/login", open, fmt.Sprintf(`{"username":%q,"password":"long enough"}`, name)))
}

// scene makes a chat of a visitor with an agent. Another agent has left it, and one more
// is invited.
func (s *stage) scene(t *testing.T) *scene {
	t.Helper()
	w := s.w
	s.scenes++
	app := fmt.Sprintf("app%d", s.scenes)
	made := w.Rest("POST", "/apps", s.admin, `{"id":"`+app+`","rooms":["1","2"]}`)
	require.Equal(t, 200, made.Status, made.Body)
	open := http.Header{"X-Hyper-Appid": {app}}
	with := func(header, value string) http.Header { h := open.Clone(); h.Set(header, value); return h }
	as := func(l servertest.Login) http.Header { return with("x-hyper-token", l.Token) }
	secret := with("x-hyper-secret", made.Text("secret"))

	visitor := w.Session(w.Rest("POST", "/users", open, `{"name":"Vera"}`))
	stranger := w.Session(w.Rest("POST", "/users", open, `{"name":"Paul"}`))
	gone := w.Session(w.Rest("POST", "/users", open, `{"name":"Gone"}`))
	in, former, invited := s.agent(secret, "in", inRoom1), s.agent(secret, "former", inRoom1), s.agent(secret, "invited", inRoom1)
	agent := func(name, more string) func() http.Header {
		return sync.OnceValue(func() http.Header { return as(s.agent(secret, name, more)) })
	}
	disabled := sync.OnceValue(func() http.Header {
		login := s.agent(secret, "disabled", inRoom1)
		require.Equal(t, 200, w.Rest("PUT", "/agents/"+login.ID, secret, `{"disabled":true}`).Status)
		return as(login)
	})

	id := w.Rest("POST", "/chats", as(visitor), `{"room":"1"}`).Text("chat", "id")
	its := w.Rest("POST", "/chats", as(gone), `{"room":"1"}`).Text("chat", "id")
	w.Rest("POST", "/users/logout", as(gone), "").RequireDone()
	require.Equal(t, 200, w.Rest("PUT", "/settings", secret, `{"privacy":{"ownChats":true}}`).Status)
	known := w.Session(w.Rest("POST", "/users", secret, `{"name":"Known","externalId":"customer-42"}`))
	earlier := w.Rest("POST", "/chats", as(known), `{"room":"1"}`).Text("chat", "id")
	w.Rest("DELETE", "/chats/"+earlier, as(known), "").RequireDone()
	join := func(login servertest.Login) {
		require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/join", as(login), "").Status)
	}
	join(former)
	require.Equal(t, 200, w.Rest("PUT", "/chats/"+id+"/leave", as(former), "").Status)
	join(in)
	require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", as(visitor), `{"message":"hello"}`).Status)
	onDuty := w.Dial(t)
	onDuty.Ask(wire.EventOpen, servertest.Obj("appId", app, "token", invited.Token))
	onDuty.OnDuty()
	invitation := w.Rest("POST", "/invitations", secret, fmt.Sprintf(`{"chatId":%q,"agentId":%q}`, id, invited.ID))
	require.Equal(t, 200, invitation.Status, invitation.Body)

	is := func(header http.Header) func() http.Header { return func() http.Header { return header } }
	both := func() http.Header { return with("x-hyper-secret", s.admin.Get("x-hyper-secret")) }
	key := w.Rest("POST", "/apps/"+app+"/keys", secret, `{"name":"reports","scopes":["read"]}`)
	foreign := s.other.Clone()
	foreign.Set("x-hyper-appid", app)
	return &scene{
		adminRenewed: func(secret string) { s.admin.Set("x-hyper-secret", secret) },
		about: map[string]string{
			"appId": app, "chatId": id, "messageId": id + ".1", "mediaId": id + "-x", "id": id + "-x", "userId": visitor.ID, "agentId": in.ID,
			"format": "csv", "sourceType": "ticket", "sourceId": id + "-x",
		},
		actors: []actor{
			{"nobody", is(http.Header{}), nil},
			{"app id", is(open), nil},
			{"visitor", is(as(visitor)), nil},
			{"stranger", is(as(stranger)), nil},
			{"ended", is(as(gone)), aboutOwn(gone, its)},
			{"known", is(as(known)), aboutOwn(known, earlier)},
			{"in chat", is(as(in)), nil},
			{"invited", is(as(invited)), nil},
			{"agent", agent("elsewhere", inRoom1), nil},
			{"former", is(as(former)), nil},
			{"room 2", agent("room2", `"rooms":["2"]`), nil},
			{"disabled", disabled, nil},
			{"lead", agent("lead", `"role":"supervisor"`), nil},
			{"secret", is(secret), nil},
			{"read key", is(with("x-hyper-secret", key.Text("secret"))), nil},
			{"wrong", is(with("x-hyper-secret", "wrong")), nil},
			{"admin", both, nil},
			{"no app", is(s.admin), nil},
			{"alien", is(as(s.alien)), nil},
			{"its boss", is(as(s.boss)), nil},
			{"its key", is(foreign), nil},
			{"outside", is(s.other), nil},
		},
	}
}

// aboutOwn is what the calls of a visitor are about who has a chat of their own.
func aboutOwn(of servertest.Login, id string) map[string]string {
	return map[string]string{"chatId": id, "messageId": id + ".1", "mediaId": id + "-x", "id": id + "-x", "sourceId": id + "-x", "userId": of.ID}
}
