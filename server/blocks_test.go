package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// A blocked visitor reaches nobody, by any way, and hears no more than that. They may still
// read, leave and log out; others are not concerned.
func TestBlockedVisitor(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	visitor.Say(id, "spam")
	blocked := w.Rest("POST", "/chats/"+id+"/block", servertest.As(agent.Login), `{"reason":"sells pills","seconds":3600}`)
	require.Equal(t, 200, blocked.Status, blocked.Body)
	b := blocked.JSON["blocks"].([]any)[0]
	assert.Equal(t, []any{visitor.Login.ID, "Vera", agent.Login.ID, "Agent 1", "sells pills", nil}, []any{
		servertest.Dig(b, "visitorId"), servertest.Dig(b, "name"), servertest.Dig(b, "by"), servertest.Dig(b, "byName"), servertest.Dig(b, "reason"), servertest.Dig(b, "address"),
	})
	as := servertest.As(visitor.Login)
	refused := func() {
		t.Helper()
		const words = "you cannot write here at present"
		visitor.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "more"), 403, words)
		visitor.Refused(chat.EventImport, servertest.Obj("chatId", id, "history", []any{}), 403, words)
		visitor.Refused(chat.EventAssign, servertest.Obj("chatId", id), 403, words)
		visitor.Refused(chat.EventCreate, servertest.Obj("room", "1"), 403, words)
		a := w.Rest("POST", "/chats/"+id+"/messages", as, `{"message":"more"}`)
		a.RequireRefused(403, words)
		assert.Equal(t, "blocked", a.Text("error", "reason"))
		for _, hint := range []string{"pills", "Agent", agent.Login.ID, "3600"} {
			assert.NotContains(t, string(a.Body), hint)
		}
		w.Rest("POST", "/chats", as, `{"room":"1"}`).RequireRefused(403, words)
		w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), `{"message":"more","sender":"`+visitor.Login.ID+`"}`).RequireRefused(403, words)
		file := servertest.File{Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}
		assert.Equal(t, 403, w.Upload(as, file).Status)
	}
	refused()
	w.Rest("PUT", "/users/"+visitor.Login.ID, as, `{"name":"Insult"}`).RequireRefused(403, "present")
	w.Rest("POST", "/chats/"+id+"/join", as, "").RequireRefused(403, "present")
	w.Rest("DELETE", "/chats/"+id, as, `{"extraData":{"say":"insult"}}`).RequireRefused(403, "present")
	visitor.Refused(chat.EventClose, servertest.Obj("chatId", id, "extraData", servertest.Obj("say", "insult")), 403, "present")
	visitor.Refused(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"), 403, "present")
	assert.Equal(t, 200, w.Rest("PUT", "/users/"+visitor.Login.ID, servertest.Secret(), `{"contact":"vera@example.com"}`).Status, "the app describes anybody")
	agent.Say(id, "You are blocked")
	assert.Equal(t, 200, w.Rest("GET", "/chats/"+id+"/messages", as, "").Status)
	other := w.Visitor("Ada")
	assert.Equal(t, 200, w.Rest("POST", "/chats", servertest.As(other), `{"room":"1"}`).Status)
	again := servertest.On(t, w.Engine, server.Limits{}) // another node has the same blocks
	again.Rest("POST", "/chats/"+id+"/messages", as, `{"message":"more"}`).RequireRefused(403, "present")

	list := w.Rest("GET", "/blocks", servertest.As(w.Agent("agent2")), "").JSON["blocks"].([]any)
	require.Len(t, list, 1)
	path := "/blocks/" + servertest.Dig(list[0], "id").(string)
	w.Rest("GET", "/blocks", as, "").RequireRefused(403, "agents")
	w.Rest("DELETE", path, as, "").RequireRefused(403, "agents")
	w.Rest("DELETE", path, servertest.As(w.Agent("agent2")), "").RequireRefused(403, "supervisors")
	w.Rest("DELETE", path, servertest.As(agent.Login), "").RequireDone()
	w.Rest("DELETE", path, servertest.As(agent.Login), "").RequireRefused(404, "block")
	visitor.Say(id, "I am back")
	assert.Empty(t, w.Rest("GET", "/blocks", servertest.Secret(), "").JSON["blocks"])
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
}

