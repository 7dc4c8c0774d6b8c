package server_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// person is a visitor whose every datum has the same word in it.
const word = "Zwetschgenmus"

// closedChatOf gives a visitor of whom the store has everything it can have: a changed
// profile, messages, an imported history, a file, survey answers, a closed chat.
func closedChatOf(t *testing.T, w *servertest.World) (visitor, agent *servertest.Peer, id, file string) {
	t.Helper()
	profile := fmt.Sprintf(`{"name":"%[1]s alt","contact":"%[1]s@example.com","externalId":"%[1]s-7","extraInfo":{"city":"%[1]sdorf"}}`, word)
	login := w.Session(w.Rest("POST", "/users", servertest.Secret(), profile))
	require.Equal(t, 200, w.Rest("PUT", "/users/"+login.ID, servertest.Secret(), `{"name":"`+word+` neu"}`).Status)
	visitor, agent = w.Open(t, login), w.Open(t, w.Agent("agent1")).OnDuty()
	created := visitor.Ask(chat.EventCreate, servertest.Obj("room", "1", "externalId", word+"-case", "source", word+"-page", "lang", "de-"+word,
		"history", []any{servertest.Obj("sender", "assistant", "message", "You said "+word)}))
	id = servertest.Dig(created, "chat", "id").(string)
	visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id))
	agent.Next("invitations:new")
	agent.Ask("invitations:accept", servertest.Obj("chatId", id))
	visitor.Next(chat.EventJoin)
	visitor.Say(id, "I am "+word)
	agent.Next(chat.EventMessage)
	agent.Say(id, "Hello, how are you?")
	visitor.Next(chat.EventMessage)
	a := w.Upload(servertest.As(login), servertest.File{
		Fields: map[string]string{"chatId": id}, Name: word + ".txt", Kind: "text/plain", Content: bytes.NewReader(bytes.Repeat([]byte("my "+word+" "), 100_000)),
	})
	require.Equal(t, 200, a.Status, a.Body)
	file = a.Text("media", "id")
	agent.Next(chat.EventMessage)
	require.Equal(t, 200, w.Rest("PUT", "/chats/"+id, servertest.Secret(), `{"externalId":"`+word+`-set"}`).Status)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id, "extraData", servertest.Obj("why", word)))
	ticket := servertest.Dig(visitor.Next(chat.EventInfo), "data", "ticketId").(string)
	_, token := linked(t, w.Rest("GET", ofTicket(server.DemoSurvey.ID, ticket), servertest.As(login), ""))
	w.Rest("POST", "/surveys/1/answers", servertest.App(), string(servertest.JSON(servertest.Obj("link", token,
		"answers", servertest.Obj("rating", 4, "comment", "says "+word))))).RequireDone()
	return visitor, agent, id, file
}

// After an erasure no file of the store has anything of the user, and the answer says how
// much was removed and what remains.
func TestEraseUser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	second := servertest.On(t, e, server.Limits{})
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	visitor, agent, id, file := closedChatOf(t, w)
	require.Positive(t, storetest.Occurrences(t, dir, word))
	require.Contains(t, second.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, word, "the other node has the chat too")
	position := agent.Position(id)

	w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.As(visitor.Login), "").RequireRefused(403, "privacy.selfErase")
	w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.As(agent.Login), "").RequireRefused(403, "session")
	begun := time.Now()
	a := w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "")
	require.Equal(t, 200, a.Status, a.Body)
	t.Logf("%s in %s", a.Body, time.Since(begun))
	assert.Equal(t, true, a.JSON["done"])
	removed := a.JSON["removed"].(servertest.Object)
	assert.EqualValues(t, 1, removed["files"])
	assert.EqualValues(t, 2, removed["listed"], "in the app's list and the agent's")
	assert.EqualValues(t, 1, removed["sessions"])
	assert.EqualValues(t, 1, removed["answers"])
	assert.NotEmpty(t, a.JSON["remains"])

	left := map[string]int{}
	for _, what := range []string{
		word, word + " alt", word + " neu", word + "@", word + "-7", word + "dorf",
		word + "-case", word + "-set", word + "-page", "de-" + word, "You said " + word, "I am " + word, word + ".txt",
	} {
		if n := storetest.Occurrences(t, dir, what); n > 0 {
			left[what] = n
		}
	}
	assert.Empty(t, left, "in the files of the store")
	visitor.Ended()
	for _, node := range []*servertest.World{w, second} {
		c := node.Rest("GET", "/chats/"+id, servertest.Secret(), "")
		assert.NotContains(t, c.Body, word)
		assert.Contains(t, c.Body, "Hello, how are you?", "the agent's words stay")
		assert.Contains(t, c.Body, "Deleted user")
		assert.Equal(t, "de", servertest.Dig(c.JSON, "chat", "lang"))
		node.Rest("GET", "/media/"+file, servertest.As(agent.Login), "").RequireRefused(404, "unknown file")
		node.Rest("GET", "/users/"+visitor.Login.ID, servertest.Secret(), "").RequireRefused(404, "unknown user")
		node.Rest("GET", "/users/"+visitor.Login.ID, servertest.As(visitor.Login), "").RequireRefused(401, "session is over")
		closed := node.Rest("GET", "/chats?status=closed", servertest.As(agent.Login), "")
		assert.NotContains(t, closed.Body, word)
	}
	back := second.Dial(t)
	reply := back.OpenSession(agent.Login, map[string]uint64{id: position})
	assert.NotContains(t, fmt.Sprint(reply), word)
	w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "").RequireRefused(404, "unknown user")
}

