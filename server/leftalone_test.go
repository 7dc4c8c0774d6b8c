package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// An agent who comes on duty is offered the chats that were left alone, the oldest first,
// but not one whose visitor has not asked for an agent.
func TestOnDutyAfterTheSearch(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	first, firstID := w.ChatIn(t)
	second, secondID := w.ChatIn(t)
	w.ChatIn(t) // talks to a bot
	assert.Empty(t, search(second, secondID))
	assert.Empty(t, search(first, firstID))
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	agent.Take(firstID)
	agent.Take(secondID)
	assert.Equal(t, agent.Login.ID, servertest.Dig(second.Next(chat.EventJoin), "user", "id"))
	require.Eventually(t, func() bool { return len(roomsOf(w).Board.LeftAlone("demo")) == 0 }, storetest.WaitFor, storetest.Tick)
	news, _ := agent.Invitations()
	assert.Equal(t, 2, news)
	assert.Empty(t, first.HowMany(chat.EventAlone)+second.HowMany(chat.EventAlone))
}

// An agent who gets room for one more chat is offered the one that was left alone.
func TestRoomAfterTheSearch(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"assignment":{"maxChatsPerAgent":1}}`)
	_, agent, busyID := w.Conversation(t)
	visitor, id := w.ChatIn(t)
	assert.Empty(t, search(visitor, id))
	agent.Ask(chat.EventClose, servertest.Obj("chatId", busyID))
	agent.Take(id)
}

// An agent who lost the connection and comes back is offered what was left alone
// meanwhile, also if they had been invited to it.
func TestBackAfterTheSearch(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id := w.ChatIn(t)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	require.Equal(t, agent.Login.ID, search(visitor, id))
	agent.Cut()
	visitor.Next(chat.EventAlone)
	w.Open(t, agent.Login).Take(id)
}

// Those who did not want a chat are asked again when they come on duty anew, others at
// once. The visitor hears only once that nobody came.
func TestWhoIsOfferedAChatAgain(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(t *testing.T, agent *servertest.Peer, id string){
		"rejected": func(_ *testing.T, agent *servertest.Peer, id string) {
			agent.Ask("invitations:reject", servertest.Obj("chatId", id))
		},
		"not answered": func(_ *testing.T, agent *servertest.Peer, _ string) { agent.Next("invitations:end") },
		"accepted, and left": func(_ *testing.T, agent *servertest.Peer, id string) {
			agent.Ask("invitations:accept", servertest.Obj("chatId", id))
			agent.Ask(chat.EventLeave, servertest.Obj("chatId", id))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := servertest.New(t, server.Limits{})
			w.Set(`{"assignment":{"timeout":0.3,"maxAttempts":1}}`)
			visitor, id := w.ChatIn(t)
			agent := w.Open(t, w.Agent("agent1")).OnDuty()
			require.Equal(t, agent.Login.ID, search(visitor, id))
			agent.Next("invitations:new")
			refuse(t, agent, id)
			left := visitor.Next
			if name == "accepted, and left" {
				left(chat.EventLeave)
			} else {
				left(chat.EventAlone)
			}
			colleague := w.Open(t, w.Agent("agent2")).OnDuty()
			require.Equal(t, id, colleague.Next("invitations:new")["chatId"])
			colleague.Ask("invitations:reject", servertest.Obj("chatId", id))
			require.Eventually(t, func() bool { now := stateOf(w, id); return now.LeftAlone() }, storetest.WaitFor, storetest.Tick)
			assert.LessOrEqual(t, visitor.HowMany(chat.EventAlone), 1)
			news, _ := agent.Invitations()
			assert.Equal(t, 1, news)
			agent.OnDuty().Take(id)
			assert.Equal(t, agent.Login.ID, servertest.Dig(visitor.Next(chat.EventJoin), "user", "id"))
		})
	}
}

// A search that has asked as many agents as it was to ask is not gone on with by offering
// the chat to the rest, until they come on duty anew, or get room.
func TestASearchAsksNoMoreThanItIsTo(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := search(visitor, id, "maxAttempts", 1)
	agents[first].Ask("invitations:reject", servertest.Obj("chatId", id))
	visitor.Next(chat.EventAlone)
	for other, p := range agents {
		if other != first {
			assert.NotContains(t, p.Events(), "invitations:new")
			p.OnDuty().Take(id)
		}
	}
}

// A chat whose visitor is away is offered when they are back.
func TestNobodyIsOfferedAnAbsentVisitor(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(shortGrace)
	visitor, id := w.ChatIn(t)
	assert.Empty(t, search(visitor, id))
	visitor.Cut()
	require.Eventually(t, func() bool { return stateOf(w, id).Away }, storetest.WaitFor, storetest.Tick)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	w.Set(`{"chats":{"visitorGrace":60}}`)
	require.Empty(t, roomsOf(w).Board.LeftAlone("demo"))
	assert.NotContains(t, agent.Events(), "invitations:new")
	w.Open(t, visitor.Login)
	agent.Take(id)
}

// What was left alone is offered after a crash of the server too.
func TestLeftAloneOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	visitor, id := w.ChatIn(t)
	assert.Empty(t, search(visitor, id))
	crash(w)
	storetest.Close(t, e)
	w = servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	w.Open(t, visitor.Login)
	w.Open(t, w.Agent("agent1")).OnDuty().Take(id)
}
