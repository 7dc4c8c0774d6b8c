package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
	"parley/server/servertest"
)

const queueMode = `{"queue":{"active":true}}`

// Three wait; one after the other is answered: 3, 2, 1, then the agent joins.
func TestQueue(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	var visitors []*servertest.Peer
	var chats []string
	for n := range 3 {
		visitor, id := w.ChatIn(t)
		visitor.Place(id, n+1)
		assert.Equal(t, true, servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "inQueue"))
		assert.Equal(t, servertest.Object{}, visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id)), "in line already")
		visitors, chats = append(visitors, visitor), append(chats, id)
	}
	third := visitors[2]
	tab := w.Open(t, third.Login)
	tab.Place(chats[2], 3)

	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	for n, id := range chats {
		agent.Take(id)
		joined := visitors[n].Next(chat.EventJoin)
		assert.Equal(t, false, servertest.Dig(joined, "chat", "inQueue"))
		if n < 2 {
			third.Place(chats[2], 2-n)
			tab.Place(chats[2], 2-n)
		}
	}
	assert.Equal(t, []int{3, 2, 1}, third.Places())
	assert.Equal(t, []int{3, 2, 1}, tab.Places())
	for _, p := range visitors {
		assert.NotContains(t, p.Events(), chat.EventAlone)
	}
	c := third.Ask("chats:get", servertest.Obj("chatId", chats[2]))["chat"]
	assert.Equal(t, false, servertest.Dig(c, "inQueue"))
	assert.Equal(t, 0.0, servertest.Dig(w.Rest("GET", "/queues/update/"+chats[2], servertest.As(third.Login), "").JSON, "data", "queuePosition"))
}

// A visitor who searches while an agent is free gets that agent.
func TestQueueWithAFreeAgent(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	first, firstID := w.ChatIn(t)
	assert.Equal(t, agent.Login.ID, search(first, firstID))
	second, secondID := w.ChatIn(t)
	assert.Empty(t, search(second, secondID), "an agent is asked for one chat after the other")
	second.Place(secondID, 2)
	agent.Take(firstID)
	second.Place(secondID, 1)
	assert.Equal(t, agent.Login.ID, search(second, secondID))
	assert.Equal(t, agent.Login.ID, search(first, firstID), "who is in the chat")
}

// A chat that was created before queue mode was on is queued by its next search.
func TestIntoTheQueueBySearching(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id := w.ChatIn(t)
	assert.Equal(t, false, servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "inQueue"))
	w.Set(queueMode)
	assert.Empty(t, search(visitor, id, "algorithm", "roundRobin", "maxAttempts", 1))
	visitor.Place(id, 1)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	agent.Next("invitations:new")
	inv := stateOf(w, id).Round.Invited
	assert.Equal(t, "roundRobin", inv.Algorithm)
	assert.Equal(t, 1, inv.MaxAttempts)
}

// urgentChat makes a visitor, and with the app's secret a chat of theirs in room 1 that
// has a priority.
func urgentChat(w *servertest.World, priority int) (visitor *servertest.Peer, id string) {
	visitor = w.Open(w.T, w.Visitor("Vera"))
	made := w.Rest("POST", "/chats", servertest.Secret(), fmt.Sprintf(`{"room":"1","creator":%q,"priority":%d}`, visitor.Login.ID, priority))
	return visitor, made.Text("chat", "id")
}

