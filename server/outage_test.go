package server

import (
	"net"
	"net/http"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// natsAt runs a NATS server on a port and a folder; port -1 takes a free one.
func natsAt(t *testing.T, port int, dir string) *natsserver.Server {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(storetest.WaitFor))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// While NATS is away everything that writes is refused at once, for the time
// being; when it is back, all goes on: messages in order, watches of buckets, news
// from other nodes.
func TestLostNATS(t *testing.T) {
	dir := t.TempDir()
	outside := natsAt(t, natsserver.RANDOM_PORT, dir)
	url, port := outside.ClientURL(), outside.Addr().(*net.TCPAddr).Port
	node := func() *world {
		e, err := store.Start(t.Context(), store.Options{URL: url})
		require.NoError(t, err)
		t.Cleanup(func() { storetest.Close(t, e) })
		return worldOn(t, e, Limits{AssignTimeout: time.Minute})
	}
	one, two := node(), node()
	visitor, agent := one.open(t, one.visitor("Vera")), two.open(t, two.agent("agent1")).onDuty()
	id := visitor.newChat()
	two.rest("POST", "/chats/"+id+"/join", as(agent.l), `{}`).requireDone()
	say := func(p *peer, request, text string) *wire.Error {
		p.mu.Lock()
		before := len(p.frames)
		p.mu.Unlock()
		p.postAs(request, chat.EventMessage, obj("chatId", id, "message", text))
		return p.find("reply", func(i int, f wire.Frame) bool { return i >= before && f.ID == request }).Error
	}
	require.Nil(t, say(visitor, "r1", "1"))

	outside.Shutdown()
	outside.WaitForShutdown()
	require.Eventually(t, func() bool { return one.engine.Failing() != nil && two.engine.Failing() != nil }, storetest.WaitFor, storetest.Tick)
	begun := time.Now()
	for _, request := range []string{"r2", "r3", "r4"} {
		refused := say(visitor, request, request)
		require.NotNil(t, refused)
		assert.True(t, refused.Retryable(), refused.Message)
	}
	one.rest("GET", "/chats?status=active", as(agent.l), "").requireRefused(wire.CodeUnavailable, "again")
	assert.Less(t, time.Since(begun), 5*time.Second)
	health, err := http.Get(one.http.URL + "/healthz")
	require.NoError(t, err)
	_ = health.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, health.StatusCode)

	natsAt(t, port, dir)
	require.Eventually(t, func() bool { return one.engine.Failing() == nil && two.engine.Failing() == nil }, storetest.WaitFor, storetest.Tick)
	for _, request := range []string{"r2", "r3", "r4"} {
		require.Eventually(t, func() bool { return say(visitor, request, request) == nil }, storetest.WaitFor, storetest.Tick)
	}
	for _, text := range []string{"1", "r2", "r3", "r4"} {
		assert.Equal(t, text, dig(agent.next(chat.EventMessage), "message", "message"), "told on the other node")
	}
	other := one.open(t, one.visitor("Otto"))
	otherID := other.newChat()
	require.Eventually(t, func() bool {
		f := other.reply(other.post(chat.EventAssign, obj("chatId", otherID)))
		return f.Error == nil && dig(parsed(f.Data), "agent", "id") == agent.l.id
	}, storetest.WaitFor, storetest.Tick, "the other node's agent is on duty")
	assert.Equal(t, otherID, agent.next("invitations:new")["chatId"])
	agent.ask("invitations:accept", obj("chatId", otherID))
	other.next(chat.EventJoin)
}
