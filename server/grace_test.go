package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/presence"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

const shortAgentGrace = `{"chats":{"agentGrace":0.3}}`

// requireLeft waits until the agent leaves, and gives the data of the leave.
func requireLeft(p *servertest.Peer, agent servertest.Login, reason string) servertest.Object {
	p.T.Helper()
	left := p.Next(chat.EventLeave)
	require.Equal(p.T, agent.ID, left["userId"])
	require.Equal(p.T, agent.ID, servertest.Dig(left, "user", "id"))
	require.Equal(p.T, reason, left["reason"])
	return left
}

func hasUser(w *servertest.World, id string, l servertest.Login) bool {
	w.T.Helper()
	now := stateOf(w, id)
	return now.Chat.Users.Has(l.ID)
}

// An agent who does not come back leaves the chat, and a colleague is invited.
func TestAnAgentIsLost(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(shortAgentGrace)
	visitor, agent, id := w.Conversation(t)
	colleague := w.Open(t, w.Agent("agent2")).OnDuty()
	watcher := w.Open(t, w.Agent("lead")).Watch(id)
	at := agent.Position(id)
	agent.Cut()
	visitor.Activity(agent.Login.ID, "leave")
	require.Eventually(t, func() bool { return search(visitor, id) == "" }, storetest.WaitFor, storetest.Tick, "nobody is named who is away")
	for _, p := range []*servertest.Peer{visitor, watcher} {
		assert.Equal(t, true, requireLeft(p, agent.Login, "lost")["searching"])
	}
	colleague.Take(id)
	assert.Equal(t, colleague.Login.ID, servertest.Dig(visitor.Next(chat.EventJoin), "user", "id"))
	assert.NotContains(t, visitor.Events(), chat.EventAlone)

	back := w.Dial(t)
	c := servertest.Dig(back.OpenSession(agent.Login, map[string]uint64{id: at}), "chats", id)
	assert.Equal(t, true, servertest.Dig(c, "resumed"))
	requireLeft(back, agent.Login, "lost")
	back.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "too late"), 403, "not in chat")
	assert.NotContains(t, back.Events(), "invitations:new")
}

// An agent who is back in time notices nothing.
func TestAnAgentWhoIsBackInTime(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := servertest.On(t, w.Engine, server.Limits{})
	before := entriesOf(w, id)
	agent.Cut()
	visitor.Activity(agent.Login.ID, "leave")
	back := other.Open(t, agent.Login)
	visitor.Activity(agent.Login.ID, "not-writing")
	assert.Equal(t, agent.Login.ID, search(visitor, id))
	visitor.Say(id, "there you are")
	back.Next(chat.EventMessage)
	assert.Equal(t, append(before, chat.EventMessage), entriesOf(w, id))
}

// A chat with another agent loses the one who is gone, and nobody is sought.
func TestALostAgentAndAColleague(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(shortAgentGrace)
	visitor, agent, id := w.Conversation(t)
	colleague := w.Open(t, w.Agent("agent2")).OnDuty()
	colleague.Ask(chat.EventJoin, servertest.Obj("chatId", id, "assist", true))
	visitor.Next(chat.EventJoin)
	agent.Cut()
	left := requireLeft(visitor, agent.Login, "lost")
	assert.NotContains(t, left, "searching")
	now := stateOf(w, id)
	assert.Equal(t, chat.Active, now.Chat.Status)
	assert.False(t, now.Round.Running)
}

// An agent who reads along leaves too, which only staff sees.
func TestALostWatcher(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(shortAgentGrace)
	visitor, agent, id := w.Conversation(t)
	watcher := w.Open(t, w.Agent("lead")).Watch(id)
	watcher.Cut()
	requireLeft(agent, watcher.Login, "lost")
	visitor.Say(id, "hello")
	assert.NotContains(t, visitor.Events(), chat.EventLeave)
	assert.NotContains(t, visitor.Events(), chat.EventActivity)
}

func TestNoAgentGraceIsForEver(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"chats":{"agentGrace":0}}`)
	visitor, agent, id := w.Conversation(t)
	agent.Cut()
	visitor.Activity(agent.Login.ID, "leave")
	require.Eventually(t, func() bool {
		_, there := roomsOf(w).Users.LostSince(ids.Key{App: "demo", ID: agent.Login.ID})
		return !there
	}, storetest.WaitFor, storetest.Tick)
	assert.NotContains(t, entriesOf(w, id), chat.EventLeave)
}

// In queue mode the chat goes to the front, before those that waited longer than the
// others but have lost nobody.
func TestALostAgentsChatIsFirstInTheQueue(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"queue":{"active":true},"chats":{"agentGrace":0.3},"assignment":{"maxChatsPerAgent":1}}`)
	waits, waitsID := w.ChatIn(t)
	waits.Place(waitsID, 1)
	visitor, id := w.ChatIn(t)
	visitor.Place(id, 2)
	agent := w.Open(t, w.Agent("agent1"))
	agent.Ask(chat.EventJoin, servertest.Obj("chatId", id, "take", true))
	agent.Cut()
	left := requireLeft(visitor, agent.Login, "lost")
	assert.Equal(t, true, left["inQueue"])
	visitor.Place(id, 1)
	waits.Place(waitsID, 2)
	colleague := w.Open(t, w.Agent("agent2")).OnDuty()
	colleague.Take(id)
}

