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
	"parley/server/internal/presence"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// requireHandedOver holds that each of them gets the join of the new agent, then the
// leave of the old one.
func requireHandedOver(t testing.TB, chatID string, from, to servertest.Login, peers ...*servertest.Peer) {
	t.Helper()
	for _, p := range peers {
		if p.Login != to {
			join := p.Next(chat.EventJoin)
			require.Equal(t, to.ID, servertest.Dig(join, "user", "id"))
			require.Equal(t, true, join["transfer"])
		}
		leave := p.Next(chat.EventLeave)
		require.Equal(t, chatID, leave["chatId"])
		require.Equal(t, from.ID, leave["userId"])
		require.Equal(t, from.ID, servertest.Dig(leave, "user", "id"))
	}
}

func TestTransferToAnAgent(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	tab, other := w.Open(t, visitor.Login), w.Colleague(t)

	assert.Equal(t, servertest.Object{"success": true}, agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", other.Login.ID)))
	assert.Equal(t, id, other.Next("invitations:new")["chatId"])
	agent.Say(id, "one moment") // stays until then
	visitor.Next(chat.EventMessage)
	assert.Equal(t, agent.Login.ID, search(visitor, id))

	accepted := other.Ask("invitations:accept", servertest.Obj("chatId", id))
	assert.Contains(t, accepted, "seq")
	requireHandedOver(t, id, agent.Login, other.Login, visitor, tab, agent, other)
	c := other.Ask("chats:get", servertest.Obj("chatId", id))["chat"]
	assert.Equal(t, []string{visitor.Login.ID, other.Login.ID}, servertest.IDs(servertest.Dig(c, "users")))
	assert.Equal(t, "1", servertest.Dig(c, "room"), "the room stays")
	assert.True(t, isIndexed(w, other.Login, true, id))
	assert.False(t, isIndexed(w, agent.Login, true, id))
	requireNothingDue(w, id)

	visitor.Say(id, "thank you")
	other.Next(chat.EventMessage)
	assert.NotContains(t, agent.Events(), "invitations:end", "nothing failed")
	assert.NotContains(t, agent.Events(), chat.EventMessage)
	assert.NotContains(t, visitor.Events(), chat.EventTransfer)
}

// If the agent does not take the chat, all is as before.
func TestTransferFails(t *testing.T) {
	t.Parallel()
	for reason, fail := range map[string]func(other *servertest.Peer, id string){
		"rejected": func(other *servertest.Peer, id string) { other.Ask("invitations:reject", servertest.Obj("chatId", id)) },
		"expired":  func(*servertest.Peer, string) {},
	} {
		t.Run(reason, func(t *testing.T) {
			limits := server.Limits{AssignTimeout: time.Hour}
			if reason == "expired" {
				limits.AssignTimeout = 1500 * time.Millisecond
			}
			w := servertest.New(t, limits)
			visitor, agent, id := w.Conversation(t)
			other := w.Colleague(t)
			agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", other.Login.ID))
			other.Next("invitations:new")
			fail(other, id)
			assert.Equal(t, servertest.Obj("chatId", id, "reason", reason), agent.Next("invitations:end"))
			requireNothingDue(w, id)
			other.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "over")
			agent.Say(id, "still me")
			visitor.Next(chat.EventMessage)
			assert.Equal(t, []string{chat.EventJoin, chat.EventMessage}, visitor.Events(), "nobody left, nobody is alone")

			agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", other.Login.ID)) // and may be tried again
			other.Next("invitations:new")
		})
	}
}

func TestTransferToARoom(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	tab, other := w.Open(t, visitor.Login), w.Open(t, w.Agent("agent2"))
	other.Ask("agents:available", servertest.Obj("available", true, "rooms", []string{"2"}))

	done := agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "room", 2))
	for _, p := range []*servertest.Peer{visitor, tab} {
		f := p.NextFrame(chat.EventTransfer)
		assert.EqualValues(t, done["seq"], f.Seq)
		assert.Equal(t, servertest.Object{"chatId": id, "userId": agent.Login.ID, "leaving": []any{agent.Login.ID}, "room": "2"}, servertest.Parsed(f.Data))
		assert.Equal(t, agent.Login.ID, p.Next(chat.EventLeave)["userId"])
	}
	invitation := other.Next("invitations:new")
	assert.Equal(t, "2", servertest.Dig(invitation, "chat", "room"))
	assert.Equal(t, "2", servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "room"))
	other.Ask("invitations:accept", servertest.Obj("chatId", id))
	assert.Equal(t, false, visitor.Next(chat.EventJoin)["transfer"])
	assert.False(t, isIndexed(w, agent.Login, true, id))
	list := w.Rest("GET", "/chats?room=2", servertest.Secret(), "")
	assert.Equal(t, []string{id}, servertest.IDs(list.JSON["chats"]))
}

