package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/identity"
	"parley/server/servertest"
)

// A visitor who has logged out can read their own conversations with the old token
// for a while, and do nothing else.
func TestAfterLogout(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(w *servertest.World, p *servertest.Peer){
		"by the socket": func(w *servertest.World, p *servertest.Peer) {
			assert.Equal(t, servertest.Obj("success", true), p.Ask(wire.EventClose, nil))
			p.Ended()
		},
		"by REST": func(w *servertest.World, p *servertest.Peer) {
			w.Rest("POST", "/users/logout", servertest.As(p.Login), "").RequireDone()
			p.Ended()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := servertest.New(t, server.Limits{})
			require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
			_, _, foreign, _ := w.ClosedChat(t)
			visitor, agent, id, ticket := w.ClosedChat(t)
			tab := w.Open(t, visitor.Login)
			leave(w, visitor)
			tab.Ended()

			mine := "/chats/" + id
			for _, path := range []string{mine, mine + "/messages", mine + "/history", mine + "/history.csv", mine + "/history.text", ofTicket("1", ticket)} {
				status, _, content := w.Download(path, servertest.As(visitor.Login))
				assert.Equal(t, 200, status, "%s: %s", path, content)
			}
			w.Rest("GET", "/chats/"+foreign, servertest.As(visitor.Login), "").RequireRefused(403, "not in chat")
			for _, tc := range []struct{ method, path, body string }{
				{"GET", "/chats", ""}, {"POST", "/chats", `{"room":"1"}`}, {"POST", mine + "/messages", `{"message":"x"}`},
				{"DELETE", mine, ""}, {"PUT", "/users/" + visitor.Login.ID, `{"name":"x"}`}, {"GET", "/users/" + visitor.Login.ID, ""},
				{"GET", "/agents/available", ""}, {"POST", "/users/logout", ""}, {"POST", "/users", `{}`},
			} {
				w.Rest(tc.method, tc.path, servertest.As(visitor.Login), tc.body).RequireRefused(401, "the session has ended")
			}
			again := w.Dial(t)
			again.Refused(wire.EventOpen, servertest.Obj("appId", "demo", "token", visitor.Login.Token), 401, "the session has ended")
			again.Ended()

			identity.AfterLogout(0)(w.Identity)
			w.Rest("GET", mine, servertest.As(visitor.Login), "").RequireRefused(401, "token")
			assert.Equal(t, 200, w.Rest("GET", mine, servertest.As(agent.Login), "").Status)
		})
	}
}

// The other tabs get what happened before their session ends.
func TestLogoutComesAfterTheNews(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	tab := w.Open(t, visitor.Login)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	visitor.Next(chat.EventInfo)
	visitor.Post(wire.EventClose, nil)
	tab.Next(chat.EventClose)
	tab.Next(chat.EventInfo)
	tab.Next(wire.EventBye)
}

// An agent's token is invalid at once, whichever way they log out.
func TestAgentAfterLogout(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, agent, id, _ := w.ClosedChat(t)
	agent.OnDuty().Ask(wire.EventClose, nil)
	agent.Ended()
	w.Rest("GET", "/chats/"+id, servertest.As(agent.Login), "").RequireRefused(401, "not valid")
	assert.Equal(t, false, w.Rest("GET", "/agents/online", servertest.App(), "").JSON["agentsOnline"], "nor is it on duty")
}
