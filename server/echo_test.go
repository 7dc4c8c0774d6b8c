package server

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// Two tabs of one user: each sees the other's acts, none its own.
func TestTwoTabs(t *testing.T) {
	w := newWorld(t, Limits{})
	vera := w.visitor("Vera")
	a, b := w.open(t, vera), w.open(t, vera)
	id := a.newChat()
	pushed := b.nextFrame(chat.EventCreate)
	assert.EqualValues(t, 0, pushed.Prev)
	assert.Equal(t, id, dig(parsed(pushed.Data), "chat", "id"))

	request := a.post(chat.EventMessage, obj("chatId", id, "message", "from a"))
	said := parsed(a.reply(request).Data)
	f := b.nextFrame(chat.EventMessage)
	assert.Equal(t, request, f.EventID, "the user's own act carries its id")
	assert.Equal(t, said["message"], dig(parsed(f.Data), "message"))
	b.ask(chat.EventActivity, obj("chatId", id, "type", "writing"))
	assert.Equal(t, vera.id, a.next(chat.EventActivity)["userId"])
	b.ask(chat.EventClose, obj("chatId", id))
	a.next(chat.EventClose)
	a.next(chat.EventInfo)
	b.next(chat.EventInfo)
	assert.Equal(t, []string{chat.EventActivity, chat.EventClose, chat.EventInfo}, a.events())
	assert.Equal(t, []string{chat.EventCreate, chat.EventMessage, chat.EventInfo}, b.events())
}

// An act asked for by REST is pushed to all connections of the user.
func TestActByREST(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	a := w.rest("POST", "/chats/"+id+"/messages/", as(visitor.l), `{"message":"by REST"}`)
	require.Equal(t, 200, a.status, a.body)
	for _, p := range []*peer{visitor, agent} {
		f := p.nextFrame(chat.EventMessage)
		assert.Equal(t, a.json["message"], dig(parsed(f.Data), "message"))
		assert.EqualValues(t, a.json["seq"], f.Seq)
		assert.EqualValues(t, a.json["prev"], f.Prev)
	}
}

// Several members write at once, on two servers: everybody sees the log's order,
// in one unbroken chain (which the peers hold by themselves), and nothing is
// lost or there twice.
func TestEverybodySeesOneOrder(t *testing.T) {
	const each = 100
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := worldOn(t, w.engine, Limits{})
	lead := other.open(t, other.agent("lead"))
	lead.ask(chat.EventJoin, obj("chatId", id))
	tab, watcher := other.open(t, visitor.l), w.open(t, w.agent("agent2"))
	watcher.ask(chat.EventJoin, obj("chatId", id))
	writers := []*peer{visitor, agent, lead, tab}
	var wg sync.WaitGroup
	for n, p := range writers {
		wg.Go(func() {
			var asked []string
			for i := range each {
				asked = append(asked, p.post(chat.EventMessage, obj("chatId", id, "message", fmt.Sprintf("%d.%d", n, i))))
			}
			for _, request := range asked {
				assert.Nil(t, p.reply(request).Error)
			}
		})
	}
	wg.Wait()
	var log []any
	for _, m := range w.rest("GET", "/chats/"+id+"/messages", secret(), "").json["messages"].([]any) {
		log = append(log, dig(m, "message"))
	}
	require.Len(t, log, each*len(writers))
	next := make([]int, len(writers))
	for _, text := range log {
		var n, i int
		_, err := fmt.Sscanf(text.(string), "%d.%d", &n, &i)
		require.NoError(t, err)
		require.Equal(t, next[n], i, "each writer's order is kept")
		next[n]++
	}
	for _, p := range append(writers, watcher) {
		p.find("the last message", func(int, wire.Frame) bool { return len(p.texts(id)) == len(log) })
		p.mu.Lock()
		assert.Equal(t, log, p.texts(id))
		p.mu.Unlock()
	}
}

// Two servers are one to their clients, on one engine or on a NATS of their own.
func TestTwoServers(t *testing.T) {
	t.Run("one engine", func(t *testing.T) {
		one := newWorld(t, Limits{})
		requireOne(t, one, worldOn(t, one.engine, Limits{}))
	})
	t.Run("a NATS outside", func(t *testing.T) {
		url := storetest.NATS(t, true).ClientURL()
		var worlds []*world
		for range 2 {
			e, err := store.Start(t.Context(), store.Options{URL: url})
			require.NoError(t, err)
			t.Cleanup(func() { storetest.Close(t, e) })
			worlds = append(worlds, worldOn(t, e, Limits{}))
		}
		requireOne(t, worlds[0], worlds[1])
	})
}

