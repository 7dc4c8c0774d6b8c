package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

func TestComingBack(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	agent.say(id, "one")
	visitor.next(chat.EventMessage)
	at := visitor.position(id)
	visitor.cut()
	agent.say(id, "two")
	agent.say(id, "three")

	back := w.dial(t)
	reply := back.openSession(visitor.l, map[string]uint64{id: at})
	assert.Equal(t, true, dig(reply, "chats", id, "resumed"))
	assert.EqualValues(t, at, dig(reply, "chats", id, "seq"))
	assert.NotContains(t, dig(reply, "chats", id), "history")
	assert.Equal(t, "two", dig(back.next(chat.EventMessage), "message", "message"))
	assert.Equal(t, "three", dig(back.next(chat.EventMessage), "message", "message"))

	for name, seen := range map[string]map[string]uint64{"no position": nil, "unknown position": {id: at + 100_000}, "nothing seen": {id: 0}} {
		t.Run(name, func(t *testing.T) {
			back := w.dial(t)
			reply := back.openSession(visitor.l, seen)
			c := dig(reply, "chats", id)
			assert.Equal(t, false, dig(c, "resumed"))
			assert.GreaterOrEqual(t, len(dig(c, "history").([]any)), 3)
			assert.Equal(t, []string{visitor.l.id, agent.l.id}, idsOf(dig(c, "users")))
			agent.say(id, name)
			assert.Equal(t, name, dig(back.next(chat.EventMessage), "message", "message"))
		})
	}
}

// Who was away while a chat was closed learns of it.
func TestComingBackToAClosedChat(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	at := visitor.position(id)
	visitor.cut()
	agent.ask(chat.EventClose, obj("chatId", id))
	agent.next(chat.EventInfo)

	back := w.dial(t)
	reply := back.openSession(visitor.l, map[string]uint64{id: at})
	assert.Equal(t, "active", dig(reply, "chats", id, "status"), "as it was then")
	assert.Equal(t, agent.l.id, back.next(chat.EventClose)["userId"])
	back.next(chat.EventInfo)

	unaware := w.dial(t)
	assert.Equal(t, object{}, unaware.openSession(visitor.l, nil)["chats"], "closed chats are not listed unasked")
	stranger := w.dial(t)
	assert.Equal(t, object{}, stranger.openSession(w.visitor("Paul"), map[string]uint64{id: at, "nonsense!": 5, "unknown": 1})["chats"])
}

func TestTenThousandMissed(t *testing.T) {
	const n = 10_000
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	at := visitor.position(id)
	visitor.cut()
	for i := range n {
		_, err := roomsOf(w).Log.Append(t.Context(), ids.Key{App: "demo", ID: id}, chatlog.Act{By: agent.l.id, Event: chat.EventMessage}, func(f *chatstate.Folded) (wire.Raw, error) {
			message := chatstate.MessageJSON(id, len(f.Messages), agent.l.id, "text", fmt.Sprint(i), 1).Done()
			return wire.NewObject(nil).Str("chatId", id).Str("userId", agent.l.id).Raw("message", message).Done(), nil
		})
		require.NoError(t, err)
	}

	back := w.dial(t)
	back.openSession(visitor.l, map[string]uint64{id: at})
	sent := back.post(chat.EventMessage, obj("chatId", id, "message", "meanwhile"))
	back.post("ping-like", nil)
	require.Nil(t, back.reply(sent).Error)
	back.mu.Lock()
	defer back.mu.Unlock()
	count := 0
	for _, f := range back.frames {
		if f.Event == chat.EventMessage {
			require.Equal(t, fmt.Sprint(count), dig(parsed(f.Data), "message", "message"))
			count++
		}
	}
	assert.Equal(t, n, count, "all came, in order, before the reply to what was said after them")
}

// A request sent again has its effect once and gets the first reply, also on a
// new connection and after a restart of the server.
func TestIdempotency(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	vera := w.visitor("Vera")
	visitor := w.open(t, vera)
	visitor.postAs("create", chat.EventCreate, obj("room", "1"))
	created := parsed(visitor.reply("create").Data)
	id := dig(created, "chat", "id").(string)
	visitor.postAs("say", chat.EventMessage, obj("chatId", id, "message", "once"))
	first := visitor.reply("say")
	visitor.postAs("close", chat.EventClose, obj("chatId", id))
	closed := visitor.reply("close")
	require.Nil(t, closed.Error)

	again := func(t *testing.T, w *world) {
		p := w.open(t, vera)
		p.postAs("create", chat.EventCreate, obj("room", "1"))
		repeated := parsed(p.reply("create").Data)
		assert.Equal(t, id, dig(repeated, "chat", "id"))
		assert.Equal(t, created["seq"], repeated["seq"])
		assert.Equal(t, "closed", dig(repeated, "chat", "status"))
		p.postAs("say", chat.EventMessage, obj("chatId", id, "message", "once"))
		assert.Equal(t, first, p.reply("say"))
		p.postAs("close", chat.EventClose, obj("chatId", id))
		assert.Equal(t, closed, p.reply("close"))
		p.postAs("say", chat.EventClose, obj("chatId", id))
		p.find("conflict", func(_ int, f wire.Frame) bool { return f.ID == "say" && f.Error != nil && f.Error.Code == 409 })
		a := w.rest("GET", "/chats/"+id+"/messages", as(vera), "")
		assert.Len(t, a.json["messages"], 1)
	}
	t.Run("new connection", func(t *testing.T) { again(t, w) })
	t.Run("restart", func(t *testing.T) {
		w.close()
		storetest.Close(t, e)
		again(t, worldOn(t, storetest.Engine(t, dir), Limits{}))
	})
}

// The same request twice at once, on two connections of one user.
func TestSameRequestTwiceAtOnce(t *testing.T) {
	w := newWorld(t, Limits{})
	vera := w.visitor("Vera")
	a, b := w.open(t, vera), w.open(t, vera)
	a.twin, b.twin = true, true
	for _, p := range []*peer{a, b} {
		p.postAs("create", chat.EventCreate, obj("room", "1"))
	}
	id := dig(parsed(a.reply("create").Data), "chat", "id").(string)
	assert.Equal(t, id, dig(parsed(b.reply("create").Data), "chat", "id"))
	for i := range 50 {
		eventID := fmt.Sprint("say", i)
		for _, p := range []*peer{a, b} {
			p.postAs(eventID, chat.EventMessage, obj("chatId", id, "message", "once"))
		}
		assert.Equal(t, a.reply(eventID), b.reply(eventID))
	}
	assert.Len(t, w.rest("GET", "/chats/"+id+"/messages", as(vera), "").json["messages"], 50)
}
