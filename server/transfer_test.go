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
	"parley/server/internal/presence"
	"parley/server/internal/storetest"
)

// requireHandedOver holds that each of them hears of the new agent, then of the
// old one's leaving.
func requireHandedOver(t testing.TB, chatID string, from, to login, peers ...*peer) {
	t.Helper()
	for _, p := range peers {
		if p.l != to {
			join := p.next(chat.EventJoin)
			require.Equal(t, to.id, dig(join, "user", "id"))
			require.Equal(t, true, join["transfer"])
		}
		leave := p.next(chat.EventLeave)
		require.Equal(t, chatID, leave["chatId"])
		require.Equal(t, from.id, leave["userId"])
		require.Equal(t, from.id, dig(leave, "user", "id"))
	}
}

func TestTransferToAnAgent(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	tab, other := w.open(t, visitor.l), w.colleague(t)

	assert.Equal(t, object{"success": true}, agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", other.l.id)))
	assert.Equal(t, id, other.next("invitations:new")["chatId"])
	agent.say(id, "one moment") // stays until then
	visitor.next(chat.EventMessage)
	assert.Equal(t, agent.l.id, search(visitor, id))

	accepted := other.ask("invitations:accept", obj("chatId", id))
	assert.Contains(t, accepted, "seq")
	requireHandedOver(t, id, agent.l, other.l, visitor, tab, agent, other)
	c := other.ask("chats:get", obj("chatId", id))["chat"]
	assert.Equal(t, []string{visitor.l.id, other.l.id}, idsOf(dig(c, "users")))
	assert.Equal(t, "1", dig(c, "room"), "the room stays")
	assert.True(t, isIndexed(w, other.l, true, id))
	assert.False(t, isIndexed(w, agent.l, true, id))
	requireNothingDue(w, id)

	visitor.say(id, "thank you")
	other.next(chat.EventMessage)
	assert.NotContains(t, agent.events(), "invitations:end", "nothing failed")
	assert.NotContains(t, agent.events(), chat.EventMessage)
	assert.NotContains(t, visitor.events(), chat.EventTransfer)
}

// Who was to take the chat does not, and then all is as before.
func TestTransferFails(t *testing.T) {
	for reason, fail := range map[string]func(other *peer, id string){
		"rejected": func(other *peer, id string) { other.ask("invitations:reject", obj("chatId", id)) },
		"expired":  func(*peer, string) {},
	} {
		t.Run(reason, func(t *testing.T) {
			limits := Limits{AssignTimeout: time.Hour}
			if reason == "expired" {
				limits.AssignTimeout = 1500 * time.Millisecond
			}
			w := newWorld(t, limits)
			visitor, agent, id := w.conversation(t)
			other := w.colleague(t)
			agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", other.l.id))
			other.next("invitations:new")
			fail(other, id)
			assert.Equal(t, obj("chatId", id, "reason", reason), agent.next("invitations:end"))
			requireNothingDue(w, id)
			other.refused("invitations:accept", obj("chatId", id), 409, "over")
			agent.say(id, "still me")
			visitor.next(chat.EventMessage)
			assert.Equal(t, []string{chat.EventJoin, chat.EventMessage}, visitor.events(), "nobody left, nobody is alone")

			agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", other.l.id)) // and may be tried again
			other.next("invitations:new")
		})
	}
}

func TestTransferToARoom(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	tab, other := w.open(t, visitor.l), w.open(t, w.agent("agent2"))
	other.ask("agents:available", obj("available", true, "rooms", []string{"2"}))

	done := agent.ask(chat.EventTransfer, obj("chatId", id, "room", 2))
	for _, p := range []*peer{visitor, tab} {
		f := p.nextFrame(chat.EventTransfer)
		assert.EqualValues(t, done["seq"], f.Seq)
		assert.Equal(t, object{"chatId": id, "userId": agent.l.id, "leaving": []any{agent.l.id}, "room": "2"}, parsed(f.Data))
		assert.Equal(t, agent.l.id, p.next(chat.EventLeave)["userId"])
	}
	invitation := other.next("invitations:new")
	assert.Equal(t, "2", dig(invitation, "chat", "room"))
	assert.Equal(t, "2", dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "room"))
	other.ask("invitations:accept", obj("chatId", id))
	assert.Equal(t, false, visitor.next(chat.EventJoin)["transfer"])
	assert.False(t, isIndexed(w, agent.l, true, id))
	list := w.rest("GET", "/chats?room=2", secret(), "")
	assert.Equal(t, []string{id}, idsOf(list.json["chats"]))
}