// The chat goes back to its room; the agent who sent it there is not asked again.
func TestToInbox(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Rest("POST", "/chats/"+id+"/toinbox", servertest.As(agent.Login), "").RequireDone()
	visitor.Next(chat.EventLeave)
	visitor.Next(chat.EventAlone)
	agent.Next(chat.EventLeave)
	assert.NotContains(t, agent.Events(), chat.EventAlone)
	c := visitor.Ask("chats:get", servertest.Obj("chatId", id))["chat"]
	assert.Equal(t, "waiting", servertest.Dig(c, "status"))
	assert.Equal(t, "1", servertest.Dig(c, "room"))
	assert.Equal(t, agent.Login.ID, search(visitor, id), "a new search asks everybody")
}

// A room where nobody takes the chat leaves it alone, though not while another
// agent stays.
func TestTransferToARoomWhileAnotherStays(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := w.Colleague(t)
	other.Ask(chat.EventJoin, servertest.Obj("chatId", id, "assist", true))
	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "room", "2"))
	visitor.Next(chat.EventLeave)
	requireNothingDue(w, id)
	other.Say(id, "I am here")
	visitor.Next(chat.EventMessage)
	assert.NotContains(t, visitor.Events(), chat.EventAlone)
}

func TestTransferReplaced(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	first, second := w.Colleague(t), w.Open(t, w.Agent("lead")).OnDuty()
	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", first.Login.ID))
	first.Next("invitations:new")
	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", second.Login.ID))
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "replaced"), first.Next("invitations:end"))
	first.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "over")
	second.Next("invitations:new")
	second.Ask("invitations:accept", servertest.Obj("chatId", id))
	requireHandedOver(t, id, agent.Login, second.Login, visitor, agent, second)
	assert.NotContains(t, agent.Events(), "invitations:end")
}

// A supervisor's intervention ends a transfer.
func TestInterveneInATransfer(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other, lead := w.Colleague(t), w.Open(t, w.Agent("lead"))
	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", other.Login.ID))
	other.Next("invitations:new")
	lead.Ask(chat.EventIntervene, servertest.Obj("chatId", id))
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "taken"), other.Next("invitations:end"))
	agent.Refused(chat.EventTransfer, servertest.Obj("chatId", id, "room", "2"), 403, "an agent of the chat")
	assert.Equal(t, []string{chat.EventJoin, chat.EventIntervene}, visitor.Events())
}