// A crash of the only node: agents who do not come back are lost.
func TestLostAgentsOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(`{"chats":{"agentGrace":0.5}}`)
	visitor, lost, lostID := w.Conversation(t)
	stays, staysID := w.Open(t, w.Agent("agent2")), w.Open(t, w.Visitor("Paul")).NewChat()
	stays.Ask(chat.EventJoin, servertest.Obj("chatId", staysID))
	crash(w)
	storetest.Close(t, e)

	w = servertest.With(t, storetest.Engine(t, dir), server.Options{Presence: presence.Options{Beat: 300 * time.Millisecond}})
	w.Open(t, stays.Login)
	again := w.Dial(t)
	again.OpenSession(visitor.Login, nil)
	requireLeft(again, lost.Login, "lost")
	assert.False(t, hasUser(w, lostID, lost.Login))
	assert.True(t, hasUser(w, staysID, stays.Login))
}

// A node finds the agents of a node that crashed, but for those who are connected to it.
func TestAgentsOfANodeThatCrashed(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	beat := server.Options{Presence: presence.Options{Beat: 300 * time.Millisecond}}
	one, two := servertest.With(t, w.Engine, beat), servertest.With(t, w.Engine, beat)
	w.Close()
	w.T = t
	two.Set(`{"chats":{"agentGrace":0.5}}`)
	visitor := two.Open(t, two.Visitor("Vera"))
	lost, stays := one.Open(t, one.Agent("agent1")), one.Open(t, one.Agent("agent2"))
	id := visitor.NewChat()
	lost.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	stays.Ask(chat.EventJoin, servertest.Obj("chatId", id, "assist", true))
	two.Open(t, stays.Login)
	crash(one)
	requireLeft(visitor, lost.Login, "lost")
	assert.True(t, hasUser(two, id, stays.Login))
}

// A log-out hands the chats on, or closes them.
func TestLogoutAndOpenChats(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		logOut func(w *servertest.World, agent *servertest.Peer)
		closes bool
	}{
		"by REST":           {func(w *servertest.World, a *servertest.Peer) { logOut(w, a, "") }, false},
		"by the socket":     {func(_ *servertest.World, a *servertest.Peer) { a.Ask(wire.EventClose, nil) }, false},
		"handed on by REST": {func(w *servertest.World, a *servertest.Peer) { logOut(w, a, `{"chats":"transfer"}`) }, false},
		"closed by REST":    {func(w *servertest.World, a *servertest.Peer) { logOut(w, a, `{"chats":"close"}`) }, true},
		"closed over the socket": {func(_ *servertest.World, a *servertest.Peer) {
			a.Ask(wire.EventClose, servertest.Obj("chats", "close"))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := servertest.New(t, server.Limits{})
			visitor, agent, id := w.Conversation(t)
			colleague := w.Open(t, w.Agent("agent2")).OnDuty()
			tc.logOut(w, agent)
			if tc.closes {
				assert.Equal(t, agent.Login.ID, visitor.Next(chat.EventClose)["userId"])
				return
			}
			assert.Equal(t, true, requireLeft(visitor, agent.Login, "logout")["searching"])
			colleague.Take(id)
		})
	}
}

func logOut(w *servertest.World, agent *servertest.Peer, body string) {
	w.T.Helper()
	w.Rest("POST", "/agents/logout", servertest.As(agent.Login), body).RequireDone()
}

// A log-out closes no chat that a colleague is in.
func TestLogoutFromAColleague(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Rest("POST", "/chats/"+id+"/join", servertest.As(w.Agent("agent2")), `{"assist":true}`).RequireDone()
	w.Rest("POST", "/agents/logout", servertest.As(agent.Login), `{"chats":"all"}`).RequireRefused(400, "chats")
	logOut(w, agent, `{"chats":"close"}`)
	requireLeft(visitor, agent.Login, "logout")
	assert.Equal(t, chat.Active, stateOf(w, id).Chat.Status)
}

// Of two logins of one agent the one that logs out last hands the chats on, on whatever
// node they are.
func TestTwoLoginsLogOut(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	node := servertest.On(t, w.Engine, server.Limits{})
	visitor, first, id := w.Conversation(t)
	second := node.Open(t, node.Agent("agent1"))
	logOut(w, first, "")
	first.Next(wire.EventBye)
	visitor.Say(id, "hello")
	second.Next(chat.EventMessage)
	assert.Equal(t, first.Login.ID, search(visitor, id))
	logOut(node, second, "")
	requireLeft(visitor, first.Login, "logout")
}
