package main

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
)

// While NATS is away clients are asked to try again and the operator is told once,
// without the password; when it is back all goes on, and a program that is asked to
// end meanwhile does.
func TestLostNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := natsAt(t, natsserver.RANDOM_PORT, dir)
	addr := outside.Addr().(*net.TCPAddr)
	p := startProcess(t, "-nats", "nats://parley:hidden@"+addr.String())
	vera := p.visitor()
	id := p.newChat(vera)
	visitor := p.open(vera, nil)
	visitor.ask(chat.EventMessage, about(id, "message", "before"))

	outside.Shutdown()
	outside.WaitForShutdown()
	require.Eventually(t, func() bool {
		status, _ := p.call(t, "GET", "/healthz", "")
		return status == http.StatusServiceUnavailable
	}, 20*time.Second, 10*time.Millisecond)
	const attempts = 5
	for range attempts {
		visitor.postAs("during", chat.EventMessage, about(id, "message", "during"))
	}
	refused := 0
	visitor.find("refusals", func(_ int, f wire.Frame) bool {
		if f.ID == "during" {
			refused++
			assert.True(t, f.Error != nil && f.Error.Retryable(), "%s", f.Data)
		}
		return refused == attempts
	})
	status, text := p.call(t, "POST", "/v1/chats/"+id+"/messages", `{"message":"by REST"}`, vera.headers()...)
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, string(text), "try again")

	outside = natsAt(t, addr.Port, dir)
	require.Eventually(t, func() bool {
		status, _ := p.call(t, "GET", "/healthz", "")
		return status == http.StatusOK
	}, 20*time.Second, 10*time.Millisecond)
	back := p.open(vera, nil)
	back.postAs("during", chat.EventMessage, about(id, "message", "during"))
	back.reply("during")
	assert.Equal(t, []string{"before", "during"}, p.texts(id))
	assert.Equal(t, 1, p.count("connection lost, reconnecting"))
	assert.Equal(t, 1, p.count("engine: reconnected"))
	assert.Zero(t, p.count("hidden"))

	outside.Shutdown()
	outside.WaitForShutdown()
	require.Eventually(t, func() bool { return p.count("connection lost, reconnecting") == 2 }, 20*time.Second, 10*time.Millisecond)
	p.terminate()
}