func TestWhoMayTransfer(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other, lead := w.Colleague(t), w.Open(t, w.Agent("lead"))
	to := servertest.Obj("chatId", id, "agentId", other.Login.ID)
	visitor.Refused(chat.EventTransfer, to, 403, "an agent of the chat")
	other.Refused(chat.EventTransfer, to, 403, "an agent of the chat")
	agent.Refused(chat.EventTransfer, servertest.Obj("chatId", id), 400, "agentId, room")
	agent.Refused(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", other.Login.ID, "room", "1"), 400, "agentId, room")
	agent.Refused(chat.EventTransfer, servertest.Obj("chatId", id, "room", "9"), 400, "room")
	agent.Refused(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", lead.Login.ID), 409, lead.Login.ID)
	agent.Refused(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", "nobody"), 409, "nobody")
	agent.Refused(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", agent.Login.ID), 409, "already")

	lead.Ask(chat.EventTransfer, to) // from outside: the agents who are in leave
	other.Next("invitations:new")
	w.Rest("POST", "/chats/"+id+"/transfer", servertest.Secret(), `{"agentId":"`+other.Login.ID+`"}`).RequireDone()
	other.Next("invitations:end")
	other.Next("invitations:new")
	other.Ask("invitations:accept", servertest.Obj("chatId", id))
	requireHandedOver(t, id, agent.Login, other.Login, visitor)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	other.Refused(chat.EventTransfer, servertest.Obj("chatId", id, "room", "2"), 410, "closed")
}

// A request that is sent again, its answer being lost, has its effect once, also
// when its sender has left the chat by it.
func TestTransferRepeated(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	agent.PostAs("t-1", chat.EventTransfer, servertest.Obj("chatId", id, "room", "2"))
	first := servertest.Parsed(agent.Reply("t-1").Data)
	visitor.Next(chat.EventAlone)
	back := w.Open(t, agent.Login)
	back.PostAs("t-1", chat.EventTransfer, servertest.Obj("chatId", id, "room", "2"))
	again := back.Reply("t-1")
	require.Nil(t, again.Error)
	assert.Equal(t, first, servertest.Parsed(again.Data))
	assert.Equal(t, []string{chat.EventJoin, chat.EventTransfer, chat.EventLeave, chat.EventAlone}, visitor.Events())
}

func TestRestartInATransfer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.With(t, e, server.Options{Limits: server.Limits{AssignTimeout: time.Hour}, Presence: presence.Options{AgentSettle: time.Hour}}) // the server goes, not the agents
	visitor, agent, id := w.Conversation(t)
	other := w.Colleague(t)
	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", other.Login.ID))
	other.Next("invitations:new")
	w.Close()
	storetest.Close(t, e)

	w = servertest.On(t, storetest.Engine(t, dir), server.Limits{AssignTimeout: time.Hour})
	again, tab := w.Open(t, visitor.Login), w.Open(t, visitor.Login)
	from, to := w.Open(t, agent.Login), w.Open(t, other.Login)
	assert.Equal(t, id, to.Next("invitations:new")["chatId"])
	from.Say(id, "still me")
	to.Ask("invitations:accept", servertest.Obj("chatId", id))
	requireHandedOver(t, id, agent.Login, other.Login, again, tab, from, to)
}

// If a server dies after the first half of a transfer, the next one does the second.
func TestTransferAfterACrash(t *testing.T) {
	t.Parallel()
	for name, half := range map[string]func(w *servertest.World, key ids.Key, from, to servertest.Login) (event string, data wire.Raw){
		"to an agent": func(w *servertest.World, key ids.Key, from, to servertest.Login) (string, wire.Raw) {
			u, err := w.Identity.User(w.T.Context(), "demo", to.ID)
			require.NoError(w.T, err)
			return chat.EventJoin, wire.NewObject(nil).Str("chatId", key.ID).Raw("user", wire.Raw(u.Public())).Str("mode", "").Bool("transfer", true).Done()
		},
		"to a room": func(w *servertest.World, key ids.Key, from, to servertest.Login) (string, wire.Raw) {
			return chat.EventTransfer, wire.Raw(servertest.JSON(chatstate.Transfer{ChatID: key.ID, By: from.ID, Leaving: []string{from.ID}, Room: "2"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := servertest.New(t, server.Limits{AssignTimeout: time.Hour})
			visitor, agent, id := w.Conversation(t)
			other, key := w.Colleague(t), ids.Key{App: "demo", ID: id}
			agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", other.Login.ID))
			event, data := half(w, key, agent.Login, other.Login)
			_, err := roomsOf(w).Log.Append(t.Context(), key, chatlog.Act{By: other.Login.ID, Event: event}, func(*chatstate.Folded) (wire.Raw, error) { return data, nil })
			require.NoError(t, err)
			assert.Equal(t, agent.Login.ID, visitor.Next(chat.EventLeave)["userId"])
			if event == chat.EventTransfer {
				visitor.Next(chat.EventAlone)
			}
			requireNothingDue(w, id)
			require.Eventually(t, func() bool { return !isIndexed(w, agent.Login, true, id) }, storetest.WaitFor, storetest.Tick)
			require.NoError(t, roomsOf(w).Dispatcher.ReleaseLeaving(t.Context(), key))
			assert.Len(t, visitor.Events(), map[string]int{chat.EventJoin: 3, chat.EventTransfer: 4}[event], "once")
		})
	}
}
