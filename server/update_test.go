package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatstate"
	"parley/server/servertest"
)

func TestChatIsUpdated(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	a := w.Rest("PUT", "/chats/"+id+"/", servertest.As(agent.Login), `{"lang":"de","source":"7"}`)
	require.Equal(t, 200, a.Status, a.Body)
	pushed := visitor.Next(chatstate.EventUpdate)
	assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID, "changes", servertest.Obj("lang", "de", "source", 7.0)), pushed)
	require.Equal(t, 200, w.Rest("PUT", "/chats/"+id, servertest.Secret(), `{"externalId":"case-1"}`).Status)
	want := func(c any) {
		assert.Equal(t, []any{"de", 7.0, "case-1", "1", "active"},
			[]any{servertest.Dig(c, "lang"), servertest.Dig(c, "source"), servertest.Dig(c, "externalId"), servertest.Dig(c, "room"), servertest.Dig(c, "status")})
	}
	want(w.Rest("GET", "/chats/"+id, servertest.As(visitor.Login), "").JSON["chat"])
	want(visitor.Ask("chats:get", servertest.Obj("chatId", id))["chat"])
	want(servertest.On(t, w.Engine, server.Limits{}).Rest("GET", "/chats/"+id, servertest.Secret(), "").JSON["chat"]) // from the log alone
	visitor.Say(id, "still in order")
	agent.Next(chat.EventMessage)
}

func TestChatUpdateRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := w.Agent("agent2")
	for _, tc := range []struct {
		name, body string
		who        servertest.Login
		status     int
		about      string
	}{
		{"nothing", `{}`, agent.Login, 400, "one of them"},
		{"null is nothing", `{"lang":null}`, agent.Login, 400, "one of them"},
		{"room", `{"room":"2"}`, agent.Login, 400, "transfer"},
		{"status", `{"lang":"de","status":"closed"}`, agent.Login, 400, "status: cannot be changed"},
		{"users", `{"users":[]}`, agent.Login, 400, "users"},
		{"lang of the wrong type", `{"lang":1}`, agent.Login, 400, "lang"},
		{"long lang", `{"lang":"` + strings.Repeat("x", 129) + `"}`, agent.Login, 400, "lang"},
		{"source of the wrong type", `{"source":{}}`, agent.Login, 400, "source"},
		{"long external id", `{"externalId":"` + strings.Repeat("x", 257) + `"}`, agent.Login, 400, "externalId"},
		{"the visitor", `{"lang":"de"}`, visitor.Login, 403, "agents"},
		{"an agent who is not in it", `{"lang":"de"}`, other, 403, "agents"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Rest("PUT", "/chats/"+id, servertest.As(tc.who), tc.body)
			a.T = t
			a.RequireRefused(tc.status, tc.about)
		})
	}
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	w.Rest("PUT", "/chats/"+id, servertest.As(agent.Login), `{"lang":"de"}`).RequireRefused(410, "closed")
}

func TestChatUsers(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	lead := w.Agent("lead")
	require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/join", servertest.As(lead), `{"mode":"watch"}`).Status)
	for _, tc := range []struct {
		who      servertest.Login
		watchers []string
	}{{visitor.Login, []string{}}, {agent.Login, []string{lead.ID}}, {lead, []string{lead.ID}}} {
		a := w.Rest("GET", "/chats/"+id+"/users", servertest.As(tc.who), "")
		require.Equal(t, 200, a.Status, a.Body)
		assert.Equal(t, []string{visitor.Login.ID, agent.Login.ID}, servertest.IDs(a.JSON["users"]))
		assert.Equal(t, tc.watchers, servertest.IDs(a.JSON["watchers"]))
	}
}

// An agent invites a colleague into the chat and stays.
func TestColleagueIsInvited(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := w.Colleague(t)
	w.Rest("POST", "/invitations", servertest.As(agent.Login), `{"chatId":"`+id+`","agentId":"`+other.Login.ID+`"}`).RequireDone()
	assert.Equal(t, id, other.Next("invitations:new")["chatId"])
	w.Rest("POST", "/invitations", servertest.Secret(), `{"chatId":"`+id+`","userId":"`+other.Login.ID+`"}`).RequireRefused(409, "being invited")
	other.Ask("invitations:accept", servertest.Obj("chatId", id))
	join := visitor.Next(chat.EventJoin) // of the first agent
	if servertest.Dig(join, "user", "id") != other.Login.ID {
		join = visitor.Next(chat.EventJoin)
	}
	assert.Equal(t, other.Login.ID, servertest.Dig(join, "user", "id"))
	assert.Equal(t, false, join["transfer"])
	assert.Len(t, servertest.IDs(w.Rest("GET", "/chats/"+id+"/users", servertest.As(agent.Login), "").JSON["users"]), 3, "nobody left")
}

// A rejection leaves things as they were, and another agent can be invited.
func TestColleagueSaysNo(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	other := w.Colleague(t)
	for range 2 {
		w.Rest("POST", "/invitations/", servertest.Secret(), `{"chatId":"`+id+`","userId":"`+other.Login.ID+`"}`).RequireDone()
		other.Next("invitations:new")
		w.Rest("POST", "/invitations/reject", servertest.As(other.Login), `{"chatId":"`+id+`"}`).RequireDone()
	}
	assert.Equal(t, []string{visitor.Login.ID, agent.Login.ID}, servertest.IDs(w.Rest("GET", "/chats/"+id+"/users", servertest.As(agent.Login), "").JSON["users"]))
	assert.NotContains(t, visitor.Events(), chat.EventAlone)
}

func TestInvitationRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	off := w.Agent("agent2")
	body := func(agentID string) string { return `{"chatId":"` + id + `","agentId":"` + agentID + `"}` }
	w.Rest("POST", "/invitations", servertest.As(agent.Login), `{"chatId":"`+id+`"}`).RequireRefused(400, "agentId")
	w.Rest("POST", "/invitations", servertest.Secret(), `{"chatId":"`+id+`"}`).RequireRefused(400, "agentId")
	w.Rest("POST", "/invitations", servertest.As(agent.Login), `{"agentId":"`+off.ID+`"}`).RequireRefused(400, "chatId")
	w.Rest("POST", "/invitations", servertest.As(agent.Login), `{"chatId":"`+id+`","agentId":5}`).RequireRefused(400, "agentId")
	w.Rest("POST", "/invitations", servertest.As(agent.Login), `{"chatId":"nope","agentId":"x"}`).RequireRefused(404, "nope")
	w.Rest("POST", "/invitations", servertest.As(agent.Login), body("nobody")).RequireRefused(409, "nobody")
	w.Rest("POST", "/invitations", servertest.As(agent.Login), body(visitor.Login.ID)).RequireRefused(409, "in the chat already")
	w.Rest("POST", "/invitations", servertest.As(agent.Login), body(off.ID)).RequireRefused(409, "on duty")
	w.Rest("POST", "/invitations", servertest.As(agent.Login), body(agent.Login.ID)).RequireRefused(409, "in the chat already")
	w.Rest("POST", "/invitations", servertest.As(visitor.Login), body(off.ID)).RequireRefused(403, "agents")
	w.Rest("POST", "/invitations", servertest.As(off), body(off.ID)).RequireRefused(403, "agents")
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	w.Rest("POST", "/invitations", servertest.As(agent.Login), body(off.ID)).RequireRefused(410, "closed")
}
