package server_test

import (
	"fmt"
	"testing"

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

func TestComingBack(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	agent.Say(id, "one")
	visitor.Next(chat.EventMessage)
	at := visitor.Position(id)
	visitor.Cut()
	agent.Say(id, "two")
	agent.Say(id, "three")

	back := w.Dial(t)
	reply := back.OpenSession(visitor.Login, map[string]uint64{id: at})
	assert.Equal(t, true, servertest.Dig(reply, "chats", id, "resumed"))
	assert.EqualValues(t, at, servertest.Dig(reply, "chats", id, "seq"))
	assert.NotContains(t, servertest.Dig(reply, "chats", id), "history")
	assert.Equal(t, "two", servertest.Dig(back.Next(chat.EventMessage), "message", "message"))
	assert.Equal(t, "three", servertest.Dig(back.Next(chat.EventMessage), "message", "message"))

	for name, seen := range map[string]map[string]uint64{"no position": nil, "unknown position": {id: at + 100_000}, "nothing seen": {id: 0}} {
		t.Run(name, func(t *testing.T) {
			back := w.Dial(t)
			reply := back.OpenSession(visitor.Login, seen)
			c := servertest.Dig(reply, "chats", id)
			assert.Equal(t, false, servertest.Dig(c, "resumed"))
			assert.GreaterOrEqual(t, len(servertest.Dig(c, "history").([]any)), 3)
			assert.Equal(t, []string{visitor.Login.ID, agent.Login.ID}, servertest.IDs(servertest.Dig(c, "users")))
			agent.Say(id, name)
			assert.Equal(t, name, servertest.Dig(back.Next(chat.EventMessage), "message", "message"))
		})
	}
}

// A user who was away while a chat was closed gets the close.
func TestComingBackToAClosedChat(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	at := visitor.Position(id)
	visitor.Cut()
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	agent.Next(chat.EventInfo)

	back := w.Dial(t)
	reply := back.OpenSession(visitor.Login, map[string]uint64{id: at})
	assert.Equal(t, "active", servertest.Dig(reply, "chats", id, "status"), "as it was then")
	assert.Equal(t, agent.Login.ID, back.Next(chat.EventClose)["userId"])
	back.Next(chat.EventInfo)

	unaware := w.Dial(t)
	assert.Equal(t, servertest.Object{}, unaware.OpenSession(visitor.Login, nil)["chats"], "closed chats are not listed unasked")
	stranger := w.Dial(t)
	assert.Equal(t, servertest.Object{}, stranger.OpenSession(w.Visitor("Paul"), map[string]uint64{id: at, "nonsense!": 5, "unknown": 1})["chats"])
}

func TestTenThousandMissed(t *testing.T) {
	t.Parallel()
	const n = 10_000
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	at := visitor.Position(id)
	visitor.Cut()
	for i := range n {
		_, err := roomsOf(w).Log.Append(t.Context(), ids.Key{App: "demo", ID: id}, chatlog.Act{By: agent.Login.ID, Event: chat.EventMessage}, func(f *chatstate.Folded) (wire.Raw, error) {
			message := chatstate.MessageJSON(id, len(f.Messages), agent.Login.ID, "text", fmt.Sprint(i), 1).Done()
			return wire.NewObject(nil).Str("chatId", id).Str("userId", agent.Login.ID).Raw("message", message).Done(), nil
		})
		require.NoError(t, err)
	}

	back := w.Dial(t)
	back.OpenSession(visitor.Login, map[string]uint64{id: at})
	sent := back.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", "meanwhile"))
	back.Post("ping-like", nil)
	require.Nil(t, back.Reply(sent).Error)
	back.Mu.Lock()
	defer back.Mu.Unlock()
	count := 0
	for _, f := range back.Frames {
		if f.Event == chat.EventMessage {
			require.Equal(t, fmt.Sprint(count), servertest.Dig(servertest.Parsed(f.Data), "message", "message"))
			count++
		}
	}
	assert.Equal(t, n, count, "all came, in order, before the reply to what was said after them")
}

// A request sent again has its effect once and gets the first reply, also on a
// new connection and after a restart of the server.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	vera := w.Visitor("Vera")
	visitor := w.Open(t, vera)
	visitor.PostAs("create", chat.EventCreate, servertest.Obj("room", "1"))
	created := servertest.Parsed(visitor.Reply("create").Data)
	id := servertest.Dig(created, "chat", "id").(string)
	visitor.PostAs("say", chat.EventMessage, servertest.Obj("chatId", id, "message", "once"))
	first := visitor.Reply("say")
	visitor.PostAs("close", chat.EventClose, servertest.Obj("chatId", id))
	closed := visitor.Reply("close")
	require.Nil(t, closed.Error)

	again := func(t *testing.T, w *servertest.World) {
		p := w.Open(t, vera)
		p.PostAs("create", chat.EventCreate, servertest.Obj("room", "1"))
		repeated := servertest.Parsed(p.Reply("create").Data)
		assert.Equal(t, id, servertest.Dig(repeated, "chat", "id"))
		assert.Equal(t, created["seq"], repeated["seq"])
		assert.Equal(t, "closed", servertest.Dig(repeated, "chat", "status"))
		p.PostAs("say", chat.EventMessage, servertest.Obj("chatId", id, "message", "once"))
		assert.Equal(t, first, p.Reply("say"))
		p.PostAs("close", chat.EventClose, servertest.Obj("chatId", id))
		assert.Equal(t, closed, p.Reply("close"))
		p.PostAs("say", chat.EventClose, servertest.Obj("chatId", id))
		p.Find("conflict", func(_ int, f wire.Frame) bool { return f.ID == "say" && f.Error != nil && f.Error.Code == 409 })
		a := w.Rest("GET", "/chats/"+id+"/messages", servertest.As(vera), "")
		assert.Len(t, a.JSON["messages"], 1)
	}
	t.Run("new connection", func(t *testing.T) { again(t, w) })
	t.Run("restart", func(t *testing.T) {
		w.Close()
		storetest.Close(t, e)
		again(t, servertest.On(t, storetest.Engine(t, dir), server.Limits{}))
	})
}