func TestPriority(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	first, firstID := w.ChatIn(t)
	first.Place(firstID, 1)
	urgent, urgentID := urgentChat(w, 5)
	urgent.Place(urgentID, 1)
	first.Place(firstID, 2)
	other, otherID := w.ChatIn(t, "room", "2")
	other.Place(otherID, 1)
	first.Refused(chat.EventCreate, servertest.Obj("room", "1", "priority", "high"), 400, "priority")
	first.Refused(chat.EventCreate, servertest.Obj("room", "1", "priority", 1e9), 400, "priority")

	status := w.Rest("GET", "/queues/status", servertest.Secret(), "").JSON
	assert.Equal(t, true, status["active"])
	assert.Equal(t, 2.0, servertest.Dig(status, "rooms", "1", "waiting"))
	assert.Equal(t, 1.0, servertest.Dig(status, "rooms", "2", "waiting"))
	assert.Equal(t, 180.0, servertest.Dig(status, "rooms", "1", "waitingTime"))
	update := w.Rest("GET", "/queues/update/"+firstID, servertest.As(first.Login), "").JSON
	assert.Equal(t, servertest.Obj("chatId", firstID, "userId", first.Login.ID, "data", servertest.Obj("queuePosition", 2.0, "waitingTime", 120.0)), update)
	w.Rest("GET", "/queues/update/"+firstID, servertest.As(other.Login), "").RequireRefused(403, "not in chat")
	w.Rest("GET", "/queues/status", servertest.As(other.Login), "").RequireRefused(403, "agents")

	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	agent.Take(urgentID)
	first.Place(firstID, 1)
}

// At the limit of chats an agent gets the next one only when a chat has ended.
func TestQueueAndTheLimit(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"queue":{"active":true},"assignment":{"maxChatsPerAgent":1}}`)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	first, firstID := w.ChatIn(t)
	agent.Take(firstID)
	second, secondID := w.ChatIn(t)
	third, thirdID := w.ChatIn(t)
	third.Place(thirdID, 2)
	assert.Empty(t, search(second, secondID))
	first.Ask(chat.EventClose, servertest.Obj("chatId", firstID))
	agent.Take(secondID)
	third.Place(thirdID, 1)
	agent.Ask(chat.EventLeave, servertest.Obj("chatId", secondID))
	assert.Equal(t, thirdID, agent.Next("invitations:new")["chatId"])
}

// An agent who rejects is not asked again for a while. The chat keeps its place, and
// others are asked.
func TestRejectingInTheQueue(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"queue":{"active":true},"assignment":{"timeout":1}}`)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	first, firstID := w.ChatIn(t)
	second, secondID := w.ChatIn(t)
	second.Place(secondID, 2)
	assert.Equal(t, firstID, agent.Next("invitations:new")["chatId"])
	agent.Ask("invitations:reject", servertest.Obj("chatId", firstID))
	agent.Take(secondID)
	assert.Equal(t, 1, roomsOf(w).Board.Position(ids.Key{App: "demo", ID: firstID}))
	agent.Take(firstID) // after the rest
	assert.NotContains(t, first.Events(), chat.EventAlone)
	assert.Equal(t, []int{1}, first.Places())
}

// A chat goes back into the queue when it is handed over to a room, and when its last
// agent leaves.
func TestBackIntoTheQueue(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	visitor, id := w.ChatIn(t)
	visitor.Place(id, 1)
	agent.Take(id)
	waiting, waitingID := w.ChatIn(t, "room", "2")
	agent.Take(waitingID)
	agent.Ask("agents:available", servertest.Obj("available", false))
	agent.Ask(chat.EventLeave, servertest.Obj("chatId", waitingID))
	waiting.Place(waitingID, 1)
	assert.Equal(t, true, waiting.Next(chat.EventLeave)["inQueue"])
	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "room", "2"))
	visitor.Place(id, 2)
	waiting.Ask(chat.EventClose, servertest.Obj("chatId", waitingID))
	visitor.Place(id, 1)
	other := w.Open(t, w.Agent("agent2")).OnDuty()
	other.Take(id)
	visitor.Next(chat.EventJoin)
	assert.NotContains(t, visitor.Events(), chat.EventAlone)
}

