package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/identity"
)

func TestAgentsAreToldTheirOwnRole(t *testing.T) {
	w := newWorld(t, Limits{})
	reply := w.rest("POST", "/agents/login", app(), `{"username":"lead","password":"demo"}`)
	assert.Equal(t, identity.RoleSupervisor, reply.text("user", "role"))
	lead := w.dial(t)
	session := lead.ask("session:open", obj("appId", "demo", "token", reply.text("session", "token")))
	assert.Equal(t, identity.RoleSupervisor, dig(session, "user", "role"))

	visitor, _, id := w.conversation(t)
	users := dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "users").([]any)
	for _, u := range users {
		assert.NotContains(t, u, "role", "others are not told")
	}
}

func TestDemoSettingsAreSeededOnce(t *testing.T) {
	w := newWorld(t, Limits{})
	require.NoError(t, w.server.SeedDemoSettings(t.Context()))
	assert.NotEmpty(t, roomsOf(w).Settings.Of("demo").CannedReplies)
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{}`)))
	require.NoError(t, w.server.SeedDemoSettings(t.Context()))
	assert.Empty(t, roomsOf(w).Settings.Of("demo").CannedReplies, "what the app says holds")
}
