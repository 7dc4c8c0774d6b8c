package server

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

const queueMode = `{"queue":{"active":true}}`

// place waits until the visitor is told of this place.
func (p *peer) place(chatID string, position int) {
	p.t.Helper()
	for {
		push := p.next(eventQueue)
		require.Equal(p.t, chatID, push["chatId"])
		require.GreaterOrEqual(p.t, dig(push, "data", "waitingTime"), 0.0)
		if dig(push, "data", "queuePosition") == float64(position) {
			return
		}
	}
}

// places lists the places that the visitor was told of, in order.
func (p *peer) places() (list []int) {
	p.ask("user:focus", nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		if f.Event == eventQueue {
			list = append(list, int(dig(parsed(f.Data), "data", "queuePosition").(float64)))
		}
	}
	return list
}

// take accepts the next invitation, which must be to this chat.
func (p *peer) take(id string) {
	p.t.Helper()
	require.Equal(p.t, id, p.next("invitations:new")["chatId"])
	p.ask("invitations:accept", obj("chatId", id))
}

// waiting asks for a list of chats.
func (w *world) listed(l login, query string) []string {
	w.t.Helper()
	a := w.rest("GET", "/chats?"+query, as(l), "")
	require.Equal(w.t, 200, a.status, a.body)
	return ids(a.json["chats"])
}

// Three wait; one after the other is answered: 3, 2, 1, then the agent joins.
func TestQueue(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(queueMode)
	var visitors []*peer
	var chats []string
	for n := range 3 {
		visitor, id := w.chatIn(t)
		visitor.place(id, n+1)
		assert.Equal(t, true, dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "inQueue"))
		assert.Equal(t, object{}, visitor.ask(chat.EventAssign, obj("chatId", id)), "in line already")
		visitors, chats = append(visitors, visitor), append(chats, id)
	}
	third := visitors[2]
	tab := w.open(t, third.l)
	tab.place(chats[2], 3)

	agent := w.open(t, w.agent("agent1")).onDuty()
	for n, id := range chats {
		agent.take(id)
		joined := visitors[n].next(chat.EventJoin)
		assert.Equal(t, false, dig(joined, "chat", "inQueue"))
		if n < 2 {
			third.place(chats[2], 2-n)
			tab.place(chats[2], 2-n)
		}
	}
	assert.Equal(t, []int{3, 2, 1}, third.places())
	assert.Equal(t, []int{3, 2, 1}, tab.places())
	for _, p := range visitors {
		assert.NotContains(t, p.events(), chat.EventAlone)
	}
	c := third.ask("chats:get", obj("chatId", chats[2]))["chat"]
	assert.Equal(t, false, dig(c, "inQueue"))
	assert.Equal(t, 0.0, dig(w.rest("GET", "/queues/update/"+chats[2], as(third.l), "").json, "data", "queuePosition"))
}

// Who searches while an agent is free is given him.
func TestQueueWithAFreeAgent(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(queueMode)
	agent := w.open(t, w.agent("agent1")).onDuty()
	first, firstID := w.chatIn(t)
	assert.Equal(t, agent.l.id, search(first, firstID))
	second, secondID := w.chatIn(t)
	assert.Empty(t, search(second, secondID), "he is asked for one chat after the other")
	second.place(secondID, 2)
	agent.take(firstID)
	second.place(secondID, 1)
	assert.Equal(t, agent.l.id, search(second, secondID))
	assert.Equal(t, agent.l.id, search(first, firstID), "who is in the chat")
}

// A chat that was made before the queue was there comes into it by a search.
func TestIntoTheQueueBySearching(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, id := w.chatIn(t)
	assert.Equal(t, false, dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "inQueue"))
	w.set(queueMode)
	assert.Empty(t, search(visitor, id, "algorithm", "roundRobin", "maxAttempts", 1))
	visitor.place(id, 1)
	agent := w.open(t, w.agent("agent1")).onDuty()
	agent.next("invitations:new")
	inv := w.state(id).round.invited
	assert.Equal(t, "roundRobin", inv.Algorithm)
	assert.Equal(t, 1, inv.MaxAttempts)
}