func requireOne(t *testing.T, one, two *world) {
	t.Helper()
	visitor, agent := one.open(t, one.visitor("Vera")), two.open(t, two.agent("agent1")).onDuty()
	id := visitor.newChat()
	require.Eventually(t, func() bool {
		return visitor.ask(chat.EventAssign, obj("chatId", id))["agent"] != nil
	}, storetest.WaitFor, storetest.Tick, "the word that an agent is on duty gets around")
	agent.next("invitations:new")
	agent.ask("invitations:accept", obj("chatId", id))
	visitor.next(chat.EventJoin)
	visitor.say(id, "over there?")
	assert.Equal(t, "over there?", dig(agent.next(chat.EventMessage), "message", "message"))
	visitor.ask(chat.EventActivity, obj("chatId", id, "type", "writing"))
	agent.next(chat.EventActivity)
	agent.ask(chat.EventClose, obj("chatId", id))
	visitor.next(chat.EventClose)
	visitor.next(chat.EventInfo)
	agent.next(chat.EventInfo)
}

// Who reads along is not told to the visitor, unless the chat was made to tell.
func TestWatcher(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	lead := w.open(t, w.agent("lead"))
	agent.refused(chat.EventJoin, obj("chatId", id, "mode", "watch"), 403, "supervisor")
	lead.refused(chat.EventJoin, obj("chatId", id, "mode", "spy"), 400, "mode")
	lead.ask(chat.EventJoin, obj("chatId", id, "mode", "watch"))
	assert.NotContains(t, lead.ask(chat.EventJoin, obj("chatId", id, "mode", "watch")), "seq")
	assert.Equal(t, "watch", agent.next(chat.EventJoin)["mode"])
	lead.refused(chat.EventMessage, obj("chatId", id, "message", "psst"), 403, "only watches")
	visitor.say(id, "hello")
	lead.next(chat.EventMessage)

	withheld := visitor.ask("chats:get", obj("chatId", id))
	assert.Equal(t, []any{}, dig(withheld, "chat", "watchers"))
	assert.Equal(t, []string{lead.l.id}, idsOf(dig(agent.ask("chats:get", obj("chatId", id)), "chat", "watchers")))
	lead.ask(chat.EventLeave, obj("chatId", id))
	agent.next(chat.EventLeave)
	agent.say(id, "alone again")
	visitor.next(chat.EventMessage)
	assert.Equal(t, []string{chat.EventJoin, chat.EventMessage}, visitor.events())

	paul := w.open(t, w.visitor("Paul"))
	open := dig(paul.ask(chat.EventCreate, obj("room", "1", "historyWatch", true)), "chat", "id").(string)
	lead.ask(chat.EventJoin, obj("chatId", open, "mode", "watch"))
	assert.Equal(t, "watch", paul.next(chat.EventJoin)["mode"])
	assert.Equal(t, []string{lead.l.id}, idsOf(dig(paul.ask("chats:get", obj("chatId", open)), "chat", "watchers")))
	lead.ask(chat.EventJoin, obj("chatId", open))
	assert.Equal(t, "", paul.next(chat.EventJoin)["mode"])
}

// Who has left hears no more of the chat, until he is in again.
func TestLeaving(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	second := w.open(t, agent.l)
	agent.ask(chat.EventLeave, obj("chatId", id))
	left := visitor.next(chat.EventLeave)
	assert.Equal(t, agent.l.id, left["userId"])
	assert.Equal(t, agent.l.id, dig(left, "user", "id"))
	second.next(chat.EventLeave)
	assert.Equal(t, "waiting", dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "status"))
	agent.refused(chat.EventMessage, obj("chatId", id, "message", "me again"), 403, "not in chat")
	visitor.say(id, "gone?")
	agent.ask("chats:get", obj("chatId", id, "fields", ""))
	assert.NotContains(t, agent.events(), chat.EventMessage)
	second.forget(id) // the join says by its prev that there is more than was seen
	agent.ask(chat.EventJoin, obj("chatId", id))
	second.next(chat.EventJoin)
	visitor.say(id, "back")
	assert.Equal(t, "back", dig(second.next(chat.EventMessage), "message", "message"))
	assert.Equal(t, "back", dig(agent.next(chat.EventMessage), "message", "message"))
}
