package server_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Two tabs of one user: each sees the other's acts, none its own.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Visitor("Vera")
	a, b := w.Open(t, vera), w.Open(t, vera)
	id := a.NewChat()
	pushed := b.NextFrame(chat.EventCreate)
	assert.EqualValues(t, 0, pushed.Prev)
	assert.Equal(t, id, servertest.Dig(servertest.Parsed(pushed.Data), "chat", "id"))

	request := a.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", "from a"))
	said := servertest.Parsed(a.Reply(request).Data)
	f := b.NextFrame(chat.EventMessage)
	assert.Equal(t, request, f.EventID, "the user's own act carries its id")
	assert.Equal(t, said["message"], servertest.Dig(servertest.Parsed(f.Data), "message"))
	b.Ask(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"))
	assert.Equal(t, vera.ID, a.Next(chat.EventActivity)["userId"])
	b.Ask(chat.EventClose, servertest.Obj("chatId", id))
	a.Next(chat.EventClose)
	a.Next(chat.EventInfo)
	b.Next(chat.EventInfo)
	assert.Equal(t, []string{chat.EventActivity, chat.EventClose, chat.EventInfo}, a.Events())
	assert.Equal(t, []string{chat.EventCreate, chat.EventMessage, chat.EventInfo}, b.Events())
}

// An act asked for by REST is pushed to all connections of the user.
func TestActByREST(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	a := w.Rest("POST", "/chats/"+id+"/messages/", servertest.As(visitor.Login), `{"message":"by REST"}`)
	require.Equal(t, 200, a.Status, a.Body)
	for _, p := range []*servertest.Peer{visitor, agent} {
		f := p.NextFrame(chat.EventMessage)
		assert.Equal(t, a.JSON["message"], servertest.Dig(servertest.Parsed(f.Data), "message"))
		assert.EqualValues(t, a.JSON["seq"], f.Seq)
		assert.EqualValues(t, a.JSON["prev"], f.Prev)
	}
}

// Several members write at once, on two servers: everybody sees the log's order,
// in one unbroken chain (which the peers hold by themselves), and nothing is
// lost or there twice. It is not run beside others: an append gives up after many
// conflicts in a row, as happens to a node that is short of processor time.
func TestEverybodySeesOneOrder(t *testing.T) {
	const each = 100
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := servertest.On(t, w.Engine, server.Limits{})
	lead := other.Open(t, other.Agent("lead"))
	lead.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	tab, watcher := other.Open(t, visitor.Login), w.Open(t, w.Agent("agent2"))
	watcher.Ask(chat.EventJoin, servertest.Obj("chatId", id, "assist", true))
	writers := []*servertest.Peer{visitor, agent, lead, tab}
	var wg sync.WaitGroup
	for n, p := range writers {
		wg.Go(func() {
			var asked []string
			for i := range each {
				asked = append(asked, p.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", fmt.Sprintf("%d.%d", n, i))))
			}
			for _, request := range asked {
				assert.Nil(t, p.Reply(request).Error)
			}
		})
	}
	wg.Wait()
	var log []any
	for _, m := range w.Rest("GET", "/chats/"+id+"/messages", servertest.Secret(), "").JSON["messages"].([]any) {
		log = append(log, servertest.Dig(m, "message"))
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
		p.Find("the last message", func(int, wire.Frame) bool { return len(p.Texts(id)) == len(log) })
		p.Mu.Lock()
		assert.Equal(t, log, p.Texts(id))
		p.Mu.Unlock()
	}
}

// Two servers are one to their clients, on one engine or on a NATS of their own.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	t.Run("one engine", func(t *testing.T) {
		one := servertest.New(t, server.Limits{})
		requireOne(t, one, servertest.On(t, one.Engine, server.Limits{}))
	})
	t.Run("a NATS outside", func(t *testing.T) {
		url := storetest.NATS(t, true).ClientURL()
		var worlds []*servertest.World
		for range 2 {
			e, err := store.Start(t.Context(), store.Options{URL: url})
			require.NoError(t, err)
			t.Cleanup(func() { storetest.Close(t, e) })
			worlds = append(worlds, servertest.On(t, e, server.Limits{}))
		}
		requireOne(t, worlds[0], worlds[1])
	})
}

