package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Table d.2: the REST routes, users.
func TestConformanceOfUsers(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	ok := func(a servertest.Answer) servertest.Object {
		t.Helper()
		require.Equal(t, 200, a.Status, a.Body)
		return a.JSON
	}
	var id, token, chatID string
	full := func(chats ...any) servertest.Object {
		return servertest.Obj("id", id, "name", "G", "nickname", nil, "contact", nil, "externalId", "w-1", "providerId", nil,
			"extraInfo", nil, "chats", append([]any{}, chats...))
	}

	t.Run("d.2 POST /users: {user, session: {token}}, and a 409 for an externalId that exists", func(t *testing.T) {
		created := ok(w.Rest("POST", "/users", servertest.Secret(), `{"name":"G","externalId":"w-1"}`))
		id, token = servertest.Dig(created, "user", "id").(string), servertest.Dig(created, "session", "token").(string)
		assert.Equal(t, full(), created["user"])
		w.Rest("POST", "/users", servertest.Secret(), `{"name":"G","externalId":"w-1"}`).RequireRefused(409, "externalId")
		byPage := ok(w.Rest("POST", "/users", servertest.App(), `{"name":"P"}`))
		assert.Equal(t, servertest.Obj("id", servertest.Dig(byPage, "user", "id"), "name", "P", "chats", []any{}), byPage["user"])
		chatID = servertest.Dig(ok(w.Rest("POST", "/chats", servertest.Secret(), `{"creator":"`+id+`","room":"1","source":3,"lang":""}`)), "chat", "id").(string)
	})

	t.Run("d.2 GET /users?externalId=: {users: [User]} with the ids of open chats", func(t *testing.T) {
		assert.Equal(t, []any{full(chatID)}, ok(w.Rest("GET", "/users?externalId=w-1", servertest.Secret(), ""))["users"])
		assert.Equal(t, []any{}, ok(w.Rest("GET", "/users?externalId=w-2", servertest.Secret(), ""))["users"])
	})

	t.Run("d.2 GET /users/{id}: {user} for the secret and for the user's token", func(t *testing.T) {
		assert.Equal(t, full(chatID), ok(w.Rest("GET", "/users/"+id, servertest.Secret(), ""))["user"])
		own := servertest.As(servertest.Login{ID: id, Token: token})
		assert.Equal(t, servertest.Obj("id", id, "name", "G", "externalId", "w-1", "chats", []any{chatID}), ok(w.Rest("GET", "/users/"+id, own, ""))["user"])
		w.Rest("GET", "/users/"+id, servertest.As(w.Visitor("Paul")), "").RequireRefused(403, id)
	})

	t.Run("d.2 PUT /users/{id}: {user} with the change", func(t *testing.T) {
		changed := full(chatID)
		changed["name"], changed["contact"] = "G2", "g@example.com"
		assert.Equal(t, changed, ok(w.Rest("PUT", "/users/"+id, servertest.Secret(), `{"name":"G2","contact":"g@example.com"}`))["user"])
	})

	t.Run("e User.chats: not in the users inside a chat, and empty again when the chat is closed", func(t *testing.T) {
		users := servertest.Dig(ok(w.Rest("GET", "/chats/"+chatID, servertest.Secret(), "")), "chat", "users").([]any)
		assert.NotContains(t, users[0], "chats")
		ok(w.Rest("DELETE", "/chats/"+chatID, servertest.Secret(), ""))
		assert.Equal(t, []any{}, servertest.Dig(ok(w.Rest("GET", "/users/"+id, servertest.Secret(), "")), "user", "chats"))
	})
}
