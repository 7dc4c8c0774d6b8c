package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

// assigning is a visitor's chat with agents on duty.
func assigning(t *testing.T, w *world, names ...string) (visitor *peer, id string, agents map[string]*peer) {
	t.Helper()
	visitor, agents = w.open(t, w.visitor("Vera")), map[string]*peer{}
	for _, name := range names {
		p := w.open(t, w.agent(name)).onDuty()
		agents[p.l.id] = p
	}
	return visitor, visitor.newChat(), agents
}

func search(p *peer, id string, more ...any) (agentID string) {
	p.t.Helper()
	agentID, _ = dig(p.ask(chat.EventAssign, obj(append([]any{"chatId", id}, more...)...)), "agent", "id").(string)
	return agentID
}

func TestNobodyOnDuty(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, id, _ := assigning(t, w)
	assert.Equal(t, object{}, visitor.ask(chat.EventAssign, obj("chatId", id)))
	idle := w.open(t, w.agent("agent1"))
	assert.Equal(t, object{}, visitor.ask(chat.EventAssign, obj("chatId", id)), "connected is not on duty")
	idle.ask("agents:available", obj("available", true, "rooms", []string{"2"}))
	assert.Empty(t, search(visitor, id), "another room")
	idle.ask("agents:available", obj("available", true, "rooms", []string{}))
	assert.Empty(t, search(visitor, id), "no room")
	idle.onDuty()
	idle.cut()
	require.Eventually(t, func() bool {
		return w.rest("GET", "/agents/available?roomIds=1", app(), "").json["agents"].(object)["1"] == 0.0
	}, storetest.WaitFor, storetest.Tick, "not there any more")
	assert.Empty(t, search(visitor, id))
	assert.NotContains(t, visitor.events(), chat.EventAlone, "a search that finds nobody appends nothing")
}

func TestAnInvitedAgentWhoGoesIsPassedOver(t *testing.T) {
	w := newWorld(t, Limits{AssignTimeout: time.Hour})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := search(visitor, id)
	agents[first].next("invitations:new")
	agents[first].cut()
	for other, p := range agents {
		if other != first {
			p.next("invitations:new")
			p.ask("invitations:accept", obj("chatId", id))
		}
	}
	visitor.next(chat.EventJoin)
}

func TestAnInvitedAgentWhoGoesOffDutyIsPassedOver(t *testing.T) {
	w := newWorld(t, Limits{AssignTimeout: time.Hour})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := search(visitor, id)
	agents[first].next("invitations:new")
	agents[first].ask("agents:available", obj("available", false))
	agents[first].next("invitations:end")
	for other, p := range agents {
		if other != first {
			p.next("invitations:new")
			p.ask("agents:available", obj("available", false))
		}
	}
	visitor.next(chat.EventAlone)
}

func TestOneAgentAfterTheOther(t *testing.T) {
	w := newWorld(t, Limits{AssignTimeout: 60 * time.Millisecond, AssignMaxAttempts: 5})
	visitor, id, agents := assigning(t, w, "agent1", "agent2", "lead")
	found := search(visitor, id)
	require.Contains(t, agents, found)
	require.Equal(t, found, search(visitor, id), "one invitation at a time")
	visitor.next(chat.EventAlone)
	total := 0
	for _, p := range agents {
		news, ends := p.invitations()
		require.Eventually(t, func() bool {
			news, ends = p.invitations()
			return news == ends
		}, storetest.WaitFor, storetest.Tick, "each invitation ends")
		assert.Contains(t, []int{1, 2}, news, "each once, before anyone twice")
		total += news
		p.refused("invitations:accept", obj("chatId", id), 409, "over")
	}
	assert.Equal(t, 5, total, "as many attempts as allowed")
	assert.Equal(t, []string{chat.EventAlone}, visitor.events(), "once")
	assert.Equal(t, "waiting", dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "status"))

	assert.NotEmpty(t, search(visitor, id), "a new search starts anew")
}

func TestRejecting(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := agents[search(visitor, id)]
	tab := w.open(t, first.l)
	tab.next("invitations:new") // who comes back is invited again
	first.ask("invitations:reject", obj("chatId", id))
	assert.Equal(t, obj("chatId", id, "reason", "rejected"), tab.next("invitations:end"))
	delete(agents, first.l.id)
	for _, second := range agents {
		assert.Equal(t, id, second.next("invitations:new")["chatId"])
		assert.Equal(t, second.l.id, search(visitor, id))
		first.refused("invitations:accept", obj("chatId", id), 409, "over")
		first.refused("invitations:reject", obj("chatId", id), 409, "over")
		second.ask("invitations:reject", obj("chatId", id))
	}
	visitor.next(chat.EventAlone)
}

func TestAccepting(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	chosen := agents[search(visitor, id)]
	tab := w.open(t, chosen.l)
	tab.next("invitations:new")
	delete(agents, chosen.l.id)
	for _, other := range agents {
		other.refused("invitations:accept", obj("chatId", id), 409, "no invitation")
		other.refused("chats:get", obj("chatId", id), 403, "not in chat")
	}
	chosen.ask("invitations:accept", obj("chatId", id))
	assert.Equal(t, obj("chatId", id, "reason", "taken"), tab.next("invitations:end"))
	assert.NotContains(t, chosen.events(), "invitations:end")
	assert.NotContains(t, chosen.ask("invitations:accept", obj("chatId", id)), "seq", "it stays done")
	assert.Equal(t, chosen.l.id, search(visitor, id), "the agent in the chat")
	for _, other := range agents {
		other.refused("invitations:accept", obj("chatId", id), 409, "another agent")
	}
}