// The chat goes back to its room; who sent it there is not asked again.
func TestToInbox(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	w.rest("POST", "/chats/"+id+"/toinbox", as(agent.l), "").requireDone()
	visitor.next(chat.EventLeave)
	visitor.next(chat.EventAlone)
	agent.next(chat.EventLeave)
	assert.NotContains(t, agent.events(), chat.EventAlone)
	c := visitor.ask("chats:get", obj("chatId", id))["chat"]
	assert.Equal(t, "waiting", dig(c, "status"))
	assert.Equal(t, "1", dig(c, "room"))
	assert.Equal(t, agent.l.id, search(visitor, id), "a new search asks everybody")
}

// A room where nobody takes the chat leaves it alone, though not while another
// agent stays.
func TestTransferToARoomWhileAnotherStays(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := w.colleague(t)
	other.ask(chat.EventJoin, obj("chatId", id))
	agent.ask(chat.EventTransfer, obj("chatId", id, "room", "2"))
	visitor.next(chat.EventLeave)
	requireNothingDue(w, id)
	other.say(id, "I am here")
	visitor.next(chat.EventMessage)
	assert.NotContains(t, visitor.events(), chat.EventAlone)
}

func TestTransferReplaced(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	first, second := w.colleague(t), w.open(t, w.agent("lead")).onDuty()
	agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", first.l.id))
	first.next("invitations:new")
	agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", second.l.id))
	assert.Equal(t, obj("chatId", id, "reason", "replaced"), first.next("invitations:end"))
	first.refused("invitations:accept", obj("chatId", id), 409, "over")
	second.next("invitations:new")
	second.ask("invitations:accept", obj("chatId", id))
	requireHandedOver(t, id, agent.l, second.l, visitor, agent, second)
	assert.NotContains(t, agent.events(), "invitations:end")
}

// A supervisor's intervention ends a transfer.
func TestInterveneInATransfer(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other, lead := w.colleague(t), w.open(t, w.agent("lead"))
	agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", other.l.id))
	other.next("invitations:new")
	lead.ask(chat.EventIntervene, obj("chatId", id))
	assert.Equal(t, obj("chatId", id, "reason", "taken"), other.next("invitations:end"))
	agent.refused(chat.EventTransfer, obj("chatId", id, "room", "2"), 403, "an agent of the chat")
	assert.Equal(t, []string{chat.EventJoin, chat.EventIntervene}, visitor.events())
}

func TestWhoMayTransfer(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other, lead := w.colleague(t), w.open(t, w.agent("lead"))
	to := obj("chatId", id, "agentId", other.l.id)
	visitor.refused(chat.EventTransfer, to, 403, "an agent of the chat")
	other.refused(chat.EventTransfer, to, 403, "an agent of the chat")
	agent.refused(chat.EventTransfer, obj("chatId", id), 400, "agentId, room")
	agent.refused(chat.EventTransfer, obj("chatId", id, "agentId", other.l.id, "room", "1"), 400, "agentId, room")
	agent.refused(chat.EventTransfer, obj("chatId", id, "room", "9"), 400, "room")
	agent.refused(chat.EventTransfer, obj("chatId", id, "agentId", lead.l.id), 409, lead.l.id)
	agent.refused(chat.EventTransfer, obj("chatId", id, "agentId", "nobody"), 409, "nobody")
	agent.refused(chat.EventTransfer, obj("chatId", id, "agentId", agent.l.id), 409, "already")

	lead.ask(chat.EventTransfer, to) // from outside: the agents who are in leave
	other.next("invitations:new")
	w.rest("POST", "/chats/"+id+"/transfer", secret(), `{"agentId":"`+other.l.id+`"}`).requireDone()
	other.next("invitations:end")
	other.next("invitations:new")
	other.ask("invitations:accept", obj("chatId", id))
	requireHandedOver(t, id, agent.l, other.l, visitor)
	visitor.ask(chat.EventClose, obj("chatId", id))
	other.refused(chat.EventTransfer, obj("chatId", id, "room", "2"), 410, "closed")
}