func TestPriority(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(queueMode)
	first, firstID := w.chatIn(t)
	first.place(firstID, 1)
	urgent, urgentID := w.chatIn(t, "priority", 5)
	urgent.place(urgentID, 1)
	first.place(firstID, 2)
	other, otherID := w.chatIn(t, "room", "2")
	other.place(otherID, 1)
	first.refused(chat.EventCreate, obj("room", "1", "priority", "high"), 400, "priority")
	first.refused(chat.EventCreate, obj("room", "1", "priority", 1e9), 400, "priority")

	status := w.rest("GET", "/queues/status", secret(), "").json
	assert.Equal(t, true, status["active"])
	assert.Equal(t, 2.0, dig(status, "rooms", "1", "waiting"))
	assert.Equal(t, 1.0, dig(status, "rooms", "2", "waiting"))
	assert.Equal(t, 180.0, dig(status, "rooms", "1", "waitingTime"))
	update := w.rest("GET", "/queues/update/"+firstID, as(first.l), "").json
	assert.Equal(t, obj("chatId", firstID, "data", obj("queuePosition", 2.0, "waitingTime", 120.0)), update)
	w.rest("GET", "/queues/update/"+firstID, as(other.l), "").requireRefused(403, "not in chat")
	w.rest("GET", "/queues/status", as(other.l), "").requireRefused(403, "agents")

	agent := w.open(t, w.agent("agent1")).onDuty()
	agent.take(urgentID)
	first.place(firstID, 1)
}

// The limit keeps chats in line, until a chat is over.
func TestQueueAndTheLimit(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(`{"queue":{"active":true},"assignment":{"maxChatsPerAgent":1}}`)
	agent := w.open(t, w.agent("agent1")).onDuty()
	first, firstID := w.chatIn(t)
	agent.take(firstID)
	second, secondID := w.chatIn(t)
	third, thirdID := w.chatIn(t)
	third.place(thirdID, 2)
	assert.Empty(t, search(second, secondID))
	first.ask(chat.EventClose, obj("chatId", firstID))
	agent.take(secondID)
	third.place(thirdID, 1)
	agent.ask(chat.EventLeave, obj("chatId", secondID))
	assert.Equal(t, thirdID, agent.next("invitations:new")["chatId"])
}

// Who rejects has peace for a while; the chat keeps its place, and others are asked.
func TestRejectingInTheQueue(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(`{"queue":{"active":true},"assignment":{"timeout":1}}`)
	agent := w.open(t, w.agent("agent1")).onDuty()
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	second.place(secondID, 2)
	assert.Equal(t, firstID, agent.next("invitations:new")["chatId"])
	agent.ask("invitations:reject", obj("chatId", firstID))
	agent.take(secondID)
	assert.Equal(t, 1, w.server.board.position(chatKey{"demo", firstID}))
	agent.take(firstID) // after the rest
	assert.NotContains(t, first.events(), chat.EventAlone)
	assert.Equal(t, []int{1}, first.places())
}

// A chat goes back into line when it is handed over to a room, and when its last
// agent leaves.
func TestBackIntoTheQueue(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(queueMode)
	agent := w.open(t, w.agent("agent1")).onDuty()
	visitor, id := w.chatIn(t)
	visitor.place(id, 1)
	agent.take(id)
	waiting, waitingID := w.chatIn(t, "room", "2")
	agent.take(waitingID)
	agent.ask("agents:available", obj("available", false))
	agent.ask(chat.EventLeave, obj("chatId", waitingID))
	waiting.place(waitingID, 1)
	assert.Equal(t, true, waiting.next(chat.EventLeave)["inQueue"])
	agent.ask(chat.EventTransfer, obj("chatId", id, "room", "2"))
	visitor.place(id, 2)
	waiting.ask(chat.EventClose, obj("chatId", waitingID))
	visitor.place(id, 1)
	other := w.open(t, w.agent("agent2")).onDuty()
	other.take(id)
	visitor.next(chat.EventJoin)
	assert.NotContains(t, visitor.events(), chat.EventAlone)
}