// An invitation ends with the chat.
func TestClosingWhileInvited(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id)]
	agent.next("invitations:new")
	visitor.ask(chat.EventClose, obj("chatId", id))
	assert.Equal(t, obj("chatId", id, "reason", "closed"), agent.next("invitations:end"))
	agent.refused("invitations:accept", obj("chatId", id), 410, "closed")
	agent.refused("invitations:reject", obj("chatId", id), 410, "closed")
}

// What the request says goes before what the chat says, and that before the options.
func TestAssignTerms(t *testing.T) {
	w := newWorld(t, Limits{})
	agent := w.open(t, w.agent("agent1")).onDuty()
	visitor := w.open(t, w.visitor("Vera"))
	config := obj("assignMaxAttempts", 2, "assignTimeout", 0.05)
	id := dig(visitor.ask(chat.EventCreate, obj("room", 1, "config", config)), "chat", "id").(string)
	require.NotEmpty(t, search(visitor, id))
	visitor.next(chat.EventAlone)
	require.NotEmpty(t, search(visitor, id, "maxAttempts", 1))
	visitor.next(chat.EventAlone)
	agent.ask("user:focus", nil)
	count, _ := agent.invitations()
	assert.Equal(t, 3, count)
	visitor.refused(chat.EventAssign, obj("chatId", id, "algorithm", "magic"), 400, "leastBusy, longestIdle")
	visitor.refused(chat.EventAssign, obj("chatId", id, "maxAttempts", 0), 400, "maxAttempts")
	visitor.refused(chat.EventAssign, obj("chatId", id, "interval", "soon"), 400, "interval")
	visitor.refused(chat.EventCreate, obj("room", 1, "config", obj("assignTimeout", true)), 400, "assignTimeout")
}

func TestLeastBusyFirst(t *testing.T) {
	w := newWorld(t, Limits{})
	agents := map[string]*peer{}
	for _, name := range []string{"agent1", "agent2"} {
		p := w.open(t, w.agent(name)).onDuty()
		agents[p.l.id] = p
	}
	taken := map[string]int{}
	for range 4 {
		visitor := w.open(t, w.visitor("Vera"))
		id := visitor.newChat()
		chosen := search(visitor, id)
		taken[chosen]++
		agents[chosen].ask("invitations:accept", obj("chatId", id))
	}
	for id := range agents {
		assert.Equal(t, 2, taken[id])
	}
}

// An invitation survives a restart of the server: it is still there for the
// agent, and still runs out.
func TestRestartWhileInvited(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	require.NotEmpty(t, search(visitor, id, "interval", 1.5, "maxAttempts", 1))
	var agent *peer
	for _, agent = range agents {
		agent.next("invitations:new")
	}
	w.close()
	storetest.Close(t, e)

	w = worldOn(t, storetest.Engine(t, dir), Limits{})
	back := w.open(t, agent.l)
	assert.Equal(t, id, back.next("invitations:new")["chatId"])
	again := w.open(t, visitor.l)
	assert.Equal(t, agent.l.id, search(again, id))
	again.next(chat.EventAlone)
	assert.Equal(t, "expired", back.next("invitations:end")["reason"])
}

// One that runs out while the server is away is not the end of the search: agents
// are given the time to come back.
func TestInvitationThatRanOutWhileTheServerWasAway(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id, "interval", 0.1)]
	expires := agent.next("invitations:new")["expiresAt"].(float64)
	w.close()
	storetest.Close(t, e)
	require.Eventually(t, func() bool { return ids.Unix(time.Now()) > expires }, storetest.WaitFor, storetest.Tick)

	w = worldWith(t, storetest.Engine(t, dir), Options{Presence: PresenceOptions{Return: storetest.WaitFor}})
	roomsOf(w).Desk.RunDue(ids.Key{App: "demo", ID: id})
	assert.NotContains(t, entriesOf(w, id), chat.EventAlone)
	assert.Equal(t, id, w.open(t, agent.l).next("invitations:new")["chatId"])
}

// A server that dies between the close and what follows leaves that to the next.
func TestTicketAfterACrash(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor := w.open(t, w.visitor("Vera"))
	id := visitor.newChat()
	key := ids.Key{App: "demo", ID: id}
	_, err := roomsOf(w).Log.Append(t.Context(), key, chatlog.Act{By: chat.System, Event: chat.EventClose}, func(*chatstate.Folded) (wire.Raw, error) {
		return wire.NewObject(nil).Str("chatId", id).Str("userId", chat.System).Done(), nil
	})
	require.NoError(t, err)
	visitor.next(chat.EventClose)
	visitor.next(chat.EventInfo)
	requireNothingDue(w, id)
}

// An agent's lost connection closes nothing; he finds his chats again.
func TestAgentConnectionLost(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	agent.cut()
	visitor.say(id, "still there?")
	back := w.dial(t)
	reply := back.openSession(agent.l, nil)
	assert.Equal(t, "active", dig(reply, "chats", id, "status"))
	assert.Len(t, dig(reply, "chats", id, "history"), 1)
	back.say(id, "yes")
	visitor.next(chat.EventMessage)
}
