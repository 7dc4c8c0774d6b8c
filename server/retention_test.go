package server_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/privacy"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Files go after their days, chats after theirs, and nothing that is on hold.
func TestRetention(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	visitor, agent, id, file := closedChatOf(t, w)
	after := func(days int) {
		t.Helper()
		require.NoError(t, server.Sweep(t.Context(), w.Server, time.Now().AddDate(0, 0, days).Add(time.Minute)))
	}
	after(10_000)
	require.Contains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, word, "by default all is kept")

	w.Set(`{"privacy":{"keepChats":30,"keepFiles":7}}`)
	w.Rest("PUT", "/chats/"+id+"/hold", servertest.As(agent.Login), `{"reason":"lawsuit 7"}`).RequireRefused(403, "secret")
	w.Rest("PUT", "/chats/"+id+"/hold", servertest.Secret(), `{"reason":"lawsuit 7"}`).RequireDone()
	after(31)
	w.Rest("DELETE", "/chats/"+id+"/data", servertest.Secret(), "").RequireRefused(423, "lawsuit 7")
	w.Rest("DELETE", "/media/"+file, servertest.Secret(), "").RequireRefused(423, "lawsuit 7")
	w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "").RequireRefused(423, "lawsuit 7")
	w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").RequireDone()
	w.Rest("PUT", "/users/"+visitor.Login.ID+"/hold", servertest.Secret(), `{"reason":"lawsuit 8"}`).RequireDone()
	after(31)
	w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "").RequireRefused(423, "lawsuit 8")
	status, _, content := w.Download("/media/"+file, servertest.Secret())
	require.Equal(t, 200, status)
	require.True(t, bytes.Contains(content, []byte(word)))
	w.Rest("DELETE", "/users/"+visitor.Login.ID+"/hold", servertest.Secret(), "").RequireDone()

	after(6)
	status, _, _ = w.Download("/media/"+file, servertest.Secret())
	require.Equal(t, 200, status)
	after(7)
	w.Rest("GET", "/media/"+file, servertest.Secret(), "").RequireRefused(404, "unknown file")
	assert.Contains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, "I am "+word)
	after(29)
	require.Equal(t, 200, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Status)
	after(30)
	w.Rest("GET", "/chats/"+id, servertest.Secret(), "").RequireRefused(404, "unknown chat")
	assert.Zero(t, storetest.Occurrences(t, dir, "I am "+word))
	assert.NotContains(t, w.Rest("GET", "/chats?status=closed", servertest.As(agent.Login), "").Body, id)
	after(10_000)
}

// A chat whose removal was interrupted after it had left the lists is removed in the end.
func TestRetentionInterrupted(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	w := servertest.On(t, e, server.Limits{})
	visitor, _, id := w.Conversation(t)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	w.Set(`{"privacy":{"keepChats":30}}`)
	require.NoError(t, e.JS.DeleteKeyValue(t.Context(), "parley_past"))
	require.Error(t, server.Sweep(t.Context(), w.Server, time.Now().AddDate(0, 0, 31)))
	require.Equal(t, 200, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Status)
	require.Empty(t, w.Listed(w.Agent("agent1"), "status=closed"))

	w.Close()
	w = servertest.On(t, e, server.Limits{})
	require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
	w.Rest("GET", "/chats/"+id, servertest.Secret(), "").RequireRefused(404, "unknown chat")
	left, err := server.RoomsOf(w.Server).Privacy.Unfinished(t.Context(), 0)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// Of several nodes one sweeps, and none again before it is time.
func TestOneNodeSweeps(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	one, other := server.RoomsOf(servertest.On(t, e, server.Limits{}).Server).Privacy, server.RoomsOf(servertest.On(t, e, server.Limits{}).Server).Privacy
	claims := 0
	for range 3 {
		for _, node := range []*privacy.Store{one, other} {
			mine, err := node.Claim(t.Context(), time.Hour)
			require.NoError(t, err)
			if mine {
				claims++
			}
		}
	}
	assert.LessOrEqual(t, claims, 1, "the servers have claimed it at their start")
}
