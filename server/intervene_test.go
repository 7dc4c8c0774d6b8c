package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// isIndexed tells whether the index has the user in the chat.
func isIndexed(w *servertest.World, l servertest.Login, agent bool, chatID string) bool {
	w.T.Helper()
	u, err := w.Identity.User(w.T.Context(), "demo", l.ID)
	require.NoError(w.T, err)
	require.Equal(w.T, agent, u.IsAgent())
	found, err := roomsOf(w).Members.Chats(w.T.Context(), "demo", agent, l.ID)
	require.NoError(w.T, err)
	for _, id := range found {
		if id == chatID {
			return true
		}
	}
	return false
}

func TestInterveneFromOutside(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	tab, lead, other := w.Open(t, visitor.Login), w.Open(t, w.Agent("lead")), w.Open(t, w.Agent("agent2"))
	other.Ask(chat.EventJoin, servertest.Obj("chatId", id, "assist", true))
	visitor.Next(chat.EventJoin)

	done := lead.Ask(chat.EventIntervene, servertest.Obj("chatId", id))
	assert.Equal(t, true, done["success"])
	for _, p := range []*servertest.Peer{visitor, tab, agent, other} {
		f := p.NextFrame(chat.EventIntervene)
		assert.EqualValues(t, done["seq"], f.Seq)
		d := servertest.Parsed(f.Data)
		assert.Equal(t, id, d["chatId"])
		assert.Equal(t, lead.Login.ID, servertest.Dig(d, "interventor", "id"))
		assert.Equal(t, []string{agent.Login.ID, other.Login.ID}, servertest.IDs(d["intervenedUsers"]))
		assert.Equal(t, []string{visitor.Login.ID, lead.Login.ID}, servertest.IDs(servertest.Dig(d, "chat", "users")))
		assert.Equal(t, "active", servertest.Dig(d, "chat", "status"))
	}
	assert.True(t, isIndexed(w, lead.Login, true, id))
	assert.False(t, isIndexed(w, agent.Login, true, id))
	assert.False(t, isIndexed(w, other.Login, true, id))
	assert.True(t, isIndexed(w, visitor.Login, false, id))

	visitor.Say(id, "who are you?")
	assert.Equal(t, visitor.Login.ID, lead.Next(chat.EventMessage)["userId"])
	lead.Say(id, "the lead")
	tab.Next(chat.EventMessage)
	agent.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "me too"), 403, "not in chat")
	assert.NotContains(t, agent.Events(), chat.EventMessage, "the chat is live no more")
	for _, p := range []*servertest.Peer{visitor, tab, lead, agent} {
		assert.NotContains(t, p.Events(), chat.EventLeave)
	}

	again := lead.Ask(chat.EventIntervene, servertest.Obj("chatId", id))
	assert.Equal(t, servertest.Object{"success": true}, again, "the only agent already")
}

func TestInterveneByAWatcher(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	lead := w.Open(t, w.Agent("lead"))
	lead.Ask(chat.EventJoin, servertest.Obj("chatId", id, "mode", "watch"))
	lead.Ask(chat.EventIntervene, servertest.Obj("chatId", id))
	visitor.Next(chat.EventIntervene)
	assert.Equal(t, []string{chat.EventJoin, chat.EventIntervene}, visitor.Events())
	c := lead.Ask("chats:get", servertest.Obj("chatId", id))["chat"]
	assert.Equal(t, []string{visitor.Login.ID, lead.Login.ID}, servertest.IDs(servertest.Dig(c, "users")))
	assert.Empty(t, servertest.Dig(c, "watchers"))

	agent.Next(chat.EventIntervene)
	agent.Ask(chat.EventJoin, servertest.Obj("chatId", id, "assist", true)) // comes back, and gets the chat live again
	visitor.Say(id, "two of you?")
	agent.Next(chat.EventMessage)
	assert.True(t, isIndexed(w, agent.Login, true, id))
}

// An agent who was removed while away gets the removal, and nothing later.
func TestIntervenedWhileAway(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	seen := agent.Position(id)
	agent.Cut()
	lead := w.Open(t, w.Agent("lead"))
	lead.Ask(chat.EventIntervene, servertest.Obj("chatId", id))
	visitor.Say(id, "hello")
	back := w.Dial(t)
	back.OpenSession(agent.Login, map[string]uint64{id: seen})
	back.Next(chat.EventIntervene)
	assert.NotContains(t, back.Events(), chat.EventMessage)
}

func TestInterveneWhileInvited(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id)]
	agent.Next("invitations:new")
	lead := w.Agent("lead")
	w.Rest("POST", "/chats/"+id+"/intervene", servertest.As(lead), "").RequireDone()
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "taken"), agent.Next("invitations:end"))
	agent.Refused("invitations:accept", servertest.Obj("chatId", id), 409, "Lead has the chat")
	assert.Empty(t, visitor.Next(chat.EventIntervene)["intervenedUsers"])
	requireNothingDue(w, id)
}

func TestWhoMayIntervene(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	lead := w.Open(t, w.Agent("lead"))
	visitor.Refused(chat.EventIntervene, servertest.Obj("chatId", id), 403, "supervisors")
	agent.Refused(chat.EventIntervene, servertest.Obj("chatId", id), 403, "supervisors")
	lead.Refused(chat.EventIntervene, servertest.Obj("chatId", "nowhere"), 404, "nowhere")
	w.Rest("POST", "/chats/"+id+"/intervene", servertest.Secret(), "").RequireRefused(403, "supervisors")
	w.Rest("POST", "/chats/"+id+"/intervene", servertest.Secret(), `{"userId":"`+lead.Login.ID+`"}`).RequireDone()
	lead.Next(chat.EventIntervene)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	lead.Refused(chat.EventIntervene, servertest.Obj("chatId", id), 410, "closed")
}