// The same request twice at once, on two connections of one user.
func TestSameRequestTwiceAtOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Visitor("Vera")
	a, b := w.Open(t, vera), w.Open(t, vera)
	a.Twin, b.Twin = true, true
	for _, p := range []*servertest.Peer{a, b} {
		p.PostAs("create", chat.EventCreate, servertest.Obj("room", "1"))
	}
	id := servertest.Dig(servertest.Parsed(a.Reply("create").Data), "chat", "id").(string)
	assert.Equal(t, id, servertest.Dig(servertest.Parsed(b.Reply("create").Data), "chat", "id"))
	for i := range 50 {
		eventID := fmt.Sprint("say", i)
		for _, p := range []*servertest.Peer{a, b} {
			p.PostAs(eventID, chat.EventMessage, servertest.Obj("chatId", id, "message", "once"))
		}
		assert.Equal(t, a.Reply(eventID), b.Reply(eventID))
	}
	assert.Len(t, w.Rest("GET", "/chats/"+id+"/messages", servertest.As(vera), "").JSON["messages"], 50)
}

// A request that was carried out has its reply also when it is sent again after its
// sender has left the chat: the page must not take it for refused.
func TestTheSameRequestAfterLeaving(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	said := servertest.Obj("chatId", id, "message", "goodbye")
	agent.PostAs("said", chat.EventMessage, said)
	first := agent.Reply("said")
	agent.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	back := w.Open(t, agent.Login)
	back.PostAs("said", chat.EventMessage, said)
	assert.Equal(t, first, back.Reply("said"))
	visitor.Say(id, "are you there?")
	assert.Equal(t, []any{"goodbye", "are you there?"}, visitor.Texts(id))

	back.Refused(chat.EventMessage, said, 403, "not in chat")
	for _, other := range []struct {
		login servertest.Login
		event string
		data  any
	}{
		{agent.Login, chat.EventActivity, servertest.Obj("chatId", id, "type", "writing")},
		{w.Agent("agent2"), chat.EventMessage, said},
	} {
		p := w.Open(t, other.login)
		p.PostAs("said", other.event, other.data)
		reply := p.Reply("said")
		require.NotNil(t, reply.Error, "the id is of another event, or another user")
		assert.Equal(t, 403, reply.Error.Code)
	}
}
