package server_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// done gives the body of an answer, which must be 200.
func done(a servertest.Answer) servertest.Object {
	a.T.Helper()
	require.Equal(a.T, 200, a.Status, a.Body)
	return a.JSON
}

// Table d.2: routes about users.
func TestConformanceOfUsers(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	var id, token, chatID string
	full := func(chats ...any) servertest.Object {
		return servertest.Obj("id", id, "name", "G", "nickname", nil, "contact", nil, "externalId", "w-1", "providerId", nil,
			"extraInfo", nil, "verified", true, "chats", append([]any{}, chats...))
	}

	t.Run("d.2 POST /users: {user, session: {token}}, and a 409 for an externalId that exists", func(t *testing.T) {
		created := done(w.Rest("POST", "/users", servertest.Secret(), `{"name":"G","externalId":"w-1"}`))
		id, token = servertest.Dig(created, "user", "id").(string), servertest.Dig(created, "session", "token").(string)
		assert.Equal(t, full(), created["user"])
		w.Rest("POST", "/users", servertest.Secret(), `{"name":"G","externalId":"w-1"}`).RequireRefused(409, "externalId")
		byPage := done(w.Rest("POST", "/users", servertest.App(), `{"name":"P"}`))
		assert.Equal(t, servertest.Obj("id", servertest.Dig(byPage, "user", "id"), "name", "P", "chats", []any{}), byPage["user"])
		chatID = servertest.Dig(done(w.Rest("POST", "/chats", servertest.Secret(), `{"creator":"`+id+`","room":"1","source":3,"lang":""}`)), "chat", "id").(string)
	})

	t.Run("d.2 GET /users?externalId=: {users: [User]} with the ids of open chats", func(t *testing.T) {
		assert.Equal(t, []any{full(chatID)}, done(w.Rest("GET", "/users?externalId=w-1", servertest.Secret(), ""))["users"])
		assert.Equal(t, []any{}, done(w.Rest("GET", "/users?externalId=w-2", servertest.Secret(), ""))["users"])
	})

	t.Run("d.2 GET /users/{id}: {user} for the secret and for the user's token", func(t *testing.T) {
		assert.Equal(t, full(chatID), done(w.Rest("GET", "/users/"+id, servertest.Secret(), ""))["user"])
		own := servertest.As(servertest.Login{ID: id, Token: token})
		assert.Equal(t, servertest.Obj("id", id, "name", "G", "externalId", "w-1", "verified", true, "chats", []any{chatID}), done(w.Rest("GET", "/users/"+id, own, ""))["user"])
		w.Rest("GET", "/users/"+id, servertest.As(w.Visitor("Paul")), "").RequireRefused(403, id)
	})

	t.Run("d.2 PUT /users/{id}: {user} with the change", func(t *testing.T) {
		changed := full(chatID)
		changed["name"], changed["contact"] = "G2", "g@example.com"
		assert.Equal(t, changed, done(w.Rest("PUT", "/users/"+id, servertest.Secret(), `{"name":"G2","contact":"g@example.com"}`))["user"])
	})

	t.Run("e User.chats: not in the users inside a chat, and empty again when the chat is closed", func(t *testing.T) {
		users := servertest.Dig(done(w.Rest("GET", "/chats/"+chatID, servertest.Secret(), "")), "chat", "users").([]any)
		assert.NotContains(t, users[0], "chats")
		done(w.Rest("DELETE", "/chats/"+chatID, servertest.Secret(), ""))
		assert.Equal(t, []any{}, servertest.Dig(done(w.Rest("GET", "/users/"+id, servertest.Secret(), "")), "user", "chats"))
	})

	t.Run("d.2 GET /users: without externalId all users, page by page", func(t *testing.T) {
		all := []string{}
		for next := ""; ; {
			page := done(w.Rest("GET", "/users?limit=2&after="+next, servertest.Secret(), ""))
			all = append(all, servertest.IDs(page["users"])...)
			if page["next"] == nil {
				break
			}
			assert.Len(t, page["users"], 2)
			next = page["next"].(string)
		}
		assert.Len(t, all, 6, "three visitors and the demo app's agents")
		assert.Equal(t, id, all[len(all)-1], "in the order in which they were last changed")
		w.Rest("GET", "/users", servertest.As(w.Visitor("Eve")), "").RequireRefused(403, "secret")
		w.Rest("GET", "/users?after=x", servertest.Secret(), "").RequireRefused(400, "after")
	})

	t.Run("d.2 POST /users/{id}/activity: success, and the others in the chat get it", func(t *testing.T) {
		visitor, agent, chatID := w.Conversation(t)
		done(w.Rest("POST", "/users/"+visitor.Login.ID+"/activity", servertest.Secret(), `{"type":"writing","chatId":"`+chatID+`"}`))
		agent.Activity(visitor.Login.ID, "writing")
	})
}

