package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// What watchers do, in a chat that shows them to the visitor and in one that does not.
func TestWhatTheVisitorLearnsOfWatchers(t *testing.T) {
	t.Parallel()
	for _, told := range []bool{false, true} {
		t.Run(fmt.Sprint("historyWatch ", told), func(t *testing.T) {
			w := servertest.New(t, server.Limits{})
			visitor, agent, lead := w.Open(t, w.Visitor("Vera")), w.Open(t, w.Agent("agent1")), w.Open(t, w.Agent("lead"))
			id := servertest.Dig(visitor.Ask(chat.EventCreate, servertest.Obj("room", "1", "historyWatch", told)), "chat", "id").(string)
			agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
			lead.Watch(id)
			said := servertest.Dig(visitor.Say(id, "hello"), "message", "id")
			assert.Equal(t, said, servertest.Dig(lead.Next(chat.EventMessage), "message", "id"))
			visitor.Ask(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"))
			assert.Equal(t, "writing", lead.Next(chat.EventActivity)["type"])

			read := lead.Ask(chat.EventRead, servertest.Obj("messageId", said))
			assert.Equal(t, said, servertest.Dig(read, "message", "id"))
			assert.Equal(t, told, read["seq"] != nil)
			lead.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "psst"), 403, "only watches chat "+id+": join it first")
			lead.Refused(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"), 403, "only watches")

			snapshot := visitor.Ask("chats:get", servertest.Obj("chatId", id))
			assert.Equal(t, told, len(servertest.Dig(snapshot, "chat", "watchers").([]any)) == 1)
			assert.Equal(t, []string{visitor.Login.ID, agent.Login.ID}, servertest.IDs(servertest.Dig(snapshot, "chat", "users")))
			assert.Equal(t, told, servertest.Dig(servertest.Dig(snapshot, "chat", "history").([]any)[0], "readBy") != nil)
			assert.Equal(t, []string{lead.Login.ID}, servertest.IDs(servertest.Dig(agent.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "watchers")))

			lead.Ask(chat.EventLeave, servertest.Obj("chatId", id))
			visitor.Say(id, "bye")
			agent.Next(chat.EventMessage)
			assert.NotContains(t, lead.Events()[2:], chat.EventMessage, "the chat is live no more")
			want := []string{chat.EventJoin}
			if told {
				want = append(want, chat.EventJoin, chat.EventRead, chat.EventLeave)
			}
			assert.Equal(t, want, visitor.Events())
		})
	}
}

// A watcher goes on after a reconnect, and is one of the users once they join.
func TestAWatcherWhoComesBackAndJoins(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	lead := w.Open(t, w.Agent("lead")).Watch(id)
	at := lead.Position(id)
	lead.Cut()
	visitor.Say(id, "missed")
	back := w.Dial(t)
	assert.Equal(t, true, servertest.Dig(back.OpenSession(lead.Login, map[string]uint64{id: at}), "chats", id, "resumed"))
	assert.Equal(t, "missed", servertest.Dig(back.Next(chat.EventMessage), "message", "message"))
	unaware := w.Dial(t)
	c := servertest.Dig(unaware.OpenSession(lead.Login, nil), "chats", id)
	assert.Equal(t, []string{lead.Login.ID}, servertest.IDs(servertest.Dig(c, "watchers")))
	assert.Zero(t, busyChats(w, lead.Login.ID), "to watch is no work")

	back.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	joined := visitor.Next(chat.EventJoin)
	assert.Equal(t, "", joined["mode"])
	assert.Equal(t, lead.Login.ID, servertest.Dig(joined, "user", "id"))
	assert.Equal(t, lead.Login.ID, servertest.Dig(agent.Next(chat.EventJoin), "user", "id"))
	now := stateOf(w, id)
	assert.Empty(t, now.Chat.Watchers)
	assert.True(t, now.Chat.Users.Has(lead.Login.ID))
	assert.Equal(t, 1, busyChats(w, lead.Login.ID))
	assert.NotContains(t, back.Ask(chat.EventJoin, servertest.Obj("chatId", id, "mode", "watch")), "seq", "who takes part sees all already")
	back.Say(id, "hello from the lead")
	visitor.Next(chat.EventMessage)
}

func TestManyWatchers(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := servertest.On(t, w.Engine, server.Limits{})
	var watchers []*servertest.Peer
	for n := range 4 {
		account := fmt.Sprintf(`{"username":"lead%d","password":"a long one","role":"supervisor"}`, n)
		w.Rest("POST", "/agents", servertest.Secret(), account).Text("user", "id")
		lead := w.Session(w.Rest("POST", "/agents/login", servertest.App(), account))
		watchers = append(watchers, []*servertest.World{w, other}[n%2].Open(t, lead).Watch(id))
	}
	visitor.Say(id, "anybody?")
	agent.Say(id, "me")
	for _, p := range watchers {
		p.Next(chat.EventMessage)
		p.Next(chat.EventMessage)
	}
	require.Len(t, stateOf(w, id).Chat.Watchers, 4)
	assert.NotContains(t, visitor.Events()[1:], chat.EventJoin)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	for _, p := range watchers {
		p.Next(chat.EventClose)
		p.Next(chat.EventInfo)
		p.Refused(chat.EventJoin, servertest.Obj("chatId", id, "mode", "watch"), 410, "closed")
	}
}