// A visitor who is away is skipped, and has their place again when they come back.
func TestAwayInTheQueue(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	first, firstID := w.ChatIn(t)
	second, secondID := w.ChatIn(t)
	second.Place(secondID, 2)
	w.Set(`{"queue":{"active":true},"chats":{"visitorGrace":0.2}}`)
	first.Cut()
	second.Place(secondID, 1)
	assert.Equal(t, 0.0, servertest.Dig(w.Rest("GET", "/queues/update/"+firstID, servertest.Secret(), "").JSON, "data", "queuePosition"))
	w.Set(queueMode)
	back := w.Open(t, first.Login)
	back.Place(firstID, 1)
	second.Place(secondID, 2)
	w.Open(t, w.Agent("agent1")).OnDuty().Take(firstID)
}

// The queue is the same after a restart, and for all servers.
func TestQueueOverARestartAndOnTwoServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(queueMode)
	first, firstID := w.ChatIn(t)
	second, secondID := w.ChatIn(t)
	urgent, urgentID := urgentChat(w, 1)
	second.Place(secondID, 3)
	w.Close()
	storetest.Close(t, e)

	e = storetest.Engine(t, dir)
	w = servertest.On(t, e, server.Limits{})
	other := servertest.On(t, e, server.Limits{})
	back := w.Open(t, second.Login)
	back.Place(secondID, 3)
	there := other.Open(t, first.Login)
	there.Place(firstID, 2)
	agent := other.Open(t, w.Agent("agent1")).OnDuty()
	agent.Take(urgentID)
	there.Place(firstID, 1)
	back.Place(secondID, 2)
	agent.Take(firstID)
	back.Place(secondID, 1)
	_ = urgent
	agent.Take(secondID)
	back.Next(chat.EventJoin)
}

// With a thousand chats in the queue the cost of a change is bounded.
func TestFarPlaces(t *testing.T) {
	t.Parallel()
	const firstPlaces = 10 // are notified of each change
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	var all []string
	var last *servertest.Peer
	for range firstPlaces + 5 {
		visitor, id := w.ChatIn(t)
		last, all = visitor, append(all, id)
	}
	last.Place(all[len(all)-1], firstPlaces+5)
	for _, id := range all[:3] {
		w.Rest("DELETE", "/chats/"+id, servertest.Secret(), "").RequireDone()
	}
	last.Place(all[len(all)-1], firstPlaces+2)
	assert.LessOrEqual(t, len(last.Places()), 4)
}

// A webhook gets the places of chats in the queue, also of visitors without a
// connection, and chooses the agent who is invited.
func TestWebhooksAndTheQueue(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	w.Set(queueMode)
	g := servertest.NewTarget(t)
	w.Hook(g, webhook.EventQueue, chat.EventAssign)
	paul := w.Visitor("Paul")
	byREST := w.Rest("POST", "/chats", servertest.As(paul), `{"room":"1"}`).Text("chat", "id")
	vera, id := w.ChatIn(t)
	places := g.Wait(webhook.EventQueue, 2)
	assert.Equal(t, servertest.Obj("chatId", byREST, "userId", paul.ID, "data", servertest.Obj("queuePosition", 1.0, "waitingTime", 60.0)), places[0].Data)
	assert.Equal(t, servertest.Obj("chatId", id, "userId", vera.Login.ID, "data", servertest.Obj("queuePosition", 2.0, "waitingTime", 120.0)), places[1].Data)

	agent := w.Colleague(t) // in no room: would not be asked otherwise
	g.Answers(func(w http.ResponseWriter, p servertest.Posted, _ int) {
		if p.Trigger == chat.EventAssign {
			_, _ = w.Write([]byte(`{"agentId":"` + agent.Login.ID + `"}`))
		}
	})
	w.Open(t, w.Agent("agent1")).OnDuty()
	// The webhook is asked about both chats at once, since there are two agents; its
	// answers may come in either order.
	var taken []any
	for range 2 {
		invited := agent.Next("invitations:new")["chatId"]
		agent.Ask("invitations:accept", servertest.Obj("chatId", invited))
		taken = append(taken, invited)
	}
	assert.ElementsMatch(t, []any{byREST, id}, taken)
	g.Wait(chat.EventAssign, 2)
}