// Table d.2: routes about apps and settings, and ids.
func TestConformanceOfApps(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	mine, admin := w.NewApp("mine")

	t.Run("d.2 GET /apps/{appId}/validate: for anybody, by the id alone", func(t *testing.T) {
		assert.Equal(t, true, done(w.Rest("GET", "/apps/mine/validate", http.Header{}, ""))["valid"])
	})

	t.Run("d.2 GET, POST, PUT /apps: with the admin's secret; an app's own also with its secret", func(t *testing.T) {
		assert.Contains(t, servertest.IDs(done(w.Rest("GET", "/apps", admin, ""))["apps"]), "mine")
		assert.Equal(t, "mine", servertest.Dig(done(w.Rest("GET", "/apps/mine", mine, "")), "app", "id"))
		changed := done(w.Rest("PUT", "/apps/mine", mine, `{"name":"Mine"}`))
		assert.Equal(t, "Mine", servertest.Dig(changed, "app", "name"))
	})

	t.Run("d.2 GET /settings: {settings: {queue: {active}}}", func(t *testing.T) {
		assert.Equal(t, false, servertest.Dig(done(w.Rest("GET", "/settings", servertest.App(), "")), "settings", "queue", "active"))
	})

	t.Run("d.2 PUT /settings, POST /settings: with the secret", func(t *testing.T) {
		for _, method := range []string{"PUT", "POST"} {
			active := method == "PUT"
			done(w.Rest(method, "/settings", servertest.Secret(), `{"queue":{"active":`+strconv.FormatBool(active)+`}}`))
			assert.Equal(t, active, servertest.Dig(done(w.Rest("GET", "/settings", servertest.App(), "")), "settings", "queue", "active"))
		}
	})

	t.Run("d.2 GET /id: a random id", func(t *testing.T) {
		one, other := done(w.Rest("GET", "/id", servertest.App(), ""))["id"], done(w.Rest("GET", "/id", servertest.App(), ""))["id"]
		assert.NotEmpty(t, one)
		assert.NotEqual(t, one, other)
	})

	t.Run("d.1 headers: x-hyper-appId and x-hyper-secret, in any case; the client library's own is ignored", func(t *testing.T) {
		header := http.Header{"X-Inbenta-Hyperchat-Client-Lib": {"version=1&language=php"}}
		header["x-HYPER-appid"], header["X-hyper-SECRET"] = []string{"demo"}, []string{"demo-secret"}
		done(w.Rest("GET", "/users", header, ""))
	})

	t.Run("d.1 paths: with and without a slash at the end", func(t *testing.T) {
		done(w.Rest("GET", "/settings/", servertest.App(), ""))
		done(w.Rest("GET", "/settings", servertest.App(), ""))
	})

	t.Run("d.3 errors: the HTTP status, and {error: {code, message}}", func(t *testing.T) {
		w.Rest("GET", "/chats/none", servertest.Secret(), "").RequireRefused(404, "none")
		w.Rest("GET", "/settings", http.Header{"X-Hyper-Appid": {"none"}}, "").RequireRefused(401, "app id")
	})
}
