package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/routing"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// An agent who takes a chat from the list ends its invitation and its place in the queue.
func TestTakingFromTheList(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	invited, taker := w.Open(t, w.Agent("agent1")), w.Open(t, w.Agent("agent2"))
	first, firstID := w.ChatIn(t)
	second, secondID := w.ChatIn(t)
	second.Place(secondID, 2)
	taker.Next(routing.EventList)
	assert.Equal(t, []string{firstID, secondID}, w.Listed(taker.Login, "status=waiting"))
	invited.OnDuty().Next("invitations:new")
	taker.Ask(chat.EventJoin, servertest.Obj("chatId", firstID))
	first.Next(chat.EventJoin)
	second.Place(secondID, 1)
	assert.Equal(t, "taken", invited.Next("invitations:end")["reason"])
	assert.Equal(t, secondID, invited.Next("invitations:new")["chatId"])
	list := w.Rest("GET", "/chats?status=waiting", servertest.As(taker.Login), "").JSON["chats"].([]any)
	require.Len(t, list, 1)
	assert.Equal(t, 1.0, servertest.Dig(list[0], "queuePosition"))
	assert.Equal(t, true, servertest.Dig(list[0], "inQueue"))
	assert.InDelta(t, ids.Unix(time.Now()), servertest.Dig(list[0], "waitingSince"), 60)
	assert.Equal(t, []string{second.Login.ID}, servertest.IDs(servertest.Dig(list[0], "users")))
	taker.Next(routing.EventList)
}

// Which chats each user sees in the lists.
func TestLists(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	one, lead := w.Open(t, w.Agent("agent1")), w.Agent("lead")
	_, err := w.Identity.CreateAgent(t.Context(), "demo", identity.NewAgent{Username: "roomer", Password: "long enough", Rooms: []string{"2"}})
	require.NoError(t, err)
	roomer := w.Session(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"roomer","password":"long enough"}`))
	visitor, waitingID := w.ChatIn(t)
	_, elsewhere := w.ChatIn(t, "room", "2")
	assert.Equal(t, []string{waitingID, elsewhere}, w.Listed(one.Login, "status=waiting"))
	assert.Equal(t, []string{elsewhere}, w.Listed(one.Login, "status=waiting&room=2"))
	assert.Equal(t, []string{elsewhere}, w.Listed(roomer, "status=waiting"))
	assert.Equal(t, []string{waitingID}, w.Listed(visitor.Login, "status=waiting"), "their own")
	assert.Empty(t, w.Listed(visitor.Login, "status=active"))

	one.Ask(chat.EventJoin, servertest.Obj("chatId", waitingID))
	assert.Equal(t, []string{waitingID}, w.Listed(one.Login, "status=active"))
	assert.Equal(t, []string{waitingID}, w.Listed(lead, "status=active"))
	assert.Empty(t, w.Listed(roomer, "status=active"))

	var closed []string
	for n := range 5 {
		p, id := w.ChatIn(t)
		if n != 2 {
			one.Ask(chat.EventJoin, servertest.Obj("chatId", id))
		}
		p.Ask(chat.EventClose, servertest.Obj("chatId", id))
		closed = append([]string{id}, closed...)
	}
	assert.Equal(t, closed, w.Listed(lead, "status=closed"))
	assert.Equal(t, append(append([]string{}, closed[:2]...), closed[3:]...), w.Listed(one.Login, "status=closed"))
	assert.Empty(t, w.Listed(roomer, "status=closed"))
	assert.Empty(t, w.Listed(lead, "status=closed&room=2"))
	assert.Empty(t, w.Listed(visitor.Login, "status=closed"))
	var paged []string
	next := ""
	for range 3 {
		page := w.Rest("GET", "/chats?status=closed&limit=2"+next, servertest.As(lead), "")
		paged = append(paged, servertest.IDs(page.JSON["chats"])...)
		if page.JSON["next"] == nil {
			next = ""
			break
		}
		next = fmt.Sprintf("&before=%.0f", page.JSON["next"])
	}
	assert.Empty(t, next)
	assert.Equal(t, closed, paged)
	c := w.Rest("GET", "/chats?status=closed&limit=1", servertest.As(lead), "").JSON["chats"].([]any)[0]
	assert.Equal(t, true, servertest.Dig(c, "closed"))
	w.Rest("GET", "/chats?status=closed&before=999999", servertest.As(lead), "").RequireRefused(400, "before")
	w.Rest("GET", "/chats?status=closed&before=x", servertest.As(lead), "").RequireRefused(400, "before")
}

// If a node dies between an entry and its update of the board, the next start makes up for it.
func TestBoardIsMended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(queueMode)
	changed := roomsOf(w).Log.Appended
	_, kept := w.ChatIn(t)
	gone, goneID := w.ChatIn(t)
	roomsOf(w).Log.Appended = func(context.Context, ids.Key, string, *chatstate.State) {}
	_, lostID := w.ChatIn(t)
	gone.Ask(chat.EventClose, servertest.Obj("chatId", goneID))
	roomsOf(w).Log.Appended = changed
	w.Close()
	storetest.Close(t, e)

	w = servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	lead := w.Agent("lead")
	require.Eventually(t, func() bool {
		list := w.Listed(lead, "status=waiting")
		return len(list) == 2 && list[0] == kept && list[1] == lostID
	}, storetest.WaitFor, storetest.Tick)
	require.Eventually(t, func() bool { return !roomsOf(w).Board.Has(ids.Key{App: "demo", ID: goneID}) }, storetest.WaitFor, storetest.Tick)
	assert.Equal(t, 2, roomsOf(w).Board.Position(ids.Key{App: "demo", ID: lostID}))
}

// A page of all chats costs what it returns: nobody asks the log's stream for its subjects.
// Chats that began before there was a list are in it after the next start.
func TestListOfAllChats(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	w := servertest.On(t, e, server.Limits{})
	var began []string
	for n := range 5 {
		visitor := w.Visitor(fmt.Sprint("Visitor ", n))
		began = append(began, w.Rest("POST", "/chats", servertest.As(visitor), `{"room":"1"}`).Text("chat", "id"))
	}
	w.Rest("DELETE", "/chats/"+began[1], servertest.Secret(), "").RequireDone()
	pages := func(w *servertest.World, query string) (all []string) {
		t.Helper()
		for after := ""; ; {
			page := servertest.IDs(done(w.Rest("GET", "/chats?limit=1&after="+after+query, servertest.Secret(), ""))["chats"])
			if len(page) == 0 {
				return all
			}
			require.Len(t, page, 1)
			all, after = append(all, page[0]), page[0]
		}
	}
	pages(w, "") // the list is there
	require.NoError(t, server.RoomsOf(w.Server).Members.Past.Wait(t.Context()))
	asked, err := e.NC.SubscribeSync("$JS.API.STREAM.INFO." + chatlog.Stream)
	require.NoError(t, err)
	assert.Equal(t, began, pages(w, ""), "in the order in which they began")
	assert.Equal(t, began, pages(w, "&room=1"))
	assert.Empty(t, pages(w, "&room=2"))
	require.NoError(t, e.NC.Flush())
	messages, _, err := asked.Pending()
	require.NoError(t, err)
	assert.Zero(t, messages, "the stream was asked for its subjects")
	w.Rest("GET", "/chats?after=none", servertest.Secret(), "").RequireRefused(404, "after")

	w.Close()
	require.NoError(t, e.JS.DeleteKeyValue(t.Context(), "parley_chats"))
	assert.ElementsMatch(t, began, pages(servertest.On(t, e, server.Limits{}), ""))
}
