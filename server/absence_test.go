package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/presence"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

const shortGrace = `{"chats":{"visitorGrace":0.2}}`

// entriesOf lists the events of a chat's log.
func entriesOf(w *servertest.World, id string) (events []string) {
	for _, r := range stateOf(w, id).Log {
		events = append(events, r.Event)
	}
	return events
}

func TestAVisitorIsLostAndComesBack(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Set(shortGrace)
	at := visitor.Position(id)
	visitor.Leave() // a visitor who closes the connection counts as lost, too
	agent.Activity(visitor.Login.ID, "leave")
	left := agent.Next(chat.EventLeave)
	assert.Equal(t, visitor.Login.ID, left["userId"])
	assert.Equal(t, visitor.Login.ID, servertest.Dig(left, "user", "id"))
	agent.Say(id, "are you still there?")
	now := stateOf(w, id)
	assert.True(t, now.Away)
	assert.Equal(t, chat.Active, now.Chat.Status, "the chat stays open")
	assert.Equal(t, []string{agent.Login.ID}, servertest.IDs(servertest.Dig(agent.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "users")))

	w.Set(`{}`)
	back := w.Dial(t)
	c := servertest.Dig(back.OpenSession(visitor.Login, map[string]uint64{id: at}), "chats", id)
	assert.Equal(t, true, servertest.Dig(c, "resumed"))
	joined := agent.Next(chat.EventJoin)
	assert.Equal(t, visitor.Login.ID, servertest.Dig(joined, "user", "id"))
	assert.Equal(t, "", joined["mode"])
	assert.Equal(t, false, joined["transfer"])
	assert.Equal(t, []string{agent.Login.ID, visitor.Login.ID}, servertest.IDs(servertest.Dig(joined, "chat", "users")))
	back.Next(chat.EventLeave)
	assert.Equal(t, "are you still there?", servertest.Dig(back.Next(chat.EventMessage), "message", "message"), "nothing said meanwhile is missed")
	back.Next(chat.EventJoin)
	back.Say(id, "yes")
	agent.Next(chat.EventMessage)
}

// Within the grace nothing is appended, and one connection of several is enough.
func TestAVisitorWhoIsBackInTime(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := servertest.On(t, w.Engine, server.Limits{})
	before := entriesOf(w, id)
	visitor.Cut()
	agent.Activity(visitor.Login.ID, "leave")
	back := other.Open(t, visitor.Login)
	agent.Activity(visitor.Login.ID, "not-writing")
	tab := w.Open(t, visitor.Login)
	back.Cut()
	require.Eventually(t, func() bool {
		vera := ids.Key{App: "demo", ID: visitor.Login.ID}
		_, looked := roomsOf(other).Users.LostSince(vera)
		return !roomsOf(other).Hub.Connected(vera) && !looked
	}, storetest.WaitFor, storetest.Tick)
	tab.Say(id, "a tab is left")
	agent.Next(chat.EventMessage)
	assert.Equal(t, append(before, chat.EventMessage), entriesOf(w, id))
	agent.Mu.Lock()
	defer agent.Mu.Unlock()
	lost := 0
	for _, f := range agent.Frames {
		if f.Event == chat.EventActivity && servertest.Dig(servertest.Parsed(f.Data), "type") == "leave" {
			lost++
		}
	}
	assert.Equal(t, 1, lost, "no word of the tab that is closed")
}

func TestNoGraceIsForEver(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Set(`{"chats":{"visitorGrace":0}}`)
	visitor.Cut()
	agent.Activity(visitor.Login.ID, "leave")
	require.Eventually(t, func() bool {
		_, there := roomsOf(w).Users.LostSince(ids.Key{App: "demo", ID: visitor.Login.ID})
		return !there
	}, storetest.WaitFor, storetest.Tick)
	assert.NotContains(t, entriesOf(w, id), chat.EventLeave)
}

// A visitor who counts as gone keeps the rights of the creator, and their chat.
func TestWhatAnAbsentVisitorMay(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Set(shortGrace)
	visitor.Cut()
	agent.Next(chat.EventLeave)
	assert.Equal(t, []string{id}, servertest.IDs(w.Rest("GET", "/chats", servertest.As(visitor.Login), "").JSON["chats"]))
	w.Rest("POST", "/chats", servertest.As(visitor.Login), `{"room":"1"}`).RequireRefused(409, "User already has a chat")
	a := w.Rest("POST", "/chats/"+id+"/messages", servertest.As(visitor.Login), `{"message":"by REST"}`)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, visitor.Login.ID, agent.Next(chat.EventMessage)["userId"])
	w.Rest("POST", "/chats/"+id+"/join", servertest.As(visitor.Login), "").RequireDone()
	agent.Next(chat.EventJoin)
	assert.False(t, stateOf(w, id).Away)
	w.Rest("DELETE", "/chats/"+id, servertest.As(visitor.Login), "").RequireDone()
	agent.Next(chat.EventClose)
}

