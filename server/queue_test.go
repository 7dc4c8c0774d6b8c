package server

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
)

const queueMode = `{"queue":{"active":true}}`

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
	inv := stateOf(w, id).Round.Invited
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
	assert.Equal(t, 1, roomsOf(w).Board.Position(ids.Key{App: "demo", ID: firstID}))
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
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(queueMode)
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	urgent, urgentID := w.chatIn(t, "priority", 1)
	second.place(secondID, 3)
	w.close()
	storetest.Close(t, e)

	e = storetest.Engine(t, dir)
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

// A thousand wait: what a change costs is bounded.
func TestFarPlaces(t *testing.T) {
	const firstPlaces = 10 // are notified of each change
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

// A webhook hears where chats stand, also of those whose visitors have no
// connection, and chooses the agent who is invited out of the queue.
func TestWebhooksAndTheQueue(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	w.set(queueMode)
	g := newTarget(t)
	w.hook(g, webhook.EventQueue, chat.EventAssign)
	byREST := w.rest("POST", "/chats", as(w.visitor("Paul")), `{"room":"1"}`).text("chat", "id")
	_, id := w.chatIn(t)
	places := g.wait(webhook.EventQueue, 2)
	assert.Equal(t, obj("chatId", byREST, "data", obj("queuePosition", 1.0, "waitingTime", index.PlaceUnknown)), places[0].data)
	assert.Equal(t, obj("chatId", id, "data", obj("queuePosition", 2.0, "waitingTime", 2*index.PlaceUnknown)), places[1].data)

	agent := w.colleague(t) // in no room: would not be asked otherwise
	g.answers(func(w http.ResponseWriter, p posted, _ int) {
		if p.trigger == chat.EventAssign {
			_, _ = w.Write([]byte(`{"agentId":"` + agent.l.id + `"}`))
		}
	})
	w.open(t, w.agent("agent1")).onDuty()
	agent.take(byREST)
	agent.take(id)
	g.wait(chat.EventAssign, 2)
}
