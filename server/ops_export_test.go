package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// An export has all that an erasure would remove, of the user's own chats the whole, and
// of an agent only their own words.
func TestExportUser(t *testing.T) {
	t.Parallel()
	w := servertest.On(t, storetest.Engine(t, t.TempDir()), server.Limits{})
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	visitor, agent, id, file := closedChatOf(t, w)
	path := "/users/" + visitor.Login.ID
	w.Rest("GET", path+"/export", servertest.As(visitor.Login), "").RequireRefused(403, "privacy.selfExport")
	w.Rest("GET", path+"/export", servertest.As(agent.Login), "").RequireRefused(403, "")
	a := w.Rest("GET", path+"/export", servertest.Secret(), "")
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, true, a.JSON["complete"])
	for _, what := range []string{word + " neu", word + "@example.com", word + "-7", word + "dorf", "You said " + word, "I am " + word, "Hello, how are you?", file, "says " + word} {
		assert.Contains(t, a.Body, what)
	}
	w.Set(`{"privacy":{"selfExport":true}}`)
	require.Equal(t, 200, w.Rest("GET", path+"/export", servertest.As(visitor.Login), "").Status)
	of := w.Rest("GET", "/users/"+agent.Login.ID+"/export", servertest.Secret(), "")
	assert.Contains(t, of.Body, "Hello, how are you?")
	assert.NotContains(t, of.Body, word, "not what others said to them")

	assert.Equal(t, []string{id}, servertest.IDs(w.Rest("GET", path+"/chats", servertest.As(w.Agent("lead")), "").JSON["chats"]))
	assert.Equal(t, []string{id}, servertest.IDs(w.Rest("GET", path+"/chats", servertest.Secret(), "").JSON["chats"]))
	w.Rest("GET", path+"/chats", servertest.As(agent.Login), "").RequireRefused(403, "")
}
