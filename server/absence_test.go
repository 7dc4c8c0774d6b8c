package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/ids"
	"parley/server/internal/presence"
	"parley/server/internal/storetest"
)

const shortGrace = `{"chats":{"visitorGrace":0.2}}`

// logged lists the events of a chat's log.
func entriesOf(w *world, id string) (events []string) {
	for _, r := range stateOf(w, id).Log {
		events = append(events, r.Event)
	}
	return events
}

func TestAVisitorIsLostAndComesBack(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	w.set(shortGrace)
	at := visitor.position(id)
	visitor.leave() // also who logs out is only lost
	agent.activity(visitor.l.id, "leave")
	left := agent.next(chat.EventLeave)
	assert.Equal(t, visitor.l.id, left["userId"])
	assert.Equal(t, visitor.l.id, dig(left, "user", "id"))
	agent.say(id, "are you still there?")
	now := stateOf(w, id)
	assert.True(t, now.Away)
	assert.Equal(t, chat.Active, now.Chat.Status, "the chat stays open")
	assert.Equal(t, []string{agent.l.id}, idsOf(dig(agent.ask("chats:get", obj("chatId", id)), "chat", "users")))

	w.set(`{}`)
	back := w.dial(t)
	c := dig(back.openSession(visitor.l, map[string]uint64{id: at}), "chats", id)
	assert.Equal(t, true, dig(c, "resumed"))
	joined := agent.next(chat.EventJoin)
	assert.Equal(t, visitor.l.id, dig(joined, "user", "id"))
	assert.Equal(t, "", joined["mode"])
	assert.Equal(t, false, joined["transfer"])
	assert.Equal(t, []string{agent.l.id, visitor.l.id}, idsOf(dig(joined, "chat", "users")))
	back.next(chat.EventLeave)
	assert.Equal(t, "are you still there?", dig(back.next(chat.EventMessage), "message", "message"), "nothing said meanwhile is missed")
	back.next(chat.EventJoin)
	back.say(id, "yes")
	agent.next(chat.EventMessage)
}

// Within the grace nothing is logged, and a second connection is as good.
func TestAVisitorWhoIsBackInTime(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := worldOn(t, w.engine, Limits{})
	before := entriesOf(w, id)
	visitor.cut()
	agent.activity(visitor.l.id, "leave")
	back := other.open(t, visitor.l)
	agent.activity(visitor.l.id, "not-writing")
	tab := w.open(t, visitor.l)
	back.cut()
	require.Eventually(t, func() bool {
		vera := ids.Key{App: "demo", ID: visitor.l.id}
		_, looked := roomsOf(other).Visitors.Since(vera)
		return !roomsOf(other).Hub.Connected(vera) && !looked
	}, storetest.WaitFor, storetest.Tick)
	tab.say(id, "a tab is left")
	agent.next(chat.EventMessage)
	assert.Equal(t, append(before, chat.EventMessage), entriesOf(w, id))
	agent.mu.Lock()
	defer agent.mu.Unlock()
	lost := 0
	for _, f := range agent.frames {
		if f.Event == chat.EventActivity && dig(parsed(f.Data), "type") == "leave" {
			lost++
		}
	}
	assert.Equal(t, 1, lost, "no word of the tab that is closed")
}

func TestNoGraceIsForEver(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	w.set(`{"chats":{"visitorGrace":0}}`)
	visitor.cut()
	agent.activity(visitor.l.id, "leave")
	require.Eventually(t, func() bool {
		_, there := roomsOf(w).Visitors.Since(ids.Key{App: "demo", ID: visitor.l.id})
		return !there
	}, storetest.WaitFor, storetest.Tick)
	assert.NotContains(t, entriesOf(w, id), chat.EventLeave)
}

// Who counts as gone may do all the same what the creator may, and has a chat.
func TestWhatAnAbsentVisitorMay(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	w.set(shortGrace)
	visitor.cut()
	agent.next(chat.EventLeave)
	assert.Equal(t, []string{id}, idsOf(w.rest("GET", "/chats", as(visitor.l), "").json["chats"]))
	w.rest("POST", "/chats", as(visitor.l), `{"room":"1"}`).requireRefused(409, "User already has a chat")
	a := w.rest("POST", "/chats/"+id+"/messages", as(visitor.l), `{"message":"by REST"}`)
	require.Equal(t, 200, a.status, a.body)
	assert.Equal(t, visitor.l.id, agent.next(chat.EventMessage)["userId"])
	w.rest("POST", "/chats/"+id+"/join", as(visitor.l), "").requireDone()
	agent.next(chat.EventJoin)
	assert.False(t, stateOf(w, id).Away)
	w.rest("DELETE", "/chats/"+id, as(visitor.l), "").requireDone()
	agent.next(chat.EventClose)
}

