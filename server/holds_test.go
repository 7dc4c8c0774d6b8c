package server_test

import (
	"strings"
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

// An erasure that is taken up later waits for the end of a hold that was set meanwhile, and
// is finished then.
func TestErasureWaitsForHold(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	records := server.RoomsOf(w.Server).Privacy
	for _, kind := range []privacy.Kind{privacy.OfChat, privacy.OfUser, privacy.OfApp} {
		visitor, _, id := w.Conversation(t)
		visitor.Say(id, "I am "+word)
		e := privacy.Erasure{Kind: kind, Key: ids.Key{App: "demo", ID: map[privacy.Kind]string{
			privacy.OfChat: id, privacy.OfUser: visitor.Login.ID, privacy.OfApp: "demo",
		}[kind]}}
		require.NoError(t, records.Begin(t.Context(), e))
		w.Rest("PUT", "/chats/"+id+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
		for range 2 {
			require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
			assert.Contains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, "I am "+word, kind)
			list, err := records.Unfinished(t.Context(), time.Hour)
			require.NoError(t, err)
			require.Equal(t, []privacy.Erasure{{Kind: kind, Key: e.Key, Waiting: true}}, list, "it waits, however young it is")
		}
		w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").RequireDone()
		require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
		assert.NotContains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, "I am "+word, kind)
		list, err := records.Unfinished(t.Context(), 0)
		require.NoError(t, err)
		assert.Empty(t, list, kind)
	}
}

// The erasure of a chat looks once more when it begins to remove it.
func TestHoldBeforeRemovalOfChat(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	id, whole := chatInDemo(t, w)
	w.Rest("PUT", "/chats/"+id+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
	e := privacy.Erasure{Kind: privacy.OfChat, Key: ids.Key{App: "demo", ID: id}}
	require.ErrorContains(t, server.RunErasure(w.Server, e), "lawsuit 9")
	require.True(t, whole())
	w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").RequireDone()
	require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
	w.Rest("GET", "/chats/"+id, servertest.Secret(), "").RequireRefused(404, "unknown chat")
}

// One that is under way stops at a chat that was put on hold, and is not left half done: it
// goes on when the hold has ended.
func TestHoldDuringErasure(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor := w.Visitor("Vera")
	var chats []string
	for range 3 {
		id := w.Rest("POST", "/chats", servertest.As(visitor), `{"room":"1"}`).Text("chat", "id")
		require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", servertest.As(visitor), `{"message":"I am `+word+`"}`).Status)
		w.Rest("DELETE", "/chats/"+id, servertest.As(visitor), "").RequireDone()
		chats = append(chats, id)
	}
	said := func() (has []bool) {
		for _, id := range chats {
			has = append(has, strings.Contains(w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, "I am "+word))
		}
		return has
	}
	e := privacy.Erasure{Kind: privacy.OfUser, Key: ids.Key{App: "demo", ID: visitor.ID}}
	require.NoError(t, server.RoomsOf(w.Server).Privacy.Begin(t.Context(), e))
	w.Rest("PUT", "/chats/"+chats[1]+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
	require.ErrorContains(t, server.RunErasure(w.Server, e), "lawsuit 9")
	require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
	assert.Equal(t, []bool{false, true, true}, said())
	require.Equal(t, 200, w.Rest("GET", "/users/"+visitor.ID, servertest.Secret(), "").Status, "the record goes last")

	w.Rest("DELETE", "/chats/"+chats[1]+"/hold", servertest.Secret(), "").RequireDone()
	require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
	assert.Equal(t, []bool{false, false, false}, said())
	w.Rest("GET", "/users/"+visitor.ID, servertest.Secret(), "").RequireRefused(404, "unknown user")
}
