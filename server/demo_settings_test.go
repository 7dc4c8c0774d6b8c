package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server"
	"parley/server/internal/identity"
	"parley/server/servertest"
)

func TestAgentsAreToldTheirOwnRole(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	reply := w.Rest("POST", "/agents/login", servertest.App(), `{"username":"lead","password":"demo"}`)
	assert.Equal(t, identity.RoleSupervisor, reply.Text("user", "role"))
	lead := w.Dial(t)
	session := lead.Ask("session:open", servertest.Obj("appId", "demo", "token", reply.Text("session", "token")))
	assert.Equal(t, identity.RoleSupervisor, servertest.Dig(session, "user", "role"))

	visitor, _, id := w.Conversation(t)
	users := servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "users").([]any)
	for _, u := range users {
		assert.NotContains(t, u, "role", "others are not told")
	}
}

func TestDemoSettingsAreSeededOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	assert.NotEmpty(t, roomsOf(w).Settings.Of("demo").CannedReplies)
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{}`)))
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	assert.Empty(t, roomsOf(w).Settings.Of("demo").CannedReplies, "what the app says holds")
}