// A blocked address begins nothing, neither visitors nor chats; agents who share it work on.
func TestBlockedAddress(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, id := w.ChatIn(t)
	agent, lead := w.Agent("agent1"), w.Agent("lead")
	bystander := w.Visitor("Ada")
	a := w.Rest("POST", "/chats/"+id+"/block", servertest.As(agent), `{"address":true}`)
	require.Equal(t, 200, a.Status, a.Body)
	require.Len(t, a.JSON["blocks"], 2, a.Body)
	assert.Equal(t, "127.0.0.1", servertest.Dig(a.JSON["blocks"].([]any)[1], "address"))
	w.Rest("POST", "/users", servertest.App(), `{"name":"Again"}`).RequireRefused(403, "present")
	w.Rest("POST", "/chats", servertest.As(bystander), `{"room":"1"}`).RequireRefused(403, "present")
	made := w.Rest("POST", "/chats", servertest.Secret(), `{"room":"1","creator":"`+bystander.ID+`"}`)
	assert.Equal(t, 200, made.Status, "a program's address is not its visitors'")
	assert.Equal(t, agent.ID, w.Agent("agent1").ID, "staff behind the same address logs in")

	for _, b := range w.Rest("GET", "/blocks", servertest.As(lead), "").JSON["blocks"].([]any) {
		w.Rest("DELETE", "/blocks/"+servertest.Dig(b, "id").(string), servertest.As(lead), "").RequireDone()
	}
	assert.Equal(t, 200, w.Rest("POST", "/users", servertest.App(), `{"name":"Again"}`).Status)
	network := w.Rest("POST", "/blocks", servertest.As(lead), `{"address":"2001:db8:1:2:3::4"}`)
	assert.Equal(t, "2001:db8:1:2::", servertest.Dig(network.JSON["blocks"].([]any)[0], "address"), "a household")
}

// A block ends by itself.
func TestABlockEnds(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Rest("POST", "/chats/"+id+"/block", servertest.As(agent.Login), `{"seconds":1}`)
	as := servertest.As(visitor.Login)
	w.Rest("POST", "/chats/"+id+"/messages", as, `{"message":"x"}`).RequireRefused(403, "present")
	require.Eventually(t, func() bool {
		return w.Rest("POST", "/chats/"+id+"/messages", as, `{"message":"x"}`).Status == 200
	}, storetest.WaitFor, 50*time.Millisecond)
	assert.Empty(t, w.Rest("GET", "/blocks", servertest.Secret(), "").JSON["blocks"])
}

// An agent neither shortens a supervisor's block nor makes it their own; a supervisor may
// shorten any.
func TestABlockOfSomebodyElseIsNotShortened(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	lead := w.Agent("lead")
	until := func(a servertest.Answer) float64 {
		t.Helper()
		require.Equal(t, 200, a.Status, a.Body)
		return servertest.Dig(a.JSON["blocks"].([]any)[0], "until").(float64)
	}
	again := func(seconds int) float64 {
		t.Helper()
		return until(w.Rest("POST", "/chats/"+id+"/block", servertest.As(agent.Login), fmt.Sprintf(`{"seconds":%d}`, seconds)))
	}
	byLead := func(seconds int) float64 {
		t.Helper()
		body := fmt.Sprintf(`{"visitorId":"%s","seconds":%d}`, visitor.Login.ID, seconds)
		return until(w.Rest("POST", "/blocks", servertest.As(lead), body))
	}
	own := again(3600)
	assert.Less(t, again(1000), own, "their own")
	long := byLead(7200)
	assert.InDelta(t, long, again(1), 0, "it stays")
	assert.Greater(t, again(10_000), long)
	w.Rest("DELETE", "/blocks/visitor-"+visitor.Login.ID, servertest.As(agent.Login), "").RequireRefused(403, "supervisors")
	assert.Less(t, byLead(60), long)
}

