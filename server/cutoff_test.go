package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
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

// natsLink carries the connections of one node to NATS, and can be cut.
type natsLink struct {
	listener net.Listener
	mu       sync.Mutex // guards what follows
	cut      bool
	conns    []net.Conn
}

func linkTo(t *testing.T, addr string) *natsLink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	link := &natsLink{listener: l}
	t.Cleanup(func() { _ = l.Close(); link.setCut(true) })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", addr)
			if err != nil || !link.keep(near, far) {
				_ = near.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
				go func() {
					_, _ = io.Copy(pair[0], pair[1])
					_, _ = near.Close(), far.Close()
				}()
			}
		}
	}()
	return link
}

func (l *natsLink) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, conns...)
	return !l.cut
}

func (l *natsLink) setCut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

// A node that alone has lost NATS sends its clients to the others, takes none, and takes some again when NATS is back.
func TestCutOffNodeSendsItsClientsAway(t *testing.T) {
	t.Parallel()
	outside := natsAt(t, natsserver.RANDOM_PORT, t.TempDir())
	link := linkTo(t, outside.Addr().String())
	node := func(url string) *servertest.World {
		e, err := store.Start(t.Context(), store.Options{URL: url})
		require.NoError(t, err)
		t.Cleanup(func() { storetest.Close(t, e) })
		return servertest.With(t, e, server.Options{Presence: server.PresenceOptions{Beat: time.Second, CutOff: 300 * time.Millisecond}})
	}
	cutOff, other := node("nats://"+link.listener.Addr().String()), node(outside.ClientURL())
	answered := func(method, body string) *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), method, cutOff.HTTP.URL+"/v1/socket", strings.NewReader(body))
		require.NoError(t, err)
		if method == "GET" {
			request.Header = http.Header{
				"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
			}
		}
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		_ = answer.Body.Close()
		return answer
	}
	hasRoom := func() bool { return answered("HEAD", "").StatusCode == http.StatusNoContent }
	require.True(t, hasRoom())
	vera := cutOff.Visitor("Vera")
	visitor, stays := cutOff.Open(t, vera), other.Open(t, other.Visitor("Otto"))
	id := visitor.NewChat()
	visitor.Say(id, "before")
	require.Eventually(t, server.RoomsOf(cutOff.Server).Agents.OthersLive, storetest.WaitFor, storetest.Tick)

	link.setCut(true)
	bye := visitor.Next(wire.EventBye)
	assert.EqualValues(t, 1001, bye["code"])
	assert.EqualValues(t, 0, bye["retryAfter"], "at once, to another node")
	visitor.Leave()
	for method, body := range map[string]string{"HEAD": "", "GET": "", "POST": "open\nend"} {
		answer := answered(method, body)
		assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, method)
		assert.Equal(t, "2", answer.Header.Get("Retry-After"), method)
	}
	again := other.Dial(t)
	again.OpenSession(vera, map[string]uint64{id: visitor.Position(id)})
	again.Ask(chat.EventMessage, servertest.Obj("chatId", id, "message", "by the other node"))
	stays.Ask("user:focus", nil)

	link.setCut(false)
	require.Eventually(t, hasRoom, storetest.WaitFor, storetest.Tick)
	back := cutOff.Dial(t)
	back.OpenSession(vera, map[string]uint64{id: visitor.Position(id)})
	assert.Equal(t, "by the other node", servertest.Dig(back.Next(chat.EventMessage), "message", "message"))
	assert.Equal(t, 0, stays.HowMany(wire.EventBye), "the other node keeps its clients")
}

// So does a node that reaches NATS, but whose store takes no write, once an election would be over.
func TestNodeWithoutWritesSendsItsClientsAway(t *testing.T) {
	t.Parallel()
	outside := natsAt(t, natsserver.RANDOM_PORT, t.TempDir())
	var nodes []*servertest.World
	for range 2 {
		e, err := store.Start(t.Context(), store.Options{URL: outside.ClientURL()})
		require.NoError(t, err)
		t.Cleanup(func() { storetest.Close(t, e) })
		nodes = append(nodes, servertest.With(t, e, server.Options{Presence: server.PresenceOptions{Beat: time.Second, CutOff: 200 * time.Millisecond}}))
	}
	w := nodes[0]
	visitor := w.Open(t, w.Visitor("Vera"))
	require.Eventually(t, server.RoomsOf(w.Server).Agents.OthersLive, storetest.WaitFor, storetest.Tick)
	require.NoError(t, w.Engine.JS.DeleteStream(t.Context(), "PARLEY_PROBE"))
	visitor.Next(wire.EventBye)
	require.NoError(t, w.Engine.OpenProbe(t.Context()))
	require.Eventually(t, func() bool {
		answer, err := http.Head(w.HTTP.URL + "/v1/socket")
		require.NoError(t, err)
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusNoContent
	}, storetest.WaitFor, storetest.Tick)
}
