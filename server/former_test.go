package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/identity"
	"parley/server/servertest"
)

// Who has left a chat reads on no further than the entry by which they left, whatever
// made them leave, and by every operation that gives what is said in it.
func TestWhoHasLeftReadsNoFurther(t *testing.T) {
	t.Parallel()
	for _, leave := range []struct {
		name string
		do   func(w *servertest.World, agent *servertest.Peer, id string)
	}{
		{"by themselves", func(_ *servertest.World, agent *servertest.Peer, id string) {
			agent.Ask(chat.EventLeave, servertest.Obj("chatId", id))
		}},
		{"by a transfer to a room", func(_ *servertest.World, agent *servertest.Peer, id string) {
			agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "room", "2"))
		}},
		{"by a supervisor who steps in", func(w *servertest.World, _ *servertest.Peer, id string) {
			w.Open(w.T, w.Agent("lead")).Ask(chat.EventIntervene, servertest.Obj("chatId", id))
		}},
		{"by logging out", func(w *servertest.World, agent *servertest.Peer, _ string) {
			w.Rest("POST", "/agents/logout", servertest.As(agent.Login), "").RequireDone()
		}},
	} {
		t.Run(leave.name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{})
			visitor, agent, id := w.Conversation(t)
			upload := func(name string) string {
				return w.Upload(servertest.As(visitor.Login), servertest.File{
					Fields: map[string]string{"chatId": id}, Name: name, Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes),
				}).Text("media", "id")
			}
			visitor.Say(id, "before leaving")
			early := upload("early.png")
			for range 2 {
				agent.Next(chat.EventMessage)
			}
			seen := agent.Position(id)
			leave.do(w, agent, id)
			visitor.Say(id, "after leaving, a secret")
			late := upload("late.png")

			former := w.Agent("agent1") // the session may have ended with the logout
			for _, path := range []string{"", "/messages", "/history", "/history.json", "/history.csv", "/history.txt", "/history?format=csv"} {
				status, _, content := w.Download("/chats/"+id+path, servertest.As(former))
				require.Equal(t, 200, status, path)
				assert.Contains(t, string(content), "before leaving", path)
				assert.NotContains(t, string(content), "a secret", path)
				assert.NotContains(t, string(content), late, path)
				for who, h := range map[string]servertest.Login{"visitor": visitor.Login, "lead": w.Agent("lead")} {
					_, _, content := w.Download("/chats/"+id+path, servertest.As(h))
					assert.Contains(t, string(content), "a secret", who+path)
				}
				_, _, content = w.Download("/chats/"+id+path, servertest.Secret())
				assert.Contains(t, string(content), "a secret", path)
			}
			for _, file := range []struct {
				id     string
				of     servertest.Login
				status int
			}{{early, former, 200}, {late, former, 404}, {late, visitor.Login, 200}} {
				status, _, _ := w.Download("/media/"+file.id, servertest.As(file.of))
				assert.Equal(t, file.status, status)
				assert.Equal(t, file.status, w.Rest("GET", "/media/"+file.id+"/address", servertest.As(file.of), "").Status)
			}
			for _, from := range []uint64{1, seen, 1 << 40} { // as a client would resume
				reply := servertest.JSON(w.Dial(t).OpenSession(former, map[string]uint64{id: from}))
				assert.NotContains(t, string(reply), "a secret", from)
			}
			again := w.Dial(t)
			again.OpenSession(former, map[string]uint64{id: seen})
			assert.NotContains(t, string(servertest.JSON(again.Ask("chats:get", servertest.Obj("chatId", id)))), "a secret")
			for _, f := range again.Events() {
				assert.NotEqual(t, chat.EventMessage, f, "nothing is pushed that was said behind their back")
			}
		})
	}
}

// The list of all chats of a user shows them each as GET /chats/{id} does, and those who may
// see more as it is now.
func TestPastChatsOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	agent.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	other := w.Open(t, w.Agent("agent2"))
	other.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))

	listed := func(of servertest.Login, by http.Header) servertest.Object {
		chats := w.Rest("GET", "/users/"+of.ID+"/chats", by, "").JSON["chats"].([]any)
		require.Len(t, chats, 1)
		return chats[0].(servertest.Object)
	}
	own := listed(agent.Login, servertest.As(agent.Login))
	assert.Equal(t, w.Rest("GET", "/chats/"+id+"?fields=users", servertest.As(agent.Login), "").JSON["chat"], any(own))
	assert.Equal(t, "waiting", own["status"])
	assert.NotContains(t, fmt.Sprint(own), other.Login.ID)
	for name, now := range map[string]servertest.Object{
		"a supervisor": listed(agent.Login, servertest.As(w.Agent("lead"))), "the secret": listed(agent.Login, servertest.Secret()),
		"an agent to the end": listed(other.Login, servertest.As(other.Login)), "of the visitor": listed(visitor.Login, servertest.Secret()),
	} {
		assert.Equal(t, "closed", now["status"], name)
	}
}

// A repeated request gets the reply of its first time, with nothing that was said since
// its user has left.
func TestRepeatedImportAfterLeaving(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	body := `{"eventId":"import-1","history":[{"sender":"assistant","message":"the bot"}]}`
	require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/history", servertest.As(agent.Login), body).Status)
	agent.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	visitor.Say(id, "a secret")
	a := w.Rest("POST", "/chats/"+id+"/history", servertest.As(agent.Login), body)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, []string{"the bot"}, texts(a.JSON["history"]))
}

// Agents who come back read all; the visitor's chat is theirs whatever happens.
func TestWhoComesBackReadsAll(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	agent.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	visitor.Say(id, "meanwhile")
	agent.Forget(id) // what was said meanwhile came to nobody who had left
	agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	messages := func(l servertest.Login) []string {
		return texts(w.Rest("GET", "/chats/"+id+"/messages", servertest.As(l), "").JSON["messages"])
	}
	assert.Equal(t, []string{"meanwhile"}, messages(agent.Login))
	visitor.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	agent.Say(id, "are you there?")
	assert.Equal(t, []string{"meanwhile", "are you there?"}, messages(visitor.Login))
}

// Agents join chats of their rooms; an invitation, also a transfer by name, brings them
// into others, and supervisors go everywhere.
func TestAgentsJoinInTheirRooms(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, err := w.Identity.CreateAgent(t.Context(), "demo", identity.NewAgent{Username: "two", Password: "long enough 2", Name: "Two", Rooms: []string{"2"}})
	require.NoError(t, err)
	two := w.Session(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"two","password":"long enough 2"}`))
	peer := w.Open(t, two)
	peer.Ask("agents:available", servertest.Obj("available", true))
	_, id := w.ChatIn(t)
	_, own := w.ChatIn(t, "room", "2")
	for _, more := range []string{`{}`, `{"take":true}`, `{"assist":true}`} {
		w.Rest("POST", "/chats/"+id+"/join", servertest.As(two), more).RequireRefused(403, "room")
	}
	peer.Refused(chat.EventJoin, servertest.Obj("chatId", id), 403, "room")
	peer.Ask(chat.EventJoin, servertest.Obj("chatId", own))
	w.Rest("GET", "/chats/"+id, servertest.As(two), "").RequireRefused(403, "not in chat")

	agent := w.Open(t, w.Agent("agent1"))
	agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", two.ID))
	require.Equal(t, id, peer.Next("invitations:new")["chatId"])
	peer.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	assert.Contains(t, fmt.Sprint(w.Rest("GET", "/chats/"+id, servertest.Secret(), "").JSON), two.ID)
	w.Open(t, w.Agent("lead")).Ask(chat.EventJoin, servertest.Obj("chatId", id))
}