// Those who are in the chat hear of the erasure, and one who was away finds it in the
// entries that they missed.
func TestEraseUserOfOpenChat(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"privacy":{"selfErase":true}}`)
	visitor, agent, id := w.Conversation(t)
	visitor.Say(id, "my secret")
	agent.Next(chat.EventMessage)
	away := w.Open(t, agent.Login)
	position := agent.Position(id)
	away.Cut()
	require.Equal(t, 200, w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.As(visitor.Login), "").Status)
	agent.Next(chat.EventClose)
	f := agent.NextFrame(chat.EventRedact)
	assert.Equal(t, servertest.Obj("chatId", id, "about", visitor.Login.ID), servertest.Parsed(f.Data))
	back := w.Dial(t)
	back.OpenSession(agent.Login, map[string]uint64{id: position})
	back.Next(chat.EventClose)
	again := back.NextFrame(chat.EventRedact)
	assert.NotZero(t, again.Seq)
	assert.Equal(t, string(f.Data), string(again.Data))
	assert.NotContains(t, w.Rest("GET", "/chats/"+id, servertest.As(agent.Login), "").Body, "my secret")
}

// A user is erased from chats that began before it was noted who is in which, too.
func TestEraseUserOfOlderChats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	visitor, _, id := w.Conversation(t)
	visitor.Say(id, "I am "+word)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	w.Close()
	require.NoError(t, e.JS.DeleteKeyValue(t.Context(), "parley_past"))

	w = servertest.On(t, e, server.Limits{})
	path := "/users/" + visitor.Login.ID
	assert.Contains(t, w.Rest("GET", path+"/chats", servertest.Secret(), "").Body, id)
	assert.Contains(t, w.Rest("GET", path+"/export", servertest.Secret(), "").Body, "I am "+word)
	require.Equal(t, true, w.Rest("DELETE", path, servertest.Secret(), "").JSON["done"])
	assert.Zero(t, storetest.Occurrences(t, dir, "I am "+word))
}

// A chat that is removed is nowhere any more; its members are sent that it is gone.
func TestRemoveChat(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	visitor.Say(id, "I am "+word)
	w.Rest("DELETE", "/chats/"+id+"/data", servertest.As(agent.Login), "").RequireRefused(403, "secret")
	a := w.Rest("DELETE", "/chats/"+id+"/data", servertest.Secret(), "")
	require.Equal(t, 200, a.Status, a.Body)
	assert.EqualValues(t, 1, servertest.Dig(a.JSON, "removed", "chats"))
	for _, p := range []*servertest.Peer{visitor, agent} {
		p.Next(chat.EventClose)
		assert.Equal(t, id, p.Next(chat.EventRemove)["chatId"])
	}
	assert.Zero(t, storetest.Occurrences(t, dir, word))
	for _, node := range []*servertest.World{w, servertest.On(t, e, server.Limits{})} {
		node.Rest("GET", "/chats/"+id, servertest.Secret(), "").RequireRefused(404, "unknown chat")
		assert.NotContains(t, node.Rest("GET", "/chats", servertest.Secret(), "").Body, id)
		assert.NotContains(t, node.Rest("GET", "/chats?status=closed", servertest.As(agent.Login), "").Body, id)
	}
	back := w.Dial(t)
	reply := back.OpenSession(visitor.Login, map[string]uint64{id: visitor.Position(id)})
	assert.Equal(t, []any{"closed", []any{}}, []any{servertest.Dig(reply, "chats", id, "status"), servertest.Dig(reply, "chats", id, "history")})
	w.Rest("DELETE", "/chats/"+id+"/data", servertest.Secret(), "").RequireRefused(404, "unknown chat")
}

// A file is removed by its sender; the message about it stays in its place, empty.
func TestRemoveFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	visitor, agent, id := w.Conversation(t)
	a := w.Upload(servertest.As(visitor.Login), servertest.File{
		Fields: map[string]string{"chatId": id}, Name: word + ".txt", Kind: "text/plain", Content: bytes.NewReader([]byte("my " + word)),
	})
	file := a.Text("media", "id")
	w.Rest("DELETE", "/media/"+file, servertest.As(agent.Login), "").RequireRefused(403, "sender")
	w.Rest("DELETE", "/media/"+file, servertest.As(visitor.Login), "").RequireDone()
	assert.Zero(t, storetest.Occurrences(t, dir, word))
	agent.Next(chat.EventRedact)
	w.Rest("GET", "/media/"+file, servertest.As(agent.Login), "").RequireRefused(404, "unknown file")
	assert.Contains(t, w.Rest("GET", "/chats/"+id, servertest.As(agent.Login), "").Body, `"redacted":true`)
	visitor.Say(id, "the chat goes on")
	agent.Next(chat.EventMessage)
}

// Of an app that is removed nothing is left, and nobody reaches it.
func TestRemoveApp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	_, admin := w.NewApp("other")
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	closedChatOf(t, w)
	open, _ := w.ChatIn(t)
	w.Rest("DELETE", "/apps/demo", servertest.Secret(), "").RequireRefused(403, "admin")
	a := w.Rest("DELETE", "/apps/demo", admin, "")
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, true, a.JSON["done"], a.Body)
	open.Ended()
	assert.Zero(t, storetest.Occurrences(t, dir, word))
	w.Rest("GET", "/chats", servertest.Secret(), "").RequireRefused(401, "unknown app")
	w.Rest("DELETE", "/apps/demo", admin, "").RequireRefused(401, "unknown app")
	require.Equal(t, 200, w.Rest("GET", "/apps", admin, "").Status)
}
