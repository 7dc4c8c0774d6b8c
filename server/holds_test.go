package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/privacy"
	"parley/server/servertest"
)

// A hold on anyone who was in a chat keeps the chat, and everyone's part in it.
func TestHoldOfAnyMember(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	visitor.Say(id, "I am "+word)
	visitor.Ask("chats:close", servertest.Obj("chatId", id))
	for name, held := range map[string]string{"visitor": visitor.Login.ID, "agent": agent.Login.ID} {
		w.Rest("PUT", "/users/"+held+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
		for _, path := range []string{"/chats/" + id + "/data", "/users/" + visitor.Login.ID, "/users/" + agent.Login.ID} {
			w.Rest("DELETE", path, servertest.Secret(), "").RequireRefused(423, "lawsuit 9")
		}
		w.Set(`{"privacy":{"keepChats":30}}`)
		require.NoError(t, server.Sweep(t.Context(), w.Server, time.Now().AddDate(0, 0, 31)))
		require.Contains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, "I am "+word, name)
		w.Rest("DELETE", "/users/"+held+"/hold", servertest.Secret(), "").RequireDone()
	}
	require.Equal(t, 200, w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "").Status)
}

// An erasure that is taken up later ends at a hold that was set meanwhile, and does not
// come back when the hold is released.
func TestHoldEndsErasure(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	visitor.Say(id, "I am "+word)
	records := server.RoomsOf(w.Server).Privacy
	for _, e := range []privacy.Erasure{
		{Kind: privacy.OfChat, Key: ids.Key{App: "demo", ID: id}},
		{Kind: privacy.OfUser, Key: ids.Key{App: "demo", ID: visitor.Login.ID}},
		{Kind: privacy.OfApp, Key: ids.Key{App: "demo", ID: "demo"}},
	} {
		require.NoError(t, records.Begin(t.Context(), e))
		w.Rest("PUT", "/chats/"+id+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
		require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
		assert.Contains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, "I am "+word, e.Kind)
		w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").RequireDone()
		list, err := records.Unfinished(t.Context(), 0)
		require.NoError(t, err)
		assert.Empty(t, list, e.Kind)
	}
}
