package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

// busy counts the open chats that an agent is in.
func busyChats(w *world, agentID string) int {
	busy, _ := roomsOf(w).Board.Load(ids.Key{App: "demo", ID: agentID}, "")
	return busy
}

// An agent is invited to as many chats at once as the settings allow.
func TestChatsAtOnce(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(`{"assignment":{"maxChatsPerAgent":1}}`)
	one := w.open(t, w.agent("agent1")).onDuty()
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	assert.EqualValues(t, 1, w.available(""))
	require.Equal(t, one.l.id, search(first, firstID))
	assert.Empty(t, search(second, secondID), "an invitation takes the place")
	assert.EqualValues(t, 0, w.available(""))
	assert.Equal(t, true, w.rest("GET", "/agents/online?roomId=1", app(), "").json["agentsOnline"], "busy is online")
	one.ask("invitations:accept", obj("chatId", firstID))
	assert.Empty(t, search(second, secondID))

	two := w.open(t, w.agent("agent2")).onDuty()
	assert.Equal(t, two.l.id, search(second, secondID))
	two.ask("invitations:reject", obj("chatId", secondID))
	second.next(chat.EventAlone)
	two.ask("agents:available", obj("available", false))
	first.ask(chat.EventClose, obj("chatId", firstID))
	assert.Equal(t, one.l.id, search(second, secondID), "has time again")
	one.ask(chat.EventJoin, obj("chatId", secondID))
	third, thirdID := w.chatIn(t)
	one.ask(chat.EventJoin, obj("chatId", thirdID)) // his own will
	third.next(chat.EventJoin)
}

// Of two invitations that cross each other, one goes on to the next agent.
func TestCrossedInvitations(t *testing.T) {
	w := newWorld(t, Limits{})
	one := w.open(t, w.agent("agent1")).onDuty()
	first, firstID := w.chatIn(t)
	second, secondID := w.chatIn(t)
	require.NotEmpty(t, search(first, firstID))
	require.NotEmpty(t, search(second, secondID))
	w.set(`{"assignment":{"maxChatsPerAgent":1}}`)
	two := w.open(t, w.agent("agent2")).onDuty()
	one.ask("invitations:accept", obj("chatId", firstID))
	one.refused("invitations:accept", obj("chatId", secondID), 409, "")
	assert.Equal(t, secondID, two.next("invitations:new")["chatId"])
}

// Whose turn it is holds on every node, and after a restart.
func TestRoundRobin(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(`{"assignment":{"algorithm":"roundRobin"}}`)
	other := worldOn(t, e, Limits{})
	logins := []login{w.agent("agent1"), w.agent("agent2"), w.agent("lead")}
	onDuty := func(w *world) {
		for _, l := range logins {
			w.open(t, l).onDuty()
		}
	}
	chosen := func(w *world) string {
		visitor, id := w.chatIn(t)
		agent := search(visitor, id)
		require.NotEmpty(t, agent)
		visitor.ask(chat.EventClose, obj("chatId", id))
		return agent
	}
	onDuty(w)
	onDuty(other)
	order := []string{chosen(w), chosen(w), chosen(w)}
	assert.ElementsMatch(t, []string{logins[0].id, logins[1].id, logins[2].id}, order)
	settled := func(w *world, last string) { // the other node has heard of it
		turn := func(id string) uint64 { return roomsOf(w).Activity.LastInvited(ids.Key{App: "demo", ID: id}) }
		require.Eventually(t, func() bool { return turn(last) == max(turn(order[0]), turn(order[1]), turn(order[2])) }, storetest.WaitFor, storetest.Tick)
	}
	settled(other, order[2])
	assert.Equal(t, order[0], chosen(other))
	settled(w, order[0])
	assert.Equal(t, order[1], chosen(w))
	w.close()
	other.close()
	storetest.Close(t, e)

	w = worldOn(t, storetest.Engine(t, dir), Limits{})
	onDuty(w)
	assert.Equal(t, order[2], chosen(w))
	assert.Equal(t, order[0], chosen(w))
}

// An agent who does not speak the chat's language is asked only if nobody does.
func TestLanguages(t *testing.T) {
	w := newWorld(t, Limits{})
	german := w.open(t, w.newAgent("german", "de", "en")).onDuty()
	visitor, id := w.chatIn(t, "lang", "es")
	assert.Equal(t, german.l.id, search(visitor, id), "better than none")
	visitor.ask(chat.EventClose, obj("chatId", id))
	assert.EqualValues(t, 0, w.available("&lang=es"))
	assert.EqualValues(t, 1, w.available("&langs=es,de-AT"))
	assert.Equal(t, false, w.rest("GET", "/agents/online?roomId=1&lang=es", app(), "").json["agentsOnline"])

	spanish := w.open(t, w.newAgent("spanish", "es")).onDuty()
	for range 3 {
		visitor, id = w.chatIn(t, "lang", "es")
		assert.Equal(t, spanish.l.id, search(visitor, id), "however busy")
		spanish.ask("invitations:accept", obj("chatId", id))
	}
	all := w.open(t, w.agent("agent1")).onDuty()
	visitor, id = w.chatIn(t, "lang", "es")
	assert.Equal(t, all.l.id, search(visitor, id), "names no language: speaks every one")
	all.next("invitations:new")
	visitor.ask(chat.EventClose, obj("chatId", id))
	visitor, id = w.chatIn(t, "lang", "es")
	assert.Equal(t, spanish.l.id, search(visitor, id, "algorithm", "languageMatch"))
	spanish.ask("agents:available", obj("available", false))
	assert.Equal(t, id, all.next("invitations:new")["chatId"])
}
