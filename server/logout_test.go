package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/identity"
)

// Who has logged out can read the own conversations with the old token for a
// while, and do nothing else.
func TestAfterLogout(t *testing.T) {
	for name, leave := range map[string]func(w *world, p *peer){
		"by the socket": func(w *world, p *peer) {
			assert.Equal(t, obj("success", true), p.ask(wire.EventClose, nil))
			p.ended()
		},
		"by REST": func(w *world, p *peer) {
			w.rest("POST", "/users/logout", as(p.l), "").requireDone()
			p.ended()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Limits{})
			require.NoError(t, w.server.SeedDemoSettings(t.Context()))
			_, _, foreign, _ := w.closedChat(t)
			visitor, agent, id, ticket := w.closedChat(t)
			tab := w.open(t, visitor.l)
			leave(w, visitor)
			tab.ended()

			mine := "/chats/" + id
			for _, path := range []string{mine, mine + "/messages", mine + "/history", mine + "/history.csv", mine + "/history.text", ofTicket("1", ticket)} {
				status, _, content := w.download(path, as(visitor.l))
				assert.Equal(t, 200, status, "%s: %s", path, content)
			}
			w.rest("GET", "/chats/"+foreign, as(visitor.l), "").requireRefused(403, "not in chat")
			for _, tc := range []struct{ method, path, body string }{
				{"GET", "/chats", ""}, {"POST", "/chats", `{"room":"1"}`}, {"POST", mine + "/messages", `{"message":"x"}`},
				{"DELETE", mine, ""}, {"PUT", "/users/" + visitor.l.id, `{"name":"x"}`}, {"GET", "/users/" + visitor.l.id, ""},
				{"GET", "/agents/available", ""}, {"POST", "/users/logout", ""}, {"POST", "/users", `{}`},
			} {
				w.rest(tc.method, tc.path, as(visitor.l), tc.body).requireRefused(401, "the session has ended")
			}
			again := w.dial(t)
			again.refused(wire.EventOpen, obj("appId", "demo", "token", visitor.l.token), 401, "the session has ended")
			again.ended()

			identity.AfterLogout(0)(w.identity)
			w.rest("GET", mine, as(visitor.l), "").requireRefused(401, "token")
			assert.Equal(t, 200, w.rest("GET", mine, as(agent.l), "").status)
		})
	}
}

// The other tabs get what happened before their session ends.
func TestLogoutComesAfterTheNews(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, _, id := w.conversation(t)
	tab := w.open(t, visitor.l)
	visitor.ask(chat.EventClose, obj("chatId", id))
	visitor.next(chat.EventInfo)
	visitor.post(wire.EventClose, nil)
	tab.next(chat.EventClose)
	tab.next(chat.EventInfo)
	tab.next(wire.EventBye)
}

// An agent's token is worth nothing at once, whichever way out it took.
func TestAgentAfterLogout(t *testing.T) {
	w := newWorld(t, Limits{})
	_, agent, id, _ := w.closedChat(t)
	agent.onDuty().ask(wire.EventClose, nil)
	agent.ended()
	w.rest("GET", "/chats/"+id, as(agent.l), "").requireRefused(401, "not valid")
	assert.Equal(t, false, w.rest("GET", "/agents/online", app(), "").json["agentsOnline"], "nor is it on duty")
}