func requireOne(t *testing.T, one, two *servertest.World) {
	t.Helper()
	visitor, agent := one.Open(t, one.Visitor("Vera")), two.Open(t, two.Agent("agent1")).OnDuty()
	id := visitor.NewChat()
	require.Eventually(t, func() bool {
		return visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id))["agent"] != nil
	}, storetest.WaitFor, storetest.Tick, "the word that an agent is on duty gets around")
	agent.Next("invitations:new")
	agent.Ask("invitations:accept", servertest.Obj("chatId", id))
	visitor.Next(chat.EventJoin)
	visitor.Say(id, "over there?")
	assert.Equal(t, "over there?", servertest.Dig(agent.Next(chat.EventMessage), "message", "message"))
	visitor.Ask(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"))
	agent.Next(chat.EventActivity)
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	visitor.Next(chat.EventClose)
	visitor.Next(chat.EventInfo)
	agent.Next(chat.EventInfo)
}

// The visitor does not see watchers, unless the chat was created with historyWatch.
func TestWatcher(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	lead := w.Open(t, w.Agent("lead"))
	agent.Refused(chat.EventJoin, servertest.Obj("chatId", id, "mode", "watch"), 403, "supervisor")
	lead.Refused(chat.EventJoin, servertest.Obj("chatId", id, "mode", "spy"), 400, "mode")
	lead.Ask(chat.EventJoin, servertest.Obj("chatId", id, "mode", "watch"))
	assert.NotContains(t, lead.Ask(chat.EventJoin, servertest.Obj("chatId", id, "mode", "watch")), "seq")
	assert.Equal(t, "watch", agent.Next(chat.EventJoin)["mode"])
	lead.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "psst"), 403, "only watches")
	visitor.Say(id, "hello")
	lead.Next(chat.EventMessage)

	withheld := visitor.Ask("chats:get", servertest.Obj("chatId", id))
	assert.Equal(t, []any{}, servertest.Dig(withheld, "chat", "watchers"))
	assert.Equal(t, []string{lead.Login.ID}, servertest.IDs(servertest.Dig(agent.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "watchers")))
	lead.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	agent.Next(chat.EventLeave)
	agent.Say(id, "alone again")
	visitor.Next(chat.EventMessage)
	assert.Equal(t, []string{chat.EventJoin, chat.EventMessage}, visitor.Events())

	paul := w.Open(t, w.Visitor("Paul"))
	open := servertest.Dig(paul.Ask(chat.EventCreate, servertest.Obj("room", "1", "historyWatch", true)), "chat", "id").(string)
	lead.Ask(chat.EventJoin, servertest.Obj("chatId", open, "mode", "watch"))
	assert.Equal(t, "watch", paul.Next(chat.EventJoin)["mode"])
	assert.Equal(t, []string{lead.Login.ID}, servertest.IDs(servertest.Dig(paul.Ask("chats:get", servertest.Obj("chatId", open)), "chat", "watchers")))
	lead.Ask(chat.EventJoin, servertest.Obj("chatId", open))
	assert.Equal(t, "", paul.Next(chat.EventJoin)["mode"])
}

// A user who has left gets nothing of the chat until they are in it again.
func TestLeaving(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	second := w.Open(t, agent.Login)
	agent.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	left := visitor.Next(chat.EventLeave)
	assert.Equal(t, agent.Login.ID, left["userId"])
	assert.Equal(t, agent.Login.ID, servertest.Dig(left, "user", "id"))
	second.Next(chat.EventLeave)
	assert.Equal(t, "waiting", servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "status"))
	agent.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "me again"), 403, "not in chat")
	visitor.Say(id, "gone?")
	agent.Ask("chats:get", servertest.Obj("chatId", id, "fields", ""))
	assert.NotContains(t, agent.Events(), chat.EventMessage)
	agent.Forget(id) // the join says by its prev that there is more than was seen
	second.Forget(id)
	agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	second.Next(chat.EventJoin)
	visitor.Say(id, "back")
	assert.Equal(t, "back", servertest.Dig(second.Next(chat.EventMessage), "message", "message"))
	assert.Equal(t, "back", servertest.Dig(agent.Next(chat.EventMessage), "message", "message"))
}
