package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// assigning makes a visitor's chat, and has agents take chats.
func assigning(t *testing.T, w *servertest.World, names ...string) (visitor *servertest.Peer, id string, agents map[string]*servertest.Peer) {
	t.Helper()
	visitor, agents = w.Open(t, w.Visitor("Vera")), map[string]*servertest.Peer{}
	for _, name := range names {
		p := w.Open(t, w.Agent(name)).OnDuty()
		agents[p.Login.ID] = p
	}
	return visitor, visitor.NewChat(), agents
}

func search(p *servertest.Peer, id string, more ...any) (agentID string) {
	p.T.Helper()
	agentID, _ = servertest.Dig(p.Ask(chat.EventAssign, servertest.Obj(append([]any{"chatId", id}, more...)...)), "agent", "id").(string)
	return agentID
}

func TestNobodyOnDuty(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id, _ := assigning(t, w)
	assert.Equal(t, servertest.Object{}, visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id)))
	idle := w.Open(t, w.Agent("agent1"))
	assert.Equal(t, servertest.Object{}, visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id)), "connected is not on duty")
	idle.Ask("agents:available", servertest.Obj("available", true, "rooms", []string{"2"}))
	assert.Empty(t, search(visitor, id), "another room")
	idle.Ask("agents:available", servertest.Obj("available", true, "rooms", []string{}))
	assert.Empty(t, search(visitor, id), "no room")
	idle.OnDuty()
	idle.Cut()
	require.Eventually(t, func() bool {
		return w.Rest("GET", "/agents/available?roomIds=1", servertest.App(), "").JSON["agents"].(servertest.Object)["1"] == 0.0
	}, storetest.WaitFor, storetest.Tick, "not there any more")
	assert.Empty(t, search(visitor, id))
	assert.NotContains(t, visitor.Events(), chat.EventAlone, "a search that finds nobody appends nothing")
}

func TestAnInvitedAgentWhoGoesIsPassedOver(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{AssignTimeout: time.Hour})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := search(visitor, id)
	agents[first].Next("invitations:new")
	agents[first].Cut()
	for other, p := range agents {
		if other != first {
			p.Next("invitations:new")
			p.Ask("invitations:accept", servertest.Obj("chatId", id))
		}
	}
	visitor.Next(chat.EventJoin)
}

func TestAnInvitedAgentWhoGoesOffDutyIsPassedOver(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{AssignTimeout: time.Hour})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := search(visitor, id)
	agents[first].Next("invitations:new")
	agents[first].Ask("agents:available", servertest.Obj("available", false))
	agents[first].Next("invitations:end")
	for other, p := range agents {
		if other != first {
			p.Next("invitations:new")
			p.Ask("agents:available", servertest.Obj("available", false))
		}
	}
	visitor.Next(chat.EventAlone)
}

func TestOneAgentAfterTheOther(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{AssignTimeout: 60 * time.Millisecond, AssignMaxAttempts: 5})
	visitor, id, agents := assigning(t, w, "agent1", "agent2", "lead")
	require.Contains(t, agents, search(visitor, id))
	visitor.Next(chat.EventAlone)
	total := 0
	for _, p := range agents {
		news, ends := p.Invitations()
		require.Eventually(t, func() bool {
			news, ends = p.Invitations()
			return news == ends
		}, storetest.WaitFor, storetest.Tick, "each invitation ends")
		assert.Contains(t, []int{1, 2}, news, "each once, before anyone twice")
		total += news
		p.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "over")
	}
	assert.Equal(t, 5, total, "as many attempts as allowed")
	assert.Equal(t, []string{chat.EventAlone}, visitor.Events(), "once")
	assert.Equal(t, "waiting", servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "status"))

	assert.NotEmpty(t, search(visitor, id), "a new search starts anew")
}

func TestRejecting(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	found := search(visitor, id)
	require.Equal(t, found, search(visitor, id), "one invitation at a time")
	first := agents[found]
	tab := w.Open(t, first.Login)
	tab.Next("invitations:new") // an agent who comes back is invited again
	first.Ask("invitations:reject", servertest.Obj("chatId", id))
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "rejected"), tab.Next("invitations:end"))
	delete(agents, first.Login.ID)
	for _, second := range agents {
		assert.Equal(t, id, second.Next("invitations:new")["chatId"])
		assert.Equal(t, second.Login.ID, search(visitor, id))
		first.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "over")
		first.Refused("invitations:reject", servertest.Obj("chatId", id), 409, "over")
		second.Ask("invitations:reject", servertest.Obj("chatId", id))
	}
	visitor.Next(chat.EventAlone)
}

func TestAccepting(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	chosen := agents[search(visitor, id)]
	tab := w.Open(t, chosen.Login)
	tab.Next("invitations:new")
	delete(agents, chosen.Login.ID)
	for _, other := range agents {
		other.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "no invitation")
		other.Refused("chats:get", servertest.Obj("chatId", id), 403, "not in chat")
	}
	chosen.Ask("invitations:accept", servertest.Obj("chatId", id))
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "taken"), tab.Next("invitations:end"))
	assert.NotContains(t, chosen.Events(), "invitations:end")
	assert.NotContains(t, chosen.Ask("invitations:accept", servertest.Obj("chatId", id)), "seq", "it stays done")
	assert.Equal(t, chosen.Login.ID, search(visitor, id), "the agent in the chat")
	for _, other := range agents {
		other.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "Agent 1 has the chat")
	}
}

