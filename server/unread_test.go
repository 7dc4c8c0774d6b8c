package server_test

import (
	"bufio"
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

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Of a chat that is as long as chats get, such as in TestUnreadRepliesAreBounded.
const (
	longMessages = 800
	longBytes    = longMessages * 10_000
)

// readAndLong makes a chat with an open session's visitor, whose messages the agent has read.
func readAndLong(t *testing.T, w *servertest.World) (visitor servertest.Login, id string) {
	t.Helper()
	visitor = w.Visitor("Vera")
	a := w.Rest("POST", "/chats", servertest.As(visitor), `{"room":"1","eventId":"made"}`)
	require.Equal(t, 200, a.Status)
	id = a.Text("chat", "id")
	agent := w.Open(t, w.Agent("agent1"))
	agent.Ask("chats:join", servertest.Obj("chatId", id))
	floodChat(w, id, visitor.ID, longMessages, 10_000)
	agent.Ask(chat.EventRead, servertest.Obj("messageId", fmt.Sprintf("%s.%d", id, longMessages), "upTo", true))
	agent.Leave()
	return visitor, id
}

// plain asks by REST on a connection of its own.
func plain(t *testing.T, w *servertest.World, l servertest.Login, path, body string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.HTTP.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.HTTP.URL+"/v1"+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = servertest.As(l)
	require.NoError(t, r.Write(c))
	return c
}

// Whatever answers with a whole conversation, its clients do not make the server keep one
// for each request that is not read.
func TestUnreadRepliesAreBounded(t *testing.T) {
	w := servertest.New(t, server.Limits{SocketsPerUser: 100, WriteWithin: time.Minute})
	w.HTTP.Config.Handler = server.AddressOptions{}.Handler(w.Server.Handler()) // Described keeps what is answered
	vera, id := readAndLong(t, w)
	repeated := func(path, body string) func(t *testing.T) {
		return func(t *testing.T) {
			for range 120 {
				plain(t, w, vera, path, body)
			}
		}
	}
	socket := func(begin func(channel string) string, asks ...string) func(t *testing.T) {
		return func(t *testing.T) {
			for range 15 {
				b := bareSocket(w, t)
				_, err := b.Write(framed([]byte(begin("0"))))
				require.NoError(t, err)
				for _, ch := range []string{"1", "2", "3", "4"} {
					for _, ask := range append([]string{begin(ch)}, asks...) {
						_, err := b.Write(framed([]byte(ch + ask)))
						require.NoError(t, err)
					}
				}
			}
		}
	}
	open := func(more string) func(string) string {
		return func(string) string {
			return fmt.Sprintf(`{"id":"#1","event":"session:open","data":{"appId":"demo","token":%q%s}}`, vera.Token, more)
		}
	}
	gets := func(more string) (asks []string) {
		for n := range 20 {
			asks = append(asks, fmt.Sprintf(`{"id":"#g%d","event":"chats:get","data":{"chatId":%q%s}}`, n, id, more))
		}
		return asks
	}
	before := used()
	short := open(fmt.Sprintf(`,"chats":{%q:%d}`, id, stateOf(w, id).Seq))
	for name, ask := range map[string]func(t *testing.T){
		"a chat that is made again":        repeated("/chats", `{"room":"1","eventId":"made"}`),
		"an import that is made again":     repeated("/chats/"+id+"/history", `{"eventId":"imported","history":[{"sender":"user","message":"hi"}]}`),
		"sessions, by channels":            socket(open("")),
		"sessions in parts":                socket(open(`,"inParts":true`)),
		"chats, by channels":               socket(short, gets("")...),
		"chats in parts":                   socket(short, gets(`,"inParts":true`)...),
		"a chat that is made again, there": socket(short, `{"id":"made","event":"chats:create","data":{"room":"1"}}`),
		"an import, there":                 socket(short, fmt.Sprintf(`{"id":"imported","event":"history:import","data":{"chatId":%q,"history":[{"sender":"user","message":"hi"}]}}`, id)),
	} {
		t.Run(name, func(t *testing.T) {
			require.Eventually(t, func() bool { return used()-before < longBytes }, storetest.WaitFor, storetest.Tick, "those of the last test are gone")
			ask(t)
			var most atomic.Int64
			assert.Never(t, func() bool {
				most.Store(max(most.Load(), used()-before))
				return most.Load() > 16*longBytes
			}, 2*time.Second, 50*time.Millisecond)
			t.Logf("%.1f conversations in memory", float64(most.Load())/longBytes)
		})
	}
}

// Replies that are no long conversations are bounded in sum, and keep no chat in memory.
func TestUnreadPagesAreBounded(t *testing.T) {
	w, strangers, chats := withFullChats(t)
	before := used()
	for n, id := range chats {
		c, err := net.Dial("tcp", strings.TrimPrefix(w.HTTP.URL, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		for range 10 { // more than the buffers of a connection take
			_, err := fmt.Fprintf(c, "GET /v1/chats/%s/messages?limit=2 HTTP/1.1\r\nHost: localhost\r\nX-Hyper-Appid: demo\r\nX-Hyper-Token: %s\r\n\r\n", id, strangers[n].Token)
			require.NoError(t, err)
		}
	}
	var least atomic.Int64
	least.Store(1 << 40)
	assert.Never(t, func() bool { least.Store(min(least.Load(), used()-before)); return false }, 3*time.Second, 300*time.Millisecond)
	t.Logf("%d pages unread take %d MB", fullChats, least.Load()>>20)
	assert.Less(t, least.Load(), int64(4*fullMessages*fullMessage))
}

// An honest client that reads a long conversation slowly gets all of it, however it asks.
func TestSlowReadersGetAll(t *testing.T) {
	w := servertest.New(t, server.Limits{WriteWithin: time.Second})
	w.HTTP.Config.Handler = server.AddressOptions{}.Handler(w.Server.Handler()) // Described reads on
	vera, _ := readAndLong(t, w)
	const window = 256 << 10
	slowly := func(from io.Reader) {
		read := 0
		buffer := make([]byte, 256<<10)
		beat := time.NewTicker(100 * time.Millisecond)
		defer beat.Stop()
		for read < longBytes {
			<-beat.C
			n, err := io.ReadFull(from, buffer)
			read += n
			require.NoError(t, err)
		}
	}
	t.Run("over REST", func(t *testing.T) {
		c := plain(t, w, vera, "/chats", `{"room":"1","eventId":"made"}`)
		require.NoError(t, c.(*net.TCPConn).SetReadBuffer(window))
		in := bufio.NewReader(c)
		answer, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		require.Equal(t, 200, answer.StatusCode)
		slowly(answer.Body)
		require.NoError(t, c.Close())
	})
	for name, more := range map[string]string{"by a socket": "", "by a socket in parts": `,"inParts":true`} {
		t.Run(name, func(t *testing.T) {
			b := bareSocketOf(w, t, window)
			_, err := b.Write(framed([]byte(fmt.Sprintf(`{"id":"#1","event":%q,"data":{"appId":"demo","token":%q%s}}`, wire.EventOpen, vera.Token, more))))
			require.NoError(t, err)
			slowly(b.in)
			require.NoError(t, b.Close())
		})
	}
	t.Run("by HTTP", func(t *testing.T) {
		ask := func(text string) string {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.HTTP.URL+"/v1/socket", strings.NewReader(text+"\nend"))
			require.NoError(t, err)
			a, err := w.Client.Do(r)
			require.NoError(t, err)
			defer a.Body.Close()
			require.Equal(t, 200, a.StatusCode)
			content, err := io.ReadAll(a.Body)
			require.NoError(t, err)
			return strings.TrimSuffix(string(content), "\nend")
		}
		connection := ask("open")
		ask(fmt.Sprintf("send %s 1\n"+`{"id":"#1","event":%q,"data":{"appId":"demo","token":%q}}`, connection, wire.EventOpen, vera.Token))
		assert.Greater(t, len(ask("poll "+connection+" 1")), longBytes)
		ask("close " + connection)
	})
}
