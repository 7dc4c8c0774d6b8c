package server_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Whoever begins to send much, and does not end, takes a bounded memory, whatever it would
// be, and hinders nobody else.
func TestUnfinishedBodies(t *testing.T) {
	const clients, address = 300, "198.51.100.9"
	w := servertest.New(t, server.Limits{SocketsPerUser: clients, Rates: limit.Table{{Kind: limit.Sockets, Scope: limit.Address}: {PerSecond: 1000, Burst: 1000}}})
	w.HTTP.Config.Handler = server.AddressOptions{}.Handler(w.Server.Handler()) // Described keeps what is asked
	begin := func(t *testing.T, text string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", strings.TrimPrefix(w.HTTP.URL, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		_, err = io.WriteString(c, strings.Replace(text, "\r\n", "\r\nHost: here\r\nX-Forwarded-For: "+address+"\r\n", 1))
		require.NoError(t, err)
		return c
	}
	open := fmt.Sprintf(`{"id":"#1","event":"session:open","data":{"appId":"demo","token":%q}}`, w.Visitor("Vera").Token)
	const most = 256 << 10 // bytes of a frame
	id := ""
	ask := func(t *testing.T, text string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.HTTP.URL+"/v1/socket", strings.NewReader(text+"\nend"))
		require.NoError(t, err)
		a, err := w.Client.Do(r)
		require.NoError(t, err)
		defer a.Body.Close()
		answer, err := io.ReadAll(a.Body)
		require.NoError(t, err)
		require.Equal(t, 200, a.StatusCode, string(answer))
		return strings.TrimSuffix(string(answer), "\nend")
	}
	before := used()
	for _, tc := range []struct {
		name  string
		begin func(t *testing.T) net.Conn
		bytes int
	}{
		{"bodies", func(t *testing.T) net.Conn {
			return begin(t, fmt.Sprintf("POST /v1/users HTTP/1.1\r\nX-Hyper-AppId: demo\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", most))
		}, most - 8},
		{"sends", func(t *testing.T) net.Conn {
			if id == "" {
				id = ask(t, "open")
				ask(t, "send "+id+" 1\n"+open)
				ask(t, "poll "+id+" 1")
			}
			return begin(t, fmt.Sprintf("POST /v1/socket HTTP/1.1\r\nContent-Length: %d\r\n\r\nsend %s 2\n", 4*most, id))
		}, 4*most - 200},
		{"frames", func(t *testing.T) net.Conn {
			c := begin(t, "GET /v1/socket HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
			_, err := c.Write(framed([]byte(open)))
			require.NoError(t, err)
			_, err = io.ReadAtLeast(c, make([]byte, 4096), 200) // the answer, and some of the session
			require.NoError(t, err)
			_, err = c.Write(binary.BigEndian.AppendUint32([]byte{0x81, 0x80 | 127, 0, 0, 0, 0}, most))
			require.NoError(t, err)
			return c
		}, most - 8},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Eventually(t, func() bool { return used()-before < 8<<20 }, storetest.WaitFor, storetest.Tick, "those of the last test are gone")
			content := strings.Repeat("x", tc.bytes)
			for range clients {
				c := tc.begin(t)
				go func() { _, _ = io.WriteString(c, content) }()
			}
			var peak atomic.Int64
			assert.Never(t, func() bool {
				peak.Store(max(peak.Load(), used()-before))
				return false
			}, 3*time.Second, 100*time.Millisecond)
			t.Logf("%d clients: %.0f MB", clients, float64(peak.Load())/1e6)
			assert.Less(t, peak.Load(), int64(80<<20))
			text := strings.Repeat("x", 15_000)
			require.Eventually(t, func() bool {
				return w.Rest("POST", "/users", from(servertest.App(), "192.0.2.7"), `{"extraInfo":{"page":"`+text+`"}}`).Status == 200
			}, storetest.WaitFor, storetest.Tick, "somebody else")
		})
	}
}
