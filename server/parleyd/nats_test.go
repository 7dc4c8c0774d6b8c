package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/storetest"
)

// While NATS is away clients are asked to try again and the operator is told once,
// without the password; when it is back all goes on, and a program that is asked to
// end meanwhile does.
func TestLostNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := natsAt(t, natsserver.RANDOM_PORT, dir)
	addr := outside.Addr().(*net.TCPAddr)
	p := startProcess(t, "-nats", "nats://parley:hidden@"+addr.String(), "-admin-addr", "127.0.0.1:0")
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
	ready, said := p.private(t, "/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, ready)
	assert.Equal(t, "the store cannot be written to\n", said)
	alive, _ := p.private(t, "/livez")
	assert.Equal(t, http.StatusOK, alive, "nobody should restart it")
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

// A start waits for a cluster that has no leaders yet, and says so.
func TestStartWhileNATSElects(t *testing.T) {
	t.Parallel()
	var urls []string
	begin := func(o *natsserver.Options) {
		s, err := natsserver.NewServer(o)
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		require.Eventually(t, func() bool { return s.Addr() != nil }, 20*time.Second, 10*time.Millisecond)
		urls = append(urls, s.ClientURL())
	}
	cluster := storetest.ClusterOptions(t)
	begin(cluster[0])

	var stdout, stderr output
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, built, []string{"-addr", "127.0.0.1:0", "-nats", urls[0], "-replicas", "3"}, environment(nil), &stdout, &stderr)
	}()
	require.Eventually(t, func() bool { return strings.Contains(stderr.String(), "waiting for NATS to elect its leaders") },
		20*time.Second, 10*time.Millisecond)
	assert.NotContains(t, stderr.String(), "-js")
	begin(cluster[1])
	begin(cluster[2])
	require.Eventually(t, func() bool { return strings.HasSuffix(stdout.String(), "Ctrl-C stops it.\n") }, 50*time.Second, 10*time.Millisecond, &stderr)
	stop()
	require.NoError(t, <-ended)
}

// Who renews the password of NATS makes the server's log-in wrong for a while, not for good.
func TestNATSRefusesTheLoginForAWhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	port := natsserver.RANDOM_PORT
	with := func(password string) *natsserver.Server {
		s, err := natsserver.NewServer(&natsserver.Options{
			Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir, Username: "parley", Password: password,
		})
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		require.True(t, s.ReadyForConnections(10*time.Second))
		port = s.Addr().(*net.TCPAddr).Port
		return s
	}
	first := with("terces")
	p := start(t, "-nats", first.Addr().String(), "-nats-user", "parley", "-nats-password-file", written(t, "password", "terces\n"))
	first.Shutdown()
	first.WaitForShutdown()
	renewed := with("other")
	require.Eventually(t, func() bool { return strings.Contains(p.stderr.String(), "refuses the log-in") }, 20*time.Second, 10*time.Millisecond, p.stderr)
	renewed.Shutdown()
	renewed.WaitForShutdown()
	with("terces")
	require.Eventually(t, func() bool {
		status, _ := p.call(t, "GET", "/healthz", "")
		return status == http.StatusOK
	}, 20*time.Second, 10*time.Millisecond)
	p.stop(t)
	assert.NotContains(t, p.stderr.String(), "terces")
}
