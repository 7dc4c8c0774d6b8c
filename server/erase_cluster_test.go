package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// On a cluster that keeps three copies, none has anything of an erased user or a removed
// chat, and all have the same unbroken log of what stays.
func TestErasureOnACluster(t *testing.T) {
	engines, streams := storetest.ClusterWithFiles(t)
	nodes := []*servertest.World{}
	for _, e := range engines {
		nodes = append(nodes, servertest.On(t, e, server.Limits{}))
	}
	w := nodes[0]
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	visitor, _, id, _ := closedChatOf(t, w)
	inAll := func(text string) bool {
		for _, dir := range streams {
			if storetest.Occurrences(t, dir, text) == 0 {
				return false
			}
		}
		return true
	}
	inNone := func(text string) bool {
		for _, dir := range streams {
			if storetest.Occurrences(t, dir, text) > 0 {
				return false
			}
		}
		return true
	}
	for _, text := range []string{"I am " + word, "my " + word, "Hello, how are you?"} {
		require.Eventually(t, func() bool { return inAll(text) }, 3*storetest.WaitFor, storetest.Tick, text)
	}

	a := nodes[1].Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "")
	require.Equal(t, 200, a.Status, a.Body)
	require.Eventually(t, func() bool { return inNone(word) }, 3*storetest.WaitFor, storetest.Tick, "erased")
	for _, node := range nodes {
		c := node.Rest("GET", "/chats/"+id, servertest.Secret(), "")
		require.Equal(t, 200, c.Status, c.Body)
		assert.NotContains(t, c.Body, word)
		assert.Contains(t, c.Body, "Hello, how are you?")
		requireWholeLog(t, node, id)
	}

	a = nodes[2].Rest("DELETE", "/chats/"+id+"/data", servertest.Secret(), "")
	require.Equal(t, 200, a.Status, a.Body)
	require.Eventually(t, func() bool { return inNone("Hello, how are you?") }, 3*storetest.WaitFor, storetest.Tick, "removed")
	for _, node := range nodes {
		node.Rest("GET", "/chats/"+id, servertest.Secret(), "").RequireRefused(404, "chat")
	}
}

// requireWholeLog holds that each entry of a chat's log leads to the one before it.
func requireWholeLog(t *testing.T, w *servertest.World, chatID string) {
	t.Helper()
	_, now, err := roomsOf(w).Log.ViewLatest(t.Context(), ids.Key{App: "demo", ID: chatID})
	require.NoError(t, err)
	require.NotEmpty(t, now.Log)
	last := uint64(0)
	for _, r := range now.Log {
		assert.Greater(t, r.Seq, last)
		if r.VisibleTo[chatstate.Staff] {
			assert.Equal(t, last, r.Prev[chatstate.Staff], "%s at %d", r.Event, r.Seq)
			last = r.Seq
		}
	}
}