func TestBlockingIsRefused(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	lead, stranger := w.Agent("lead"), w.Agent("agent2")
	for _, c := range []struct {
		name, path string
		of         http.Header
		body       string
		status     int
		about      string
	}{
		{"by the visitor", "/chats/" + id + "/block", servertest.As(visitor.Login), `{}`, 403, "agents"},
		{"by an agent who is not in the chat", "/chats/" + id + "/block", servertest.As(stranger), `{}`, 403, "agents"},
		{"anybody, by an agent", "/blocks", servertest.As(stranger), `{"visitorId":"x"}`, 403, "supervisors"},
		{"nobody", "/blocks", servertest.As(lead), `{}`, 400, "visitorId"},
		{"both", "/blocks", servertest.As(lead), `{"visitorId":"x","address":"192.0.2.1"}`, 400, "visitorId"},
		{"a stranger", "/blocks", servertest.As(lead), `{"visitorId":"x"}`, 404, "unknown user"},
		{"no address", "/blocks", servertest.As(lead), `{"address":"example.test"}`, 400, "address"},
		{"for no time", "/blocks", servertest.As(lead), `{"address":"192.0.2.1","seconds":0}`, 400, "seconds"},
		{"for ever", "/blocks", servertest.As(lead), `{"address":"192.0.2.1","seconds":1e9}`, 400, "seconds"},
		{"for a long reason", "/blocks", servertest.As(lead), fmt.Sprintf(`{"address":"192.0.2.1","reason":"%0201d"}`, 0), 400, "reason"},
	} {
		t.Run(c.name, func(t *testing.T) { w.Rest("POST", c.path, c.of, c.body).RequireRefused(c.status, c.about) })
	}
	assert.Empty(t, w.Rest("GET", "/blocks", servertest.As(lead), "").JSON["blocks"])
}

// The block of a silent visitor goes with them, within the hour; that of an address, or of
// who is still there, stays for its time. One that is over is not kept either.
func TestBlocksOfVisitorsWhoAreGone(t *testing.T) {
	t.Parallel()
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{}, identity.SilentVisitors(time.Second))
	lead, gone, stays := w.Agent("lead"), w.Visitor("Gone"), w.Visitor("Stays")
	require.Equal(t, 200, w.Rest("POST", "/chats", servertest.As(stays), `{"room":"1"}`).Status)
	for _, body := range []string{
		`{"visitorId":"` + gone.ID + `","seconds":86400}`, `{"visitorId":"` + stays.ID + `","seconds":86400}`,
		`{"address":"192.0.2.7","seconds":86400}`, `{"address":"192.0.2.8","seconds":1}`,
	} {
		require.Equal(t, 200, w.Rest("POST", "/blocks", servertest.As(lead), body).Status)
	}
	require.Eventually(t, func() bool {
		return w.Rest("GET", "/users/"+gone.ID, servertest.Secret(), "").Status == 404
	}, storetest.WaitFor, storetest.Tick)
	require.NoError(t, server.Sweep(t.Context(), w.Server, time.Now()))
	var left []any
	for _, b := range w.Rest("GET", "/blocks", servertest.As(lead), "").JSON["blocks"].([]any) {
		left = append(left, servertest.Dig(b, "visitorId"), servertest.Dig(b, "address"))
	}
	assert.ElementsMatch(t, []any{stays.ID, nil, nil, "192.0.2.7"}, left)
	kv, err := w.Engine.JS.KeyValue(t.Context(), "parley_blocks")
	require.NoError(t, err)
	keys, err := kv.Keys(t.Context())
	require.NoError(t, err)
	assert.Len(t, keys, 2)
}
