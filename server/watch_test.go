package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

// All that watchers do, in a chat that tells of them and in one that does not.
func TestWhatTheVisitorLearnsOfWatchers(t *testing.T) {
	for _, told := range []bool{false, true} {
		t.Run(fmt.Sprint("historyWatch ", told), func(t *testing.T) {
			w := newWorld(t, Limits{})
			visitor, agent, lead := w.open(t, w.visitor("Vera")), w.open(t, w.agent("agent1")), w.open(t, w.agent("lead"))
			id := dig(visitor.ask(chat.EventCreate, obj("room", "1", "historyWatch", told)), "chat", "id").(string)
			agent.ask(chat.EventJoin, obj("chatId", id))
			lead.watch(id)
			said := dig(visitor.say(id, "hello"), "message", "id")
			assert.Equal(t, said, dig(lead.next(chat.EventMessage), "message", "id"))
			visitor.ask(chat.EventActivity, obj("chatId", id, "type", "writing"))
			assert.Equal(t, "writing", lead.next(chat.EventActivity)["type"])

			read := lead.ask(chat.EventRead, obj("messageId", said))
			assert.Equal(t, said, dig(read, "message", "id"))
			assert.Equal(t, told, read["seq"] != nil)
			lead.refused(chat.EventMessage, obj("chatId", id, "message", "psst"), 403, "only watches chat "+id+": join it first")
			lead.refused(chat.EventActivity, obj("chatId", id, "type", "writing"), 403, "only watches")

			snapshot := visitor.ask("chats:get", obj("chatId", id))
			assert.Equal(t, told, len(dig(snapshot, "chat", "watchers").([]any)) == 1)
			assert.Equal(t, []string{visitor.l.id, agent.l.id}, idsOf(dig(snapshot, "chat", "users")))
			assert.Equal(t, told, dig(dig(snapshot, "chat", "history").([]any)[0], "readBy") != nil)
			assert.Equal(t, []string{lead.l.id}, idsOf(dig(agent.ask("chats:get", obj("chatId", id)), "chat", "watchers")))

			lead.ask(chat.EventLeave, obj("chatId", id))
			visitor.say(id, "bye")
			agent.next(chat.EventMessage)
			assert.NotContains(t, lead.events()[2:], chat.EventMessage, "the chat is live no more")
			want := []string{chat.EventJoin}
			if told {
				want = append(want, chat.EventJoin, chat.EventRead, chat.EventLeave)
			}
			assert.Equal(t, want, visitor.events())
		})
	}
}

// Who watches goes on after a reconnect, and is one of the users once he joins.
func TestAWatcherWhoComesBackAndJoins(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	lead := w.open(t, w.agent("lead")).watch(id)
	at := lead.position(id)
	lead.cut()
	visitor.say(id, "missed")
	back := w.dial(t)
	assert.Equal(t, true, dig(back.openSession(lead.l, map[string]uint64{id: at}), "chats", id, "resumed"))
	assert.Equal(t, "missed", dig(back.next(chat.EventMessage), "message", "message"))
	unaware := w.dial(t)
	c := dig(unaware.openSession(lead.l, nil), "chats", id)
	assert.Equal(t, []string{lead.l.id}, idsOf(dig(c, "watchers")))
	assert.Zero(t, busyChats(w, lead.l.id), "to watch is no work")

	back.ask(chat.EventJoin, obj("chatId", id))
	joined := visitor.next(chat.EventJoin)
	assert.Equal(t, "", joined["mode"])
	assert.Equal(t, lead.l.id, dig(joined, "user", "id"))
	assert.Equal(t, lead.l.id, dig(agent.next(chat.EventJoin), "user", "id"))
	now := stateOf(w, id)
	assert.Empty(t, now.Chat.Watchers)
	assert.True(t, now.Chat.Users.Has(lead.l.id))
	assert.Equal(t, 1, busyChats(w, lead.l.id))
	assert.NotContains(t, back.ask(chat.EventJoin, obj("chatId", id, "mode", "watch")), "seq", "who takes part sees all already")
	back.say(id, "hello from the lead")
	visitor.next(chat.EventMessage)
}

func TestManyWatchers(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := worldOn(t, w.engine, Limits{})
	var watchers []*peer
	for n := range 4 {
		account := fmt.Sprintf(`{"username":"lead%d","password":"a long one","role":"supervisor"}`, n)
		w.rest("POST", "/agents", secret(), account).text("user", "id")
		lead := w.session(w.rest("POST", "/agents/login", app(), account))
		watchers = append(watchers, []*world{w, other}[n%2].open(t, lead).watch(id))
	}
	visitor.say(id, "anybody?")
	agent.say(id, "me")
	for _, p := range watchers {
		p.next(chat.EventMessage)
		p.next(chat.EventMessage)
	}
	require.Len(t, stateOf(w, id).Chat.Watchers, 4)
	assert.NotContains(t, visitor.events()[1:], chat.EventJoin)
	visitor.ask(chat.EventClose, obj("chatId", id))
	for _, p := range watchers {
		p.next(chat.EventClose)
		p.next(chat.EventInfo)
		p.refused(chat.EventJoin, obj("chatId", id, "mode", "watch"), 410, "closed")
	}
}
