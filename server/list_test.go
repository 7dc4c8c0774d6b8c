package server

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/routing"
	"parley/server/internal/storetest"
)

// An agent takes a chat from the list: its invitation and its place are over.
func TestTakingFromTheList(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(queueMode)
	invited, taker := w.open(t, w.agent("agent1")), w.open(t, w.agent("agent2"))
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	second.place(secondID, 2)
	taker.next(routing.EventList)
	assert.Equal(t, []string{firstID, secondID}, w.listed(taker.l, "status=waiting"))
	invited.onDuty().next("invitations:new")
	taker.ask(chat.EventJoin, obj("chatId", firstID))
	first.next(chat.EventJoin)
	second.place(secondID, 1)
	assert.Equal(t, "taken", invited.next("invitations:end")["reason"])
	assert.Equal(t, secondID, invited.next("invitations:new")["chatId"])
	list := w.rest("GET", "/chats?status=waiting", as(taker.l), "").json["chats"].([]any)
	require.Len(t, list, 1)
	assert.Equal(t, 1.0, dig(list[0], "queuePosition"))
	assert.Equal(t, true, dig(list[0], "inQueue"))
	assert.InDelta(t, ids.Unix(time.Now()), dig(list[0], "waitingSince"), 60)
	assert.Equal(t, []string{second.l.id}, idsOf(dig(list[0], "users")))
	taker.next(routing.EventList)
}

// Who sees which chats in the lists.
func TestLists(t *testing.T) {
	w := newWorld(t, Limits{})
	one, lead := w.open(t, w.agent("agent1")), w.agent("lead")
	_, err := w.identity.CreateAgent(t.Context(), "demo", identity.NewAgent{Username: "roomer", Password: "long enough", Rooms: []string{"2"}})
	require.NoError(t, err)
	roomer := w.session(w.rest("POST", "/agents/login", app(), `{"username":"roomer","password":"long enough"}`))
	visitor, waitingID := w.chatIn(t)
	_, elsewhere := w.chatIn(t, "room", "2")
	assert.Equal(t, []string{waitingID, elsewhere}, w.listed(one.l, "status=waiting"))
	assert.Equal(t, []string{elsewhere}, w.listed(one.l, "status=waiting&room=2"))
	assert.Equal(t, []string{elsewhere}, w.listed(roomer, "status=waiting"))
	assert.Equal(t, []string{waitingID}, w.listed(visitor.l, "status=waiting"), "his own")
	assert.Empty(t, w.listed(visitor.l, "status=active"))

	one.ask(chat.EventJoin, obj("chatId", waitingID))
	assert.Equal(t, []string{waitingID}, w.listed(one.l, "status=active"))
	assert.Equal(t, []string{waitingID}, w.listed(lead, "status=active"))
	assert.Empty(t, w.listed(roomer, "status=active"))

	var closed []string
	for n := range 5 {
		p, id := w.chatIn(t)
		if n != 2 {
			one.ask(chat.EventJoin, obj("chatId", id))
		}
		p.ask(chat.EventClose, obj("chatId", id))
		closed = append([]string{id}, closed...)
	}
	assert.Equal(t, closed, w.listed(lead, "status=closed"))
	assert.Equal(t, append(append([]string{}, closed[:2]...), closed[3:]...), w.listed(one.l, "status=closed"))
	assert.Empty(t, w.listed(roomer, "status=closed"))
	assert.Empty(t, w.listed(lead, "status=closed&room=2"))
	assert.Empty(t, w.listed(visitor.l, "status=closed"))
	var paged []string
	next := ""
	for range 3 {
		page := w.rest("GET", "/chats?status=closed&limit=2"+next, as(lead), "")
		paged = append(paged, idsOf(page.json["chats"])...)
		if page.json["next"] == nil {
			next = ""
			break
		}
		next = fmt.Sprintf("&before=%.0f", page.json["next"])
	}
	assert.Empty(t, next)
	assert.Equal(t, closed, paged)
	c := w.rest("GET", "/chats?status=closed&limit=1", as(lead), "").json["chats"].([]any)[0]
	assert.Equal(t, true, dig(c, "closed"))
	w.rest("GET", "/chats?status=closed&before=999999", as(lead), "").requireRefused(400, "before")
	w.rest("GET", "/chats?status=closed&before=x", as(lead), "").requireRefused(400, "before")
}

// A node that dies between an entry and the board leaves that to the next start.
func TestBoardIsMended(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(queueMode)
	changed := roomsOf(w).Log.Appended
	_, kept := w.chatIn(t)
	gone, goneID := w.chatIn(t)
	roomsOf(w).Log.Appended = func(context.Context, ids.Key, string, *chatstate.State) {}
	_, lostID := w.chatIn(t)
	gone.ask(chat.EventClose, obj("chatId", goneID))
	roomsOf(w).Log.Appended = changed
	w.close()
	storetest.Close(t, e)

	w = worldOn(t, storetest.Engine(t, dir), Limits{})
	lead := w.agent("lead")
	require.Eventually(t, func() bool {
		list := w.listed(lead, "status=waiting")
		return len(list) == 2 && list[0] == kept && list[1] == lostID
	}, storetest.WaitFor, storetest.Tick)
	require.Eventually(t, func() bool { return !roomsOf(w).Board.Has(ids.Key{App: "demo", ID: goneID}) }, storetest.WaitFor, storetest.Tick)
	assert.Equal(t, 2, roomsOf(w).Board.Position(ids.Key{App: "demo", ID: lostID}))
}
