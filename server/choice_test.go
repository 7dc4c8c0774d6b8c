package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// busyChats counts the open chats that an agent is in.
func busyChats(w *servertest.World, agentID string) int {
	busy, _ := roomsOf(w).Board.Load(ids.Key{App: "demo", ID: agentID}, "")
	return busy
}

// An agent is invited to as many chats at once as the settings allow.
func TestChatsAtOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"assignment":{"maxChatsPerAgent":1}}`)
	one := w.Open(t, w.Agent("agent1")).OnDuty()
	first, firstID := w.ChatIn(t)
	second, secondID := w.ChatIn(t)
	assert.EqualValues(t, 1, w.Available(""))
	require.Equal(t, one.Login.ID, search(first, firstID))
	assert.Empty(t, search(second, secondID), "an invitation takes the place")
	assert.EqualValues(t, 0, w.Available(""))
	assert.Equal(t, true, w.Rest("GET", "/agents/online?roomId=1", servertest.App(), "").JSON["agentsOnline"], "busy is online")
	one.Ask("invitations:accept", servertest.Obj("chatId", firstID))
	assert.Empty(t, search(second, secondID))

	two := w.Open(t, w.Agent("agent2")).OnDuty()
	assert.Equal(t, two.Login.ID, search(second, secondID))
	two.Ask("invitations:reject", servertest.Obj("chatId", secondID))
	second.Next(chat.EventAlone)
	two.Ask("agents:available", servertest.Obj("available", false))
	first.Ask(chat.EventClose, servertest.Obj("chatId", firstID))
	assert.Equal(t, one.Login.ID, search(second, secondID), "has time again")
	one.Ask(chat.EventJoin, servertest.Obj("chatId", secondID))
	third, thirdID := w.ChatIn(t)
	one.Ask(chat.EventJoin, servertest.Obj("chatId", thirdID)) // by the agent's own will
	third.Next(chat.EventJoin)
}

// Of two invitations that cross each other, one goes on to the next agent.
func TestCrossedInvitations(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	one := w.Open(t, w.Agent("agent1")).OnDuty()
	first, firstID := w.ChatIn(t)
	second, secondID := w.ChatIn(t)
	require.NotEmpty(t, search(first, firstID))
	require.NotEmpty(t, search(second, secondID))
	w.Set(`{"assignment":{"maxChatsPerAgent":1}}`)
	two := w.Open(t, w.Agent("agent2")).OnDuty()
	one.Ask("invitations:accept", servertest.Obj("chatId", firstID))
	one.Refused("invitations:accept", servertest.Obj("chatId", secondID), 409, "")
	assert.Equal(t, secondID, two.Next("invitations:new")["chatId"])
}

// The order of roundRobin is the same on every node, and after a restart.
func TestRoundRobin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(`{"assignment":{"algorithm":"roundRobin"}}`)
	other := servertest.On(t, e, server.Limits{})
	logins := []servertest.Login{w.Agent("agent1"), w.Agent("agent2"), w.Agent("lead")}
	onDuty := func(w *servertest.World) {
		for _, l := range logins {
			w.Open(t, l).OnDuty()
		}
	}
	chosen := func(w *servertest.World) string {
		visitor, id := w.ChatIn(t)
		agent := search(visitor, id)
		require.NotEmpty(t, agent)
		visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
		return agent
	}
	onDuty(w)
	onDuty(other)
	order := []string{chosen(w), chosen(w), chosen(w)}
	assert.ElementsMatch(t, []string{logins[0].ID, logins[1].ID, logins[2].ID}, order)
	settled := func(w *servertest.World, last string) { // the other node has heard of it
		turn := func(id string) uint64 { return roomsOf(w).Activity.LastInvited(ids.Key{App: "demo", ID: id}) }
		require.Eventually(t, func() bool { return turn(last) == max(turn(order[0]), turn(order[1]), turn(order[2])) }, storetest.WaitFor, storetest.Tick)
	}
	settled(other, order[2])
	assert.Equal(t, order[0], chosen(other))
	settled(w, order[0])
	assert.Equal(t, order[1], chosen(w))
	w.Close()
	other.Close()
	storetest.Close(t, e)

	w = servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	onDuty(w)
	assert.Equal(t, order[2], chosen(w))
	assert.Equal(t, order[0], chosen(w))
}

// An agent who does not speak the chat's language is asked only if nobody does.
func TestLanguages(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	german := w.Open(t, w.NewAgent("german", "de", "en")).OnDuty()
	visitor, id := w.ChatIn(t, "lang", "es")
	assert.Equal(t, german.Login.ID, search(visitor, id), "better than none")
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	assert.EqualValues(t, 0, w.Available("&lang=es"))
	assert.EqualValues(t, 1, w.Available("&langs=es,de-AT"))
	assert.Equal(t, false, w.Rest("GET", "/agents/online?roomId=1&lang=es", servertest.App(), "").JSON["agentsOnline"])

	spanish := w.Open(t, w.NewAgent("spanish", "es")).OnDuty()
	for range 3 {
		visitor, id = w.ChatIn(t, "lang", "es")
		assert.Equal(t, spanish.Login.ID, search(visitor, id), "however busy")
		spanish.Ask("invitations:accept", servertest.Obj("chatId", id))
	}
	all := w.Open(t, w.Agent("agent1")).OnDuty()
	visitor, id = w.ChatIn(t, "lang", "es")
	assert.Equal(t, all.Login.ID, search(visitor, id), "names no language: speaks every one")
	all.Next("invitations:new")
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	visitor, id = w.ChatIn(t, "lang", "es")
	assert.Equal(t, spanish.Login.ID, search(visitor, id, "algorithm", "languageMatch"))
	spanish.Ask("agents:available", servertest.Obj("available", false))
	assert.Equal(t, id, all.Next("invitations:new")["chatId"])
}