// A visitor who left on purpose is not brought back.
func TestAVisitorWhoLeft(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	visitor.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	agent.Next(chat.EventLeave)
	back := w.Dial(t)
	assert.Empty(t, back.OpenSession(visitor.Login, nil)["chats"])
	assert.NotContains(t, agent.Events(), chat.EventJoin)
	assert.NotEqual(t, id, back.NewChat())
}

// While the visitor is away no agent is invited; the round goes on afterwards.
func TestAnInvitationIsWithdrawnWhileTheVisitorIsAway(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{AssignTimeout: time.Hour})
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id, "maxAttempts", 1)]
	agent.Next("invitations:new")
	w.Set(shortGrace)
	visitor.Cut()
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "withdrawn"), agent.Next("invitations:end"))
	agent.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "no invitation")
	roomsOf(w).Dispatcher.RunDue(ids.Key{App: "demo", ID: id})
	now := stateOf(w, id)
	assert.True(t, now.Round.Running)
	assert.False(t, now.Round.Pending)

	w.Set(`{}`)
	back := w.Open(t, visitor.Login)
	agent.Next("invitations:new")
	agent.Ask("invitations:accept", servertest.Obj("chatId", id))
	assert.Equal(t, agent.Login.ID, servertest.Dig(back.Next(chat.EventJoin), "user", "id"))
}

// A visitor who made a chat over REST and never connects cannot be away; one who
// has connected once can.
func TestAVisitorOfRESTIsNotAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	paul, vera := w.Visitor("Paul"), w.Visitor("Vera")
	create := func(l servertest.Login) string {
		return w.Rest("POST", "/chats", servertest.As(l), `{"room":"1"}`).Text("chat", "id")
	}
	byREST, mixed := create(paul), create(vera)
	w.Open(t, vera)
	w.Close()
	storetest.Close(t, e)

	w = servertest.With(t, storetest.Engine(t, dir), server.Options{Presence: presence.Options{Beat: 50 * time.Millisecond}})
	w.Set(shortGrace)
	require.Eventually(t, func() bool { return stateOf(w, mixed).Away }, storetest.WaitFor, storetest.Tick)
	assert.False(t, stateOf(w, byREST).Away)
}

// Another node finds the visitors of a crashed node, but for those who are connected
// to itself.
func TestVisitorsOfANodeThatCrashed(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	beat := server.Options{Presence: presence.Options{Beat: 300 * time.Millisecond}}
	one, two := servertest.With(t, w.Engine, beat), servertest.With(t, w.Engine, beat)
	w.Close()
	w.T = t
	agent := two.Open(t, two.Agent("agent1"))
	var gone []string
	for range 3 {
		visitor := one.Open(t, one.Visitor("Vera"))
		id := visitor.NewChat()
		agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
		gone = append(gone, id)
	}
	stays := two.Open(t, two.Visitor("Paul"))
	id := stays.NewChat()
	one.Set(`{"chats":{"visitorGrace":0.5}}`)
	crash(one)
	for _, lost := range gone {
		require.Eventually(t, func() bool { return stateOf(two, lost).Away }, storetest.WaitFor, storetest.Tick)
	}
	assert.False(t, stateOf(two, id).Away)
	for range gone { // the log may have it before the agent does
		agent.Next(chat.EventLeave)
	}
	assert.Equal(t, len(gone), agent.HowMany(chat.EventLeave), "each once")
}

// A restart of the only node: visitors who do not come back count as gone.
func TestVisitorsOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(`{"chats":{"visitorGrace":0.5}}`)
	lost, back := w.Open(t, w.Visitor("Vera")), w.Open(t, w.Visitor("Paul"))
	lostID, backID := lost.NewChat(), back.NewChat()
	crash(w)
	storetest.Close(t, e)

	w = servertest.With(t, storetest.Engine(t, dir), server.Options{Presence: presence.Options{Beat: 300 * time.Millisecond}})
	w.Open(t, back.Login)
	require.Eventually(t, func() bool { return stateOf(w, lostID).Away }, storetest.WaitFor, storetest.Tick)
	assert.False(t, stateOf(w, backID).Away)
}

// A visitor who opens a connection just when another node counts them as gone
// is in the chat in the end.
func TestGoneAndHereAtOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := servertest.On(t, w.Engine, server.Limits{})
	require.NoError(t, roomsOf(other).Dispatcher.CountAsGone(t.Context(), ids.Key{App: "demo", ID: id}, visitor.Login.ID))
	agent.Next(chat.EventLeave)
	agent.Next(chat.EventJoin)
	visitor.Say(id, "I am here")
	assert.Equal(t, "I am here", servertest.Dig(agent.Next(chat.EventMessage), "message", "message"))
	assert.Equal(t, []string{chat.EventJoin, chat.EventLeave, chat.EventJoin}, visitor.Events())
}
