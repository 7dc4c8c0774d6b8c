package server_test

import (
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
	"parley/server/servertest"
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

// While NATS is away all that writes gets 503 at once. When it is back all goes on:
// messages in order, watches of buckets, notices from other nodes.
func TestLostNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := natsAt(t, natsserver.RANDOM_PORT, dir)
	url, port := outside.ClientURL(), outside.Addr().(*net.TCPAddr).Port
	node := func() *servertest.World {
		e, err := store.Start(t.Context(), store.Options{URL: url})
		require.NoError(t, err)
		t.Cleanup(func() { storetest.Close(t, e) })
		return servertest.With(t, e, server.Options{
			Limits: server.Limits{AssignTimeout: time.Minute}, Presence: server.PresenceOptions{CutOff: time.Minute}, // the peers stay
		})
	}
	one, two := node(), node()
	visitor, agent := one.Open(t, one.Visitor("Vera")), two.Open(t, two.Agent("agent1")).OnDuty()
	id := visitor.NewChat()
	two.Rest("POST", "/chats/"+id+"/join", servertest.As(agent.Login), `{}`).RequireDone()
	say := func(p *servertest.Peer, request, text string) *wire.Error {
		p.Mu.Lock()
		before := len(p.Frames)
		p.Mu.Unlock()
		p.PostAs(request, chat.EventMessage, servertest.Obj("chatId", id, "message", text))
		return p.Find("reply", func(i int, f wire.Frame) bool { return i >= before && f.ID == request }).Error
	}
	require.Nil(t, say(visitor, "r1", "1"))

	outside.Shutdown()
	outside.WaitForShutdown()
	require.Eventually(t, func() bool { return one.Engine.Failing() != nil && two.Engine.Failing() != nil }, storetest.WaitFor, storetest.Tick)
	begun := time.Now()
	for _, request := range []string{"r2", "r3", "r4"} {
		refused := say(visitor, request, request)
		require.NotNil(t, refused)
		assert.True(t, refused.Retryable(), refused.Message)
	}
	// What writes is refused by the table, whatever its method; what only reads is tried.
	one.Rest("GET", "/chats/"+id+"/assign", servertest.As(visitor.Login), "").RequireRefused(wire.CodeUnavailable, "again")
	visitor.Refused(chat.EventAssign, servertest.Obj("chatId", id), wire.CodeUnavailable, "cannot be written to")
	visitor.Ask("user:focus", nil)
	one.Rest("GET", "/chats?status=active", servertest.As(agent.Login), "").RequireRefused(wire.CodeUnavailable, "again")
	assert.Less(t, time.Since(begun), 5*time.Second)
	health, err := http.Get(one.HTTP.URL + "/healthz")
	require.NoError(t, err)
	said, err := io.ReadAll(health.Body)
	require.NoError(t, err)
	_ = health.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, health.StatusCode)
	assert.Contains(t, string(said), `"the store cannot be written to"`, "why is for the log")

	natsAt(t, port, dir)
	require.Eventually(t, func() bool { return one.Engine.Failing() == nil && two.Engine.Failing() == nil }, storetest.WaitFor, storetest.Tick)
	for _, request := range []string{"r2", "r3", "r4"} {
		require.Eventually(t, func() bool { return say(visitor, request, request) == nil }, storetest.WaitFor, storetest.Tick)
	}
	for _, text := range []string{"1", "r2", "r3", "r4"} {
		assert.Equal(t, text, servertest.Dig(agent.Next(chat.EventMessage), "message", "message"), "told on the other node")
	}
	other := one.Open(t, one.Visitor("Otto"))
	otherID := other.NewChat()
	require.Eventually(t, func() bool {
		f := other.Reply(other.Post(chat.EventAssign, servertest.Obj("chatId", otherID)))
		return f.Error == nil && servertest.Dig(servertest.Parsed(f.Data), "agent", "id") == agent.Login.ID
	}, storetest.WaitFor, storetest.Tick, "the other node's agent is on duty")
	assert.Equal(t, otherID, agent.Next("invitations:new")["chatId"])
	agent.Ask("invitations:accept", servertest.Obj("chatId", otherID))
	other.Next(chat.EventJoin)
}