// A request that is sent again, its answer being lost, has its effect once, also
// when its sender has left the chat by it.
func TestTransferRepeated(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	agent.postAs("t-1", chat.EventTransfer, obj("chatId", id, "room", "2"))
	first := parsed(agent.reply("t-1").Data)
	visitor.next(chat.EventAlone)
	back := w.open(t, agent.l)
	back.postAs("t-1", chat.EventTransfer, obj("chatId", id, "room", "2"))
	again := back.reply("t-1")
	require.Nil(t, again.Error)
	assert.Equal(t, first, parsed(again.Data))
	assert.Equal(t, []string{chat.EventJoin, chat.EventTransfer, chat.EventLeave, chat.EventAlone}, visitor.events())
}

func TestRestartInATransfer(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldWith(t, e, Options{Limits: Limits{AssignTimeout: time.Hour}, Presence: presence.Options{AgentGrace: time.Hour}}) // the server goes, not the agents
	visitor, agent, id := w.conversation(t)
	other := w.colleague(t)
	agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", other.l.id))
	other.next("invitations:new")
	w.close()
	storetest.Close(t, e)

	w = worldOn(t, storetest.Engine(t, dir), Limits{AssignTimeout: time.Hour})
	again, tab := w.open(t, visitor.l), w.open(t, visitor.l)
	from, to := w.open(t, agent.l), w.open(t, other.l)
	assert.Equal(t, id, to.next("invitations:new")["chatId"])
	from.say(id, "still me")
	to.ask("invitations:accept", obj("chatId", id))
	requireHandedOver(t, id, agent.l, other.l, again, tab, from, to)
}

// A server that dies when the log has the first half of a transfer leaves the
// second to the next.
func TestTransferAfterACrash(t *testing.T) {
	for name, half := range map[string]func(w *world, key ids.Key, from, to login) (event string, data wire.Raw){
		"to an agent": func(w *world, key ids.Key, from, to login) (string, wire.Raw) {
			u, err := w.identity.User(w.t.Context(), "demo", to.id)
			require.NoError(w.t, err)
			return chat.EventJoin, wire.NewObject(nil).Str("chatId", key.ID).Raw("user", wire.Raw(u.Public())).Str("mode", "").Bool("transfer", true).Done()
		},
		"to a room": func(w *world, key ids.Key, from, to login) (string, wire.Raw) {
			return chat.EventTransfer, wire.Raw(data(chatstate.Transfer{ChatID: key.ID, By: from.id, Leaving: []string{from.id}, Room: "2"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Limits{AssignTimeout: time.Hour})
			visitor, agent, id := w.conversation(t)
			other, key := w.colleague(t), ids.Key{App: "demo", ID: id}
			agent.ask(chat.EventTransfer, obj("chatId", id, "agentId", other.l.id))
			event, data := half(w, key, agent.l, other.l)
			_, err := roomsOf(w).Log.Append(t.Context(), key, chatlog.Act{By: other.l.id, Event: event}, func(*chatstate.Folded) (wire.Raw, error) { return data, nil })
			require.NoError(t, err)
			assert.Equal(t, agent.l.id, visitor.next(chat.EventLeave)["userId"])
			if event == chat.EventTransfer {
				visitor.next(chat.EventAlone)
			}
			requireNothingDue(w, id)
			require.Eventually(t, func() bool { return !isIndexed(w, agent.l, true, id) }, storetest.WaitFor, storetest.Tick)
			require.NoError(t, roomsOf(w).Desk.ReleaseLeaving(t.Context(), key))
			assert.Len(t, visitor.events(), map[string]int{chat.EventJoin: 3, chat.EventTransfer: 4}[event], "once")
		})
	}
}
