package server

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
)

func TestChatIsUpdated(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	a := w.rest("PUT", "/chats/"+id+"/", as(agent.l), `{"lang":"de","source":"7"}`)
	require.Equal(t, 200, a.status, a.body)
	pushed := visitor.next(chatstate.EventUpdate)
	assert.Equal(t, obj("chatId", id, "userId", agent.l.id, "changes", obj("lang", "de", "source", 7.0)), pushed)
	require.Equal(t, 200, w.rest("PUT", "/chats/"+id, secret(), `{"externalId":"case-1"}`).status)
	want := func(c any) {
		assert.Equal(t, []any{"de", 7.0, "case-1", "1", "active"},
			[]any{dig(c, "lang"), dig(c, "source"), dig(c, "externalId"), dig(c, "room"), dig(c, "status")})
	}
	want(w.rest("GET", "/chats/"+id, as(visitor.l), "").json["chat"])
	want(visitor.ask("chats:get", obj("chatId", id))["chat"])
	want(worldOn(t, w.engine, Limits{}).rest("GET", "/chats/"+id, secret(), "").json["chat"]) // from the log alone
	visitor.say(id, "still in order")
	agent.next(chat.EventMessage)
}

func TestChatUpdateRefusals(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := w.agent("agent2")
	for _, tc := range []struct {
		name, body string
		who        login
		status     int
		about      string
	}{
		{"nothing", `{}`, agent.l, 400, "one of them"},
		{"null is nothing", `{"lang":null}`, agent.l, 400, "one of them"},
		{"room", `{"room":"2"}`, agent.l, 400, "transfer"},
		{"status", `{"lang":"de","status":"closed"}`, agent.l, 400, "status: cannot be changed"},
		{"users", `{"users":[]}`, agent.l, 400, "users"},
		{"lang of the wrong type", `{"lang":1}`, agent.l, 400, "lang"},
		{"long lang", `{"lang":"` + strings.Repeat("x", 129) + `"}`, agent.l, 400, "lang"},
		{"source of the wrong type", `{"source":{}}`, agent.l, 400, "source"},
		{"long external id", `{"externalId":"` + strings.Repeat("x", 257) + `"}`, agent.l, 400, "externalId"},
		{"the visitor", `{"lang":"de"}`, visitor.l, 403, "agents"},
		{"an agent who is not in it", `{"lang":"de"}`, other, 403, "agents"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.rest("PUT", "/chats/"+id, as(tc.who), tc.body)
			a.t = t
			a.requireRefused(tc.status, tc.about)
		})
	}
	agent.ask(chat.EventClose, obj("chatId", id))
	w.rest("PUT", "/chats/"+id, as(agent.l), `{"lang":"de"}`).requireRefused(410, "closed")
}

func TestChatUsers(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	lead := w.agent("lead")
	require.Equal(t, 200, w.rest("POST", "/chats/"+id+"/join", as(lead), `{"mode":"watch"}`).status)
	for _, tc := range []struct {
		who      login
		watchers []string
	}{{visitor.l, []string{}}, {agent.l, []string{lead.id}}, {lead, []string{lead.id}}} {
		a := w.rest("GET", "/chats/"+id+"/users", as(tc.who), "")
		require.Equal(t, 200, a.status, a.body)
		assert.Equal(t, []string{visitor.l.id, agent.l.id}, idsOf(a.json["users"]))
		assert.Equal(t, tc.watchers, idsOf(a.json["watchers"]))
	}
}

// An agent invites a colleague into the chat and stays.
func TestColleagueIsInvited(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := w.colleague(t)
	w.rest("POST", "/invitations", as(agent.l), `{"chatId":"`+id+`","agentId":"`+other.l.id+`"}`).requireDone()
	assert.Equal(t, id, other.next("invitations:new")["chatId"])
	w.rest("POST", "/invitations", secret(), `{"chatId":"`+id+`","userId":"`+other.l.id+`"}`).requireRefused(409, "sought")
	other.ask("invitations:accept", obj("chatId", id))
	join := visitor.next(chat.EventJoin) // of the first agent
	if dig(join, "user", "id") != other.l.id {
		join = visitor.next(chat.EventJoin)
	}
	assert.Equal(t, other.l.id, dig(join, "user", "id"))
	assert.Equal(t, false, join["transfer"])
	assert.Len(t, idsOf(w.rest("GET", "/chats/"+id+"/users", as(agent.l), "").json["users"]), 3, "nobody left")
}

// Who says no leaves things as they were, and the next can be asked.
func TestColleagueSaysNo(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	other := w.colleague(t)
	for range 2 {
		w.rest("POST", "/invitations/", secret(), `{"chatId":"`+id+`","userId":"`+other.l.id+`"}`).requireDone()
		other.next("invitations:new")
		w.rest("POST", "/invitations/reject", as(other.l), `{"chatId":"`+id+`"}`).requireDone()
	}
	assert.Equal(t, []string{visitor.l.id, agent.l.id}, idsOf(w.rest("GET", "/chats/"+id+"/users", as(agent.l), "").json["users"]))
	assert.NotContains(t, visitor.events(), chat.EventAlone)
}

func TestInvitationRefusals(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	off := w.agent("agent2")
	body := func(agentID string) string { return `{"chatId":"` + id + `","agentId":"` + agentID + `"}` }
	w.rest("POST", "/invitations", as(agent.l), `{"chatId":"`+id+`"}`).requireRefused(400, "agentId")
	w.rest("POST", "/invitations", secret(), `{"chatId":"`+id+`"}`).requireRefused(400, "agentId")
	w.rest("POST", "/invitations", as(agent.l), `{"agentId":"`+off.id+`"}`).requireRefused(400, "chatId")
	w.rest("POST", "/invitations", as(agent.l), `{"chatId":"`+id+`","agentId":5}`).requireRefused(400, "agentId")
	w.rest("POST", "/invitations", as(agent.l), `{"chatId":"nope","agentId":"x"}`).requireRefused(404, "nope")
	w.rest("POST", "/invitations", as(agent.l), body("nobody")).requireRefused(409, "nobody")
	w.rest("POST", "/invitations", as(agent.l), body(visitor.l.id)).requireRefused(409, "in the chat already")
	w.rest("POST", "/invitations", as(agent.l), body(off.id)).requireRefused(409, "on duty")
	w.rest("POST", "/invitations", as(agent.l), body(agent.l.id)).requireRefused(409, "in the chat already")
	w.rest("POST", "/invitations", as(visitor.l), body(off.id)).requireRefused(403, "agents")
	w.rest("POST", "/invitations", as(off), body(off.id)).requireRefused(403, "agents")
	agent.ask(chat.EventClose, obj("chatId", id))
	w.rest("POST", "/invitations", as(agent.l), body(off.id)).requireRefused(410, "closed")
}
