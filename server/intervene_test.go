package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

// inChats tells whether the index has the user in the chat.
func isIndexed(w *world, l login, agent bool, chatID string) bool {
	w.t.Helper()
	u, err := w.identity.User(w.t.Context(), "demo", l.id)
	require.NoError(w.t, err)
	require.Equal(w.t, agent, u.IsAgent())
	found, err := roomsOf(w).Members.Chats(w.t.Context(), "demo", agent, l.id)
	require.NoError(w.t, err)
	for _, id := range found {
		if id == chatID {
			return true
		}
	}
	return false
}

func TestInterveneFromOutside(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	tab, lead, other := w.open(t, visitor.l), w.open(t, w.agent("lead")), w.open(t, w.agent("agent2"))
	other.ask(chat.EventJoin, obj("chatId", id))
	visitor.next(chat.EventJoin)

	done := lead.ask(chat.EventIntervene, obj("chatId", id))
	assert.Equal(t, true, done["success"])
	for _, p := range []*peer{visitor, tab, agent, other} {
		f := p.nextFrame(chat.EventIntervene)
		assert.EqualValues(t, done["seq"], f.Seq)
		d := parsed(f.Data)
		assert.Equal(t, id, d["chatId"])
		assert.Equal(t, lead.l.id, dig(d, "interventor", "id"))
		assert.Equal(t, []string{agent.l.id, other.l.id}, idsOf(d["intervenedUsers"]))
		assert.Equal(t, []string{visitor.l.id, lead.l.id}, idsOf(dig(d, "chat", "users")))
		assert.Equal(t, "active", dig(d, "chat", "status"))
	}
	assert.True(t, isIndexed(w, lead.l, true, id))
	assert.False(t, isIndexed(w, agent.l, true, id))
	assert.False(t, isIndexed(w, other.l, true, id))
	assert.True(t, isIndexed(w, visitor.l, false, id))

	visitor.say(id, "who are you?")
	assert.Equal(t, visitor.l.id, lead.next(chat.EventMessage)["userId"])
	lead.say(id, "the lead")
	tab.next(chat.EventMessage)
	agent.refused(chat.EventMessage, obj("chatId", id, "message", "me too"), 403, "not in chat")
	assert.NotContains(t, agent.events(), chat.EventMessage, "the chat is live no more")
	for _, p := range []*peer{visitor, tab, lead, agent} {
		assert.NotContains(t, p.events(), chat.EventLeave)
	}

	again := lead.ask(chat.EventIntervene, obj("chatId", id))
	assert.Equal(t, object{"success": true}, again, "the only agent already")
}

func TestInterveneByAWatcher(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	lead := w.open(t, w.agent("lead"))
	lead.ask(chat.EventJoin, obj("chatId", id, "mode", "watch"))
	lead.ask(chat.EventIntervene, obj("chatId", id))
	visitor.next(chat.EventIntervene)
	assert.Equal(t, []string{chat.EventJoin, chat.EventIntervene}, visitor.events())
	c := lead.ask("chats:get", obj("chatId", id))["chat"]
	assert.Equal(t, []string{visitor.l.id, lead.l.id}, idsOf(dig(c, "users")))
	assert.Empty(t, dig(c, "watchers"))

	agent.next(chat.EventIntervene)
	agent.ask(chat.EventJoin, obj("chatId", id)) // comes back, and gets the chat live again
	visitor.say(id, "two of you?")
	agent.next(chat.EventMessage)
	assert.True(t, isIndexed(w, agent.l, true, id))
}

// An agent who was away while he was removed learns of it, and of nothing later.
func TestIntervenedWhileAway(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	seen := agent.position(id)
	agent.cut()
	lead := w.open(t, w.agent("lead"))
	lead.ask(chat.EventIntervene, obj("chatId", id))
	visitor.say(id, "hello")
	back := w.dial(t)
	back.openSession(agent.l, map[string]uint64{id: seen})
	back.next(chat.EventIntervene)
	assert.NotContains(t, back.events(), chat.EventMessage)
}

func TestInterveneWhileInvited(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id)]
	agent.next("invitations:new")
	lead := w.agent("lead")
	w.rest("POST", "/chats/"+id+"/intervene", as(lead), "").requireDone()
	assert.Equal(t, obj("chatId", id, "reason", "taken"), agent.next("invitations:end"))
	agent.refused("invitations:accept", obj("chatId", id), 409, "another agent")
	assert.Empty(t, visitor.next(chat.EventIntervene)["intervenedUsers"])
	requireNothingDue(w, id)
}

func TestWhoMayIntervene(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	lead := w.open(t, w.agent("lead"))
	visitor.refused(chat.EventIntervene, obj("chatId", id), 403, "supervisors")
	agent.refused(chat.EventIntervene, obj("chatId", id), 403, "supervisors")
	lead.refused(chat.EventIntervene, obj("chatId", "nowhere"), 404, "nowhere")
	w.rest("POST", "/chats/"+id+"/intervene", secret(), "").requireRefused(403, "supervisors")
	w.rest("POST", "/chats/"+id+"/intervene", secret(), `{"userId":"`+lead.l.id+`"}`).requireDone()
	lead.next(chat.EventIntervene)
	visitor.ask(chat.EventClose, obj("chatId", id))
	lead.refused(chat.EventIntervene, obj("chatId", id), 410, "closed")
}
