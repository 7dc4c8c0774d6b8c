package server_test

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// beside are the streams that entries come to whatever is carried out: the nodes' own beats, and
// the note that somebody has read all of a user.
var beside = []string{"KV_parley_nodes", "PARLEY_AUDIT"}

// positions gives the last position of every stream but those beside, and how many entries it has:
// what is overwritten appends nothing.
func positions(w *servertest.World) map[string][2]uint64 {
	w.T.Helper()
	found := map[string][2]uint64{}
	lister := w.Engine.JS.ListStreams(w.T.Context())
	for info := range lister.Info() {
		if !slices.Contains(beside, info.Config.Name) {
			found[info.Config.Name] = [2]uint64{info.State.LastSeq, info.State.Msgs}
		}
	}
	require.NoError(w.T, lister.Err())
	return found
}

// settled waits until no more entries are appended, and gives the positions.
func settled(w *servertest.World) map[string][2]uint64 {
	w.T.Helper()
	now, since := positions(w), time.Now()
	require.Eventually(w.T, func() bool {
		if next := positions(w); !maps.Equal(now, next) {
			now, since = next, time.Now()
		}
		return time.Since(since) > 60*time.Millisecond
	}, storetest.WaitFor, storetest.Tick)
	return now
}

// The table says of each operation whether it writes; here each is carried out with
// success, and what it appends to the store is compared with that.
func TestWritesIsWhatEachOperationAppends(t *testing.T) {
	t.Parallel()
	o := server.Options{Webhooks: server.WebhookOptions{Private: true}}
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), o)
	checked := map[*op.Operation]bool{}
	check := func(operation *op.Operation, do func()) {
		t.Helper()
		before := settled(w)
		do()
		after := settled(w)
		checked[operation] = true
		name := operation.Method + " " + operation.Path + " " + operation.Event
		assert.Equal(t, operation.Writes, !maps.Equal(before, after), "%s: before %v, after %v", name, before, after)
	}
	named := func(method, path string) *op.Operation {
		t.Helper()
		for _, operation := range roomsOf(w).Table.List {
			if operation.Method == method && operation.Path == path {
				return operation
			}
		}
		require.Fail(t, "no operation "+method+" "+path)
		return nil
	}
	// rest carries out the operation of a method and a path of the table, asked for by url.
	rest := func(method, path, url string, h http.Header, body string) (a servertest.Answer) {
		t.Helper()
		check(named(method, path), func() {
			a = w.Rest(method, url, h, body)
			require.Equal(t, 200, a.Status, "%s %s: %s", method, url, a.Body)
		})
		return a
	}
	download := func(path, url string, h http.Header) {
		t.Helper()
		check(named("GET", path), func() {
			status, _, content := w.Download(url, h)
			require.Equal(t, 200, status, "%s: %s", url, content)
		})
	}
	socket := func(p *servertest.Peer, event string, data any) {
		t.Helper()
		check(roomsOf(w).Table.Event(event), func() { p.Ask(event, data) })
	}
	as, app, secret := servertest.As, servertest.App(), servertest.Secret()

	// A chat that waits, and is closed with others.
	_, waits := w.ChatIn(t)
	lifted := rest("POST", "/chats/{chatId}/block", "/chats/"+waits+"/block", secret, `{}`).JSON["blocks"].([]any)[0]
	rest("DELETE", "/blocks/{blockId}", "/blocks/"+servertest.Dig(lifted, "id").(string), secret, "")
	rest("POST", "/blocks", "/blocks", secret, `{"address":"192.0.2.1"}`)
	rest("GET", "/blocks", "/blocks", secret, "")
	rest("POST", "/chats/close", "/chats/close", secret, `{"chatIds":["`+waits+`"]}`)

	// Apps, users and agents.
	mine, admin := w.NewApp("mine")
	rest("POST", "/apps", "/apps", admin, `{"id":"other","name":"Other"}`)
	rest("GET", "/apps", "/apps", admin, "")
	rest("GET", "/apps/{appId}", "/apps/mine", mine, "")
	rest("PUT", "/apps/{appId}", "/apps/mine", mine, `{"name":"Mine"}`)
	key := rest("POST", "/apps/{appId}/identity-keys", "/apps/mine/identity-keys", mine, `{"alg":"HS256"}`).Text("key", "kid")
	rest("GET", "/apps/{appId}/identity-keys", "/apps/mine/identity-keys", mine, "")
	rest("DELETE", "/apps/{appId}/identity-keys/{kid}", "/apps/mine/identity-keys/"+key, mine, "")
	access := rest("POST", "/apps/{appId}/keys", "/apps/mine/keys", mine, `{"name":"reports","scopes":["read"]}`).Text("key", "id")
	rest("GET", "/apps/{appId}/keys", "/apps/mine/keys", mine, "")
	rest("DELETE", "/apps/{appId}/keys/{keyId}", "/apps/mine/keys/"+access, mine, "")
	rest("POST", "/apps/{appId}/key", "/apps/mine/key", mine, "")
	rest("POST", "/apps/{appId}/secret", "/apps/mine/secret", mine, "")
	rest("GET", "/apps/{appId}/validate", "/apps/demo/validate", app, "")
	rest("GET", "/id", "/id", app, "")
	rest("GET", "/settings", "/settings", app, "")
	rest("PUT", "/settings", "/settings", secret, `{"languages":["en"]}`)
	rest("POST", "/settings", "/settings", secret, `{"languages":["en","de"]}`)
	rest("PUT", "/settings", "/settings", secret, `{"surveys":[`+surveyJSON+`]}`)
	vera := w.Session(rest("POST", "/users", "/users", app, `{"name":"Vera"}`))
	rest("GET", "/users", "/users?externalId=v-1", secret, "")
	rest("GET", "/users/{userId}", "/users/"+vera.ID, as(vera), "")
	rest("PUT", "/users/{userId}", "/users/"+vera.ID, as(vera), `{"nickname":"V"}`)
	extra := rest("POST", "/agents", "/agents", secret, `{"username":"extra","password":"long enough"}`).Text("user", "id")
	rest("GET", "/agents", "/agents", secret, "")
	rest("GET", "/agents/{agentId}", "/agents/"+extra, secret, "")
	rest("PUT", "/agents/{agentId}", "/agents/"+extra, secret, `{"nickname":"E"}`)
	rest("PUT", "/agents/{agentId}/name", "/agents/"+extra+"/name", secret, `{"nickname":"Ex"}`)
	picture := rest("PUT", "/agents/{agentId}/picture", "/agents/"+extra+"/picture", secret, pictureBody(pngPicture(t, 8, 8))).Text("agent", "picture")
	download("/apps/{appId}/pictures/{pictureId}", picture, http.Header{})
	rest("DELETE", "/agents/{agentId}/picture", "/agents/"+extra+"/picture", secret, "")
	itself := w.Session(rest("POST", "/agents/login", "/agents/login", app, `{"username":"extra","password":"long enough"}`))
	rest("PUT", "/account/password", "/account/password", as(itself), `{"password":"long enough","newPassword":"longer than that"}`)
	rest("GET", "/account", "/account", as(itself), "")
	totpKey := rest("POST", "/account/totp", "/account/totp", as(itself), `{"password":"longer than that"}`).Text("secret")
	rest("POST", "/account/totp/confirm", "/account/totp/confirm", as(itself), `{"code":"`+code(t, totpKey, 0)+`"}`)
	rest("DELETE", "/account/totp", "/account/totp", as(itself), `{"password":"longer than that"}`)
	phone := servertest.NewAuthenticator(t, here)
	credential := func(made any, more ...any) string {
		return string(servertest.JSON(servertest.Obj(append([]any{"credential", made}, more...)...)))
	}
	asked := rest("POST", "/account/passkeys", "/account/passkeys", at(here, as(itself)), `{"password":"longer than that"}`)
	made := phone.Make(asked.JSON["options"].(servertest.Object))
	passkey := rest("POST", "/account/passkeys/confirm", "/account/passkeys/confirm", at(here, as(itself)), credential(made, "name", "Phone"))
	asked = rest("POST", "/agents/login/passkey", "/agents/login/passkey", at(here, servertest.App()), "")
	used := phone.Use(asked.JSON["options"].(servertest.Object))
	rest("POST", "/agents/login/passkey/confirm", "/agents/login/passkey/confirm", at(here, servertest.App()), credential(used))
	rest("DELETE", "/account/passkeys/{passkeyId}", "/account/passkeys/"+passkey.Text("passkey", "id"), as(itself), `{"password":"longer than that"}`)
	rest("PUT", "/settings", "/settings", secret, `{"login":{"secondFactor":"required"}}`)
	rest("POST", "/agents/login/totp", "/agents/login/totp", app, `{"username":"extra","password":"longer than that"}`)
	rest("PUT", "/settings", "/settings", secret, `{"login":null}`)
	p := newProvider(t)
	p.let(w)
	rest("PUT", "/agents/{agentId}", "/agents/"+extra, secret, `{"oidcSubject":"sub-1"}`)
	begun := rest("POST", "/agents/login/oidc", "/agents/login/oidc", app, "")
	p.QueueUser(verified("sub-1", ""))
	back := comesBack(w, begun.Text("url"))
	rest("POST", "/agents/login/oidc/finish", "/agents/login/oidc/finish", app, string(servertest.JSON(servertest.Obj(
		"state", back.Get("state"), "code", back.Get("code"), "key", begun.Text("key")))))
	rest("DELETE", "/agents/{agentId}", "/agents/"+extra, secret, "")
	one := w.Session(rest("POST", "/agents/login", "/agents/login", app, `{"username":"agent1","password":"demo"}`))
	agent := w.Open(t, one)
	socket(agent, "agents:available", servertest.Obj("available", true))
	rest("GET", "/agents/available", "/agents/available", app, "")
	rest("GET", "/agents/online", "/agents/online", app, "")

	// A chat finds its agent.
	id := rest("POST", "/chats", "/chats", as(vera), `{"room":"1"}`).Text("chat", "id")
	at := "/chats/" + id
	visitor := w.Open(t, vera)
	rest("GET", "/chats", "/chats", as(vera), "")
	rest("GET", "/chats/{chatId}", at, as(vera), "")
	socket(visitor, "users:chats", nil)
	socket(visitor, "user:focus", nil)
	rest("GET", "/queues/status", "/queues/status", as(one), "")
	rest("GET", "/queues/today", "/queues/today", secret, "")
	rest("GET", "/queues/update/{chatId}", "/queues/update/"+id, as(vera), "")
	rest("GET", "/chats/{chatId}/assign", at+"/assign", as(vera), "")
	rest("POST", "/invitations/reject", "/invitations/reject", as(one), `{"chatId":"`+id+`"}`)
	agent.Next("invitations:end")
	rest("POST", "/chats/{chatId}/assign", at+"/assign", as(vera), "")
	w.Rest("POST", "/invitations/reject", as(one), `{"chatId":"`+id+`"}`).RequireDone()
	agent.Next("invitations:end")
	rest("POST", "/invitations", "/invitations", secret, `{"chatId":"`+id+`","agentId":"`+one.ID+`"}`)
	rest("POST", "/invitations/accept", "/invitations/accept", as(one), `{"chatId":"`+id+`"}`)

	// What is said in it.
	first := rest("POST", "/chats/{chatId}/messages", at+"/messages", as(vera), `{"message":"hello"}`).Text("message", "id")
	rest("PUT", "/messages/{messageId}/read", "/messages/"+first+"/read", as(one), "")
	rest("GET", "/chats/{chatId}/messages", at+"/messages", as(vera), "")
	rest("POST", "/chats/{chatId}/history", at+"/history", as(vera), `{"history":[{"sender":"assistant","message":"hi","created":1}]}`)
	rest("GET", "/chats/{chatId}/history", at+"/history", as(vera), "")
	download("/chats/{chatId}/history.{format}", at+"/history.csv", as(vera))
	rest("POST", "/users/{userId}/activity", "/users/"+vera.ID+"/activity", as(vera), `{"chatId":"`+id+`","type":"writing"}`)
	rest("GET", "/chats/{chatId}/users", at+"/users", as(vera), "")
	rest("PUT", "/chats/{chatId}", at, as(one), `{"lang":"de"}`)
	note := rest("POST", "/chats/{chatId}/notes", at+"/notes", as(one), `{"text":"call back"}`).Text("note", "id")
	rest("POST", "/chats/{chatId}/tags", at+"/tags", as(one), `{"add":["urgent"]}`)
	rest("GET", "/chats/{chatId}/notes", at+"/notes", as(one), "")
	rest("DELETE", "/chats/{chatId}/notes/{noteId}", at+"/notes/"+note, as(one), "")
	var file string
	check(named("POST", "/media"), func() {
		a := w.Upload(as(vera), servertest.File{
			Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes),
		})
		file = a.Text("media", "id")
	})
	download("/media", "/media?id="+file, as(vera))
	download("/media/{mediaId}", "/media/"+file, as(vera))
	rest("GET", "/media/{mediaId}/address", "/media/"+file+"/address", as(vera), "")
	rest("DELETE", "/media/{mediaId}", "/media/"+file, as(vera), "")

	// It is handed over, and ends.
	lead := w.Open(t, w.Agent("lead"))
	rest("POST", "/chats/{chatId}/join", at+"/join", as(lead.Login), `{"mode":"watch"}`)
	rest("PUT", "/chats/{chatId}/leave", at+"/leave", as(lead.Login), "")
	rest("POST", "/chats/{chatId}/intervene", at+"/intervene", as(lead.Login), "")
	rest("POST", "/chats/{chatId}/transfer", at+"/transfer", as(lead.Login), `{"room":"2"}`)
	rest("POST", "/chats/{chatId}/toinbox", at+"/toinbox", secret, "")
	rest("DELETE", "/chats/{chatId}", at, as(vera), "")
	ticket, _ := servertest.Dig(visitor.Next(chat.EventInfo), "data", "ticketId").(string)

	// What follows.
	a := rest("GET", "/surveys/{surveyId}", ofTicket("s1", ticket), as(vera), "")
	_, token := linked(t, a)
	rest("POST", "/surveys/{surveyId}/form", "/surveys/s1/form", app, `{"link":"`+token+`"}`)
	rest("POST", "/surveys/{surveyId}/answers", "/surveys/s1/answers", app, `{"link":"`+token+`","answers":{"q1":5}}`)
	rest("GET", "/surveys/{surveyId}/answers", "/surveys/s1/answers", secret, "")
	g := servertest.NewTarget(t)
	hook := rest("POST", "/webhooks", "/webhooks", secret, `{"events":["chats:create"],"target":"`+g.HTTP.URL+`"}`).Text("webhook", "id")
	rest("GET", "/webhooks", "/webhooks", secret, "")
	rest("GET", "/webhooks/{webhookId}", "/webhooks/"+hook, secret, "")
	rest("PUT", "/webhooks/{webhookId}", "/webhooks/"+hook, secret, `{"events":["chats:close"]}`)
	rest("DELETE", "/webhooks/{webhookId}", "/webhooks/"+hook, secret, "")
	rest("GET", "/audit", "/audit", secret, "")
	rest("GET", "/sessions", "/sessions", as(one), "")
	spare := w.Agent("agent1")
	rest("DELETE", "/sessions/{sessionId}", "/sessions/"+ids.Digest(spare.Token), as(one), "")
	rest("POST", "/agents/logout", "/agents/logout", as(one), "")
	rest("POST", "/users/logout", "/users/logout", as(vera), "")

	// Nothing of it is left.
	rest("GET", "/users/{userId}/export", "/users/"+vera.ID+"/export", secret, "")
	download("/users/{userId}/export.zip", "/users/"+vera.ID+"/export.zip", secret)
	rest("GET", "/users/{userId}/chats", "/users/"+vera.ID+"/chats", secret, "")
	rest("PUT", "/users/{userId}/hold", "/users/"+vera.ID+"/hold", secret, `{"reason":"lawsuit"}`)
	rest("DELETE", "/users/{userId}/hold", "/users/"+vera.ID+"/hold", secret, "")
	rest("PUT", "/chats/{chatId}/hold", at+"/hold", secret, `{"reason":"lawsuit"}`)
	rest("DELETE", "/chats/{chatId}/hold", at+"/hold", secret, "")
	rest("DELETE", "/users/{userId}", "/users/"+vera.ID, secret, "")
	rest("DELETE", "/chats/{chatId}/data", at+"/data", secret, "")
	rest("DELETE", "/apps/{appId}", "/apps/other", admin, "")
	rest("GET", "/admin/audit", "/admin/audit", admin, "")
	rest("POST", "/admin/secret", "/admin/secret", admin, "")

	for _, operation := range roomsOf(w).Table.List {
		assert.True(t, checked[operation], "%s %s %s is not carried out here", operation.Method, operation.Path, operation.Event)
	}
}