// An invitation ends with the chat.
func TestClosingWhileInvited(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id)]
	agent.Next("invitations:new")
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "closed"), agent.Next("invitations:end"))
	agent.Refused("invitations:accept", servertest.Obj("chatId", id), 410, "closed")
	agent.Refused("invitations:reject", servertest.Obj("chatId", id), 410, "closed")
}

// anyTerms lets sessions ask for the shortest times.
const anyTerms = `{"assignment":{"bounds":{"minTimeout":0.05}}}`

// Terms come from the request, else from the chat, else from the options.
func TestAssignTerms(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(anyTerms)
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	visitor := w.Open(t, w.Visitor("Vera"))
	config := servertest.Obj("assignMaxAttempts", 2, "assignTimeout", 0.05)
	id := servertest.Dig(visitor.Ask(chat.EventCreate, servertest.Obj("room", 1, "config", config)), "chat", "id").(string)
	require.NotEmpty(t, search(visitor, id))
	visitor.Next(chat.EventAlone)
	require.NotEmpty(t, search(visitor, id, "maxAttempts", 1))
	visitor.Next(chat.EventAlone)
	agent.Ask("user:focus", nil)
	count, _ := agent.Invitations()
	assert.Equal(t, 3, count)
	visitor.Refused(chat.EventAssign, servertest.Obj("chatId", id, "algorithm", "magic"), 400, "leastBusy, longestIdle")
	visitor.Refused(chat.EventAssign, servertest.Obj("chatId", id, "maxAttempts", 0), 400, "maxAttempts")
	visitor.Refused(chat.EventAssign, servertest.Obj("chatId", id, "interval", "soon"), 400, "interval")
	visitor.Refused(chat.EventCreate, servertest.Obj("room", 1, "config", servertest.Obj("assignTimeout", true)), 400, "assignTimeout")
}

func TestLeastBusyFirst(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agents := map[string]*servertest.Peer{}
	for _, name := range []string{"agent1", "agent2"} {
		p := w.Open(t, w.Agent(name)).OnDuty()
		agents[p.Login.ID] = p
	}
	taken := map[string]int{}
	for range 4 {
		visitor := w.Open(t, w.Visitor("Vera"))
		id := visitor.NewChat()
		chosen := search(visitor, id)
		taken[chosen]++
		agents[chosen].Ask("invitations:accept", servertest.Obj("chatId", id))
	}
	for id := range agents {
		assert.Equal(t, 2, taken[id])
	}
}

// An invitation survives a restart of the server: it is still there for the
// agent, and still runs out.
func TestRestartWhileInvited(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(anyTerms)
	visitor, id, agents := assigning(t, w, "agent1")
	require.NotEmpty(t, search(visitor, id, "interval", 4, "maxAttempts", 1)) // a busy machine takes seconds to restart
	var agent *servertest.Peer
	for _, agent = range agents {
		agent.Next("invitations:new")
	}
	w.Close()
	storetest.Close(t, e)

	w = servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	back := w.Open(t, agent.Login)
	assert.Equal(t, id, back.Next("invitations:new")["chatId"])
	again := w.Open(t, visitor.Login)
	assert.Equal(t, agent.Login.ID, search(again, id))
	again.Next(chat.EventAlone)
	assert.Equal(t, "expired", back.Next("invitations:end")["reason"])
}

// An invitation that runs out while the server is away does not end the search:
// agents have time to connect again.
func TestInvitationThatRanOutWhileTheServerWasAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(anyTerms)
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id, "interval", 8)] // a busy machine takes seconds to end the server, which must be away before
	expires := agent.Next("invitations:new")["expiresAt"].(float64)
	w.Close()
	storetest.Close(t, e)
	require.Eventually(t, func() bool { return ids.Unix(time.Now()) > expires }, storetest.WaitFor, storetest.Tick)

	w = servertest.With(t, storetest.Engine(t, dir), server.Options{Presence: server.PresenceOptions{Return: storetest.WaitFor}})
	roomsOf(w).Dispatcher.RunDue(ids.Key{App: "demo", ID: id})
	assert.NotContains(t, entriesOf(w, id), chat.EventAlone)
	assert.Equal(t, id, w.Open(t, agent.Login).Next("invitations:new")["chatId"])
}

// What follows a close is done after a restart, if the server died before it.
func TestTicketAfterACrash(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	key := ids.Key{App: "demo", ID: id}
	_, err := roomsOf(w).Log.Append(t.Context(), key, chatlog.Act{By: chat.System, Event: chat.EventClose}, func(*chatstate.Folded) (wire.Raw, error) {
		return wire.NewObject(nil).Str("chatId", id).Str("userId", chat.System).Done(), nil
	})
	require.NoError(t, err)
	visitor.Next(chat.EventClose)
	visitor.Next(chat.EventInfo)
	requireNothingDue(w, id)
}

// An agent's lost connection closes nothing: they find their chats again.
func TestAgentConnectionLost(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	agent.Cut()
	visitor.Say(id, "still there?")
	back := w.Dial(t)
	reply := back.OpenSession(agent.Login, nil)
	assert.Equal(t, "active", servertest.Dig(reply, "chats", id, "status"))
	assert.Len(t, servertest.Dig(reply, "chats", id, "history"), 1)
	back.Say(id, "yes")
	visitor.Next(chat.EventMessage)
}
