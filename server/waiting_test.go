package server_test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/servertest"
)

// flood begins so many chats, each of a new visitor who writes nothing, and gives their ids.
func flood(t *testing.T, w *servertest.World, count int) []string {
	t.Helper()
	begun, numbers := make([]string, count), make(chan int)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for n := range numbers {
				l := w.Visitor(fmt.Sprint("Bot ", n))
				begun[n] = w.Rest("POST", "/chats", servertest.As(l), `{"room":"1","lang":"en"}`).Text("chat", "id")
			}
		})
	}
	for n := range count {
		numbers <- n
	}
	close(numbers)
	all.Wait()
	return begun
}

// floodSize is how many chats hide the real one. PARLEY_FLOOD sets more than a test needs.
func floodSize(t *testing.T) int {
	t.Helper()
	if given := os.Getenv("PARLEY_FLOOD"); given != "" {
		n, err := strconv.Atoi(given)
		require.NoError(t, err)
		return n
	}
	return 130
}

// A customer behind a flood of chats is found: by pages, by filters, and by closing the
// rest. A page goes on from where it was also if its last chat waits no longer.
func TestTheRealCustomerIsFound(t *testing.T) {
	w := servertest.New(t, server.Limits{})
	agent := w.Agent("agent1")
	size := floodSize(t)
	spam := flood(t, w, size)
	began := ids.Unix(time.Now())
	customer := w.Open(t, w.Visitor("Ada Lovelace"))
	id := servertest.Dig(customer.Ask(chat.EventCreate, servertest.Obj("room", "1", "lang", "de")), "chat", "id").(string)
	customer.Say(id, "I need help")
	list := func(query string) (ids []string, total any) {
		t.Helper()
		start := time.Now()
		a := w.Rest("GET", "/chats?status=waiting&"+query, servertest.As(agent), "")
		require.Equal(t, 200, a.Status, a.Body)
		if total = a.JSON["total"]; size > 1000 {
			t.Logf("%s: %d of %v in %s", query, len(servertest.IDs(a.JSON["chats"])), total, time.Since(start).Round(time.Millisecond))
		}
		return servertest.IDs(a.JSON["chats"]), total
	}
	first, total := list("")
	assert.Len(t, first, 100)
	assert.NotContains(t, first, id)
	assert.EqualValues(t, size+1, total)
	for _, query := range []string{"name=lovelace", "wrote=true", "lang=de", fmt.Sprintf("since=%.3f", began)} {
		found, _ := list(query)
		assert.Equal(t, []string{id}, found, query)
	}
	found, _ := list("name=ada&wrote=false")
	assert.Empty(t, found)
	w.Rest("GET", "/chats?status=waiting&wrote=maybe", servertest.As(agent), "").RequireRefused(400, "wrote")
	w.Rest("GET", "/chats?status=waiting&after=nobody", servertest.As(agent), "").RequireRefused(404, "after")

	seen, pages := map[string]bool{}, 0
	for after := ""; ; pages++ {
		page, _ := list("limit=50&after=" + after)
		for _, id := range page {
			assert.False(t, seen[id], "no chat is listed twice")
			seen[id] = true
		}
		if len(page) < 50 {
			break
		}
		after = page[49]
		if pages == 0 { // what a page goes on from is gone by then
			w.Rest("DELETE", "/chats/"+after, servertest.Secret(), "").RequireDone()
		}
	}
	assert.True(t, seen[id])
	assert.Len(t, seen, size+1)

	for len(spam) > 0 {
		some := spam[:min(100, len(spam))]
		spam = spam[len(some):]
		a := w.Rest("POST", "/chats/close", servertest.As(agent), string(servertest.JSON(servertest.Obj("chatIds", some))))
		require.Equal(t, 200, a.Status, a.Body)
		assert.Len(t, a.JSON["closed"], len(some), a.Body)
	}
	require.Eventually(t, func() bool { left, _ := list(""); return len(left) == 1 && left[0] == id }, 5*time.Second, 20*time.Millisecond)
}

// Many chats are closed at once by the rule by which one is, and what is refused of one
// hinders no other.
func TestClosingManyChats(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, err := w.Identity.CreateAgent(t.Context(), "demo", identity.NewAgent{Username: "two", Password: "long enough 2", Name: "Two", Rooms: []string{"2"}})
	require.NoError(t, err)
	two := w.Session(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"two","password":"long enough 2"}`))
	visitor, _, active := w.Conversation(t)
	_, one := w.ChatIn(t)
	_, other := w.ChatIn(t, "room", "2")
	body := func(ids ...string) string { return string(servertest.JSON(servertest.Obj("chatIds", ids))) }
	status := func(id string) string {
		return w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Text("chat", "status")
	}

	a := w.Rest("POST", "/chats/close", servertest.As(two), body(one, other, active, "nobody"))
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, []any{other}, a.JSON["closed"], "of the agent's room")
	codes := map[string]any{}
	for _, r := range a.JSON["refused"].([]any) {
		codes[servertest.Dig(r, "chatId").(string)] = servertest.Dig(r, "error", "code")
	}
	assert.Equal(t, map[string]any{one: 403.0, active: 403.0, "nobody": 404.0}, codes)
	assert.Equal(t, []string{"waiting", "active", "closed"}, []string{status(one), status(active), status(other)})

	w.Rest("POST", "/chats/close", servertest.As(visitor.Login), body(active)).RequireRefused(403, "agents")
	w.Rest("POST", "/chats/close", servertest.As(two), body()).RequireRefused(400, "chatIds")
	w.Rest("POST", "/chats/close", servertest.As(two), body(make([]string, 101)...)).RequireRefused(400, "chatIds")
	a = w.Rest("POST", "/chats/close", servertest.As(w.Agent("lead")), body(one, active))
	assert.Equal(t, []any{one, active}, a.JSON["closed"])
	visitor.Next(chat.EventClose)
}

// Pages of active chats go on also after one that came through the queue.
func TestPagesOfActiveChats(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"queue":{"active":true}}`)
	lead := w.Agent("lead")
	agent := w.Open(t, w.Agent("agent1"))
	want := map[string]bool{}
	for range 3 {
		visitor, id := w.ChatIn(t)
		visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id)) // nobody is on duty: it waits in the queue
		agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
		want[id] = true
	}
	seen, after := map[string]bool{}, ""
	for range 3 {
		page := w.Listed(lead, "status=active&limit=1&after="+after)
		require.Len(t, page, 1)
		after = page[0]
		seen[after] = true
	}
	assert.Equal(t, want, seen)
	assert.Empty(t, w.Listed(lead, "status=active&limit=1&after="+after))
}