// A visitor who is away is skipped, and has his place again when he comes back.
func TestAwayInTheQueue(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(queueMode)
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	second.place(secondID, 2)
	w.set(`{"queue":{"active":true},"chats":{"visitorGrace":0.2}}`)
	first.cut()
	second.place(secondID, 1)
	assert.Equal(t, 0.0, dig(w.rest("GET", "/queues/update/"+firstID, secret(), "").json, "data", "queuePosition"))
	w.set(queueMode)
	back := w.open(t, first.l)
	back.place(firstID, 1)
	second.place(secondID, 2)
	w.open(t, w.agent("agent1")).onDuty().take(firstID)
}

// The queue is the same after a restart, and for all servers.
func TestQueueOverARestartAndOnTwoServers(t *testing.T) {
	dir := t.TempDir()
	e := testEngine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(queueMode)
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	urgent, urgentID := w.chatIn(t, "priority", 1)
	second.place(secondID, 3)
	w.close()
	closeEngine(t, e)

	e = testEngine(t, dir)
	w = worldOn(t, e, Limits{})
	other := worldOn(t, e, Limits{})
	back := w.open(t, second.l)
	back.place(secondID, 3)
	there := other.open(t, first.l)
	there.place(firstID, 2)
	agent := other.open(t, w.agent("agent1")).onDuty()
	agent.take(urgentID)
	there.place(firstID, 1)
	back.place(secondID, 2)
	agent.take(firstID)
	back.place(secondID, 1)
	_ = urgent
	agent.take(secondID)
	back.next(chat.EventJoin)
}

// An agent takes a chat from the list: its invitation and its place are over.
func TestTakingFromTheList(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(queueMode)
	invited, taker := w.open(t, w.agent("agent1")), w.open(t, w.agent("agent2"))
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	second.place(secondID, 2)
	taker.next(eventList)
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
	assert.InDelta(t, unixSeconds(time.Now()), dig(list[0], "waitingSince"), 60)
	assert.Equal(t, []string{second.l.id}, ids(dig(list[0], "users")))
	taker.next(eventList)
}

// Who sees which chats in the lists.
func TestLists(t *testing.T) {
	w := newWorld(t, Limits{})
	one, lead := w.open(t, w.agent("agent1")), w.agent("lead")
	_, err := w.identity.CreateAgent(t.Context(), "demo", NewAgent{Username: "roomer", Password: "long enough", Rooms: []string{"2"}})
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
		paged = append(paged, ids(page.json["chats"])...)
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
	e := testEngine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(queueMode)
	changed := w.server.log.changed
	_, kept := w.chatIn(t)
	gone, goneID := w.chatIn(t)
	w.server.log.changed = func(context.Context, chatKey, string, *state) {}
	_, lostID := w.chatIn(t)
	gone.ask(chat.EventClose, obj("chatId", goneID))
	w.server.log.changed = changed
	w.close()
	closeEngine(t, e)

	w = worldOn(t, testEngine(t, dir), Limits{})
	lead := w.agent("lead")
	require.Eventually(t, func() bool {
		list := w.listed(lead, "status=waiting")
		return len(list) == 2 && list[0] == kept && list[1] == lostID
	}, waitFor, tick)
	require.Eventually(t, func() bool { return !w.server.board.has(chatKey{"demo", goneID}) }, waitFor, tick)
	assert.Equal(t, 2, w.server.board.position(chatKey{"demo", lostID}))
}

// A thousand wait: what a change costs is bounded.
func TestFarPlaces(t *testing.T) {
	for _, tc := range []struct {
		position int
		pause    time.Duration
	}{{1, 0}, {firstPlaces, 0}, {20, time.Second}, {100, 5 * time.Second}, {1000, farthest}} {
		assert.Equal(t, tc.pause, toldPlace{position: tc.position}.pause())
	}
	w := newWorld(t, Limits{})
	w.set(queueMode)
	var all []string
	var last *peer
	for range firstPlaces + 5 {
		visitor, id := w.chatIn(t)
		last, all = visitor, append(all, id)
	}
	last.place(all[len(all)-1], firstPlaces+5)
	for _, id := range all[:3] {
		w.rest("DELETE", "/chats/"+id, secret(), "").requireDone()
	}
	last.place(all[len(all)-1], firstPlaces+2)
	assert.LessOrEqual(t, len(last.places()), 4)
}