// Who left on purpose is not brought back.
func TestAVisitorWhoLeft(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	visitor.ask(chat.EventLeave, obj("chatId", id))
	agent.next(chat.EventLeave)
	back := w.dial(t)
	assert.Empty(t, back.openSession(visitor.l, nil)["chats"])
	assert.NotContains(t, agent.events(), chat.EventJoin)
	assert.NotEqual(t, id, back.newChat())
}

// Nobody is invited who would find nobody there; the round goes on afterwards.
func TestAnInvitationIsWithdrawnWhileTheVisitorIsAway(t *testing.T) {
	w := newWorld(t, Limits{AssignTimeout: time.Hour})
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id, "maxAttempts", 1)]
	agent.next("invitations:new")
	w.set(shortGrace)
	visitor.cut()
	assert.Equal(t, obj("chatId", id, "reason", "withdrawn"), agent.next("invitations:end"))
	agent.refused("invitations:accept", obj("chatId", id), 409, "no invitation")
	roomsOf(w).Desk.RunDue(ids.Key{App: "demo", ID: id})
	now := stateOf(w, id)
	assert.True(t, now.Round.Running)
	assert.False(t, now.Round.Pending)

	w.set(`{}`)
	back := w.open(t, visitor.l)
	agent.next("invitations:new")
	agent.ask("invitations:accept", obj("chatId", id))
	assert.Equal(t, agent.l.id, dig(back.next(chat.EventJoin), "user", "id"))
}

// A chat that is made over REST by somebody who never connects has nobody who
// could be away; who connects once can.
func TestAVisitorOfRESTIsNotAway(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	paul, vera := w.visitor("Paul"), w.visitor("Vera")
	create := func(l login) string { return w.rest("POST", "/chats", as(l), `{"room":"1"}`).text("chat", "id") }
	byREST, mixed := create(paul), create(vera)
	w.open(t, vera)
	w.close()
	storetest.Close(t, e)

	w = worldWith(t, storetest.Engine(t, dir), Options{Presence: presence.Options{Beat: 50 * time.Millisecond}})
	w.set(shortGrace)
	require.Eventually(t, func() bool { return stateOf(w, mixed).Away }, storetest.WaitFor, storetest.Tick)
	assert.False(t, stateOf(w, byREST).Away)
}

// Another node finds out whom a node that crashed has left behind, and who is
// with itself.
func TestVisitorsOfANodeThatCrashed(t *testing.T) {
	w := newWorld(t, Limits{})
	beat := Options{Presence: presence.Options{Beat: 300 * time.Millisecond}}
	one, two := worldWith(t, w.engine, beat), worldWith(t, w.engine, beat)
	w.close()
	w.t = t
	agent := two.open(t, two.agent("agent1"))
	var gone []string
	for range 3 {
		visitor := one.open(t, one.visitor("Vera"))
		id := visitor.newChat()
		agent.ask(chat.EventJoin, obj("chatId", id))
		gone = append(gone, id)
	}
	stays := two.open(t, two.visitor("Paul"))
	id := stays.newChat()
	one.set(`{"chats":{"visitorGrace":0.5}}`)
	crash(one)
	for _, lost := range gone {
		require.Eventually(t, func() bool { return stateOf(two, lost).Away }, storetest.WaitFor, storetest.Tick)
	}
	assert.False(t, stateOf(two, id).Away)
	for range gone { // the log may have it before the agent does
		agent.next(chat.EventLeave)
	}
	assert.Equal(t, len(gone), agent.howMany(chat.EventLeave), "each once")
}

// A restart of the only node: who does not come back counts as gone.
func TestVisitorsOverARestart(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(`{"chats":{"visitorGrace":0.5}}`)
	lost, back := w.open(t, w.visitor("Vera")), w.open(t, w.visitor("Paul"))
	lostID, backID := lost.newChat(), back.newChat()
	crash(w)
	storetest.Close(t, e)

	w = worldWith(t, storetest.Engine(t, dir), Options{Presence: presence.Options{Beat: 300 * time.Millisecond}})
	w.open(t, back.l)
	require.Eventually(t, func() bool { return stateOf(w, lostID).Away }, storetest.WaitFor, storetest.Tick)
	assert.False(t, stateOf(w, backID).Away)
}

// Who opens a connection at the moment at which another node counts him as gone
// is in the chat in the end.
func TestGoneAndHereAtOnce(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := worldOn(t, w.engine, Limits{})
	require.NoError(t, roomsOf(other).Desk.CountAsGone(t.Context(), ids.Key{App: "demo", ID: id}, visitor.l.id))
	agent.next(chat.EventLeave)
	agent.next(chat.EventJoin)
	visitor.say(id, "I am here")
	assert.Equal(t, "I am here", dig(agent.next(chat.EventMessage), "message", "message"))
	assert.Equal(t, []string{chat.EventJoin, chat.EventLeave, chat.EventJoin}, visitor.events())
}
