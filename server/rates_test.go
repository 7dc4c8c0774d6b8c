package server_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/core/wire"
	"parley/server"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// from gives headers with which a proxy on this machine says for whom it asks.
func from(h http.Header, client string) http.Header {
	h = h.Clone()
	h.Set("X-Forwarded-For", client)
	return h
}

// claiming gives headers of a client of a proxy on this machine that writes lists of its own:
// an empty line before the proxy's, and the header that the proxy does not set.
func claiming(h http.Header, client, claimed string) http.Header {
	h = h.Clone()
	h["X-Forwarded-For"] = []string{"", client}
	h.Set("Forwarded", "for="+claimed)
	return h
}

// A client who writes lists of addresses of its own shares one share with all who do, and
// stays blocked.
func TestListsOfTheClientsOwn(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	made := 0
	for n := range 40 {
		if w.Rest("POST", "/users", claiming(servertest.App(), "198.51.100.9", fmt.Sprintf("10.7.1.%d", n)), `{}`).Status == 200 {
			made++
		}
	}
	t.Logf("%d of 40 visitors made", made)
	assert.InDelta(t, 30, made, 3)
	vera := w.Visitor("Vera")
	a := w.Rest("POST", "/blocks", servertest.As(w.Agent("lead")), `{"address":"198.51.100.9"}`)
	require.Equal(t, 200, a.Status, a.Body)
	for _, claimed := range []string{"1.2.3.4", "127.0.0.1", "_hidden", "198.51.100.9"} {
		as := claiming(servertest.As(vera), "198.51.100.9", claimed)
		w.Rest("POST", "/chats", as, `{"room":"1"}`).RequireRefused(403, "at present")
		as.Del("Forwarded")
		as["X-Forwarded-For"] = []string{claimed, "198.51.100.9"}
		w.Rest("POST", "/chats", as, `{"room":"1"}`).RequireRefused(403, "at present")
	}
	as := claiming(servertest.As(vera), "198.51.100.10", "1.2.3.4")
	assert.Equal(t, 200, w.Rest("POST", "/chats", as, `{"room":"1"}`).Status)
}

// A flood from one address makes few visitors and chats, and others notice nothing of it.
func TestAFloodFromOneAddress(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	var made, chats, refused atomic.Int64
	begin := time.Now()
	var flood sync.WaitGroup
	for n := range 16 {
		flood.Go(func() {
			stranger := fmt.Sprintf("2001:db8::%d:1", n) // one /64
			for time.Since(begin) < 2*time.Second {
				a := w.Rest("POST", "/users", from(servertest.App(), stranger), `{}`)
				if a.Status != 200 {
					refused.Add(1)
					assert.Contains(t, []any{"too-many-visitors", "rate-exceeded"}, servertest.Dig(a.JSON, "error", "reason"))
					assert.Equal(t, a.Header.Get("Retry-After"), fmt.Sprint(servertest.Dig(a.JSON, "error", "retryAfter")))
					continue
				}
				made.Add(1)
				vera := w.Session(a)
				if w.Rest("POST", "/chats", from(servertest.As(vera), stranger), `{"room":"1"}`).Status == 200 {
					chats.Add(1)
				}
			}
		})
	}
	flood.Wait()
	seconds := time.Since(begin).Seconds()
	t.Logf("in %.1f s: %d visitors, %d chats, %d refused", seconds, made.Load(), chats.Load(), refused.Load())
	assert.InDelta(t, 30+seconds/2, made.Load(), 2)
	assert.LessOrEqual(t, chats.Load(), made.Load())
	assert.Positive(t, refused.Load())
	customer := w.Session(w.Rest("POST", "/users", from(servertest.App(), "192.0.2.7"), `{}`))
	require.Equal(t, 200, w.Rest("POST", "/chats", from(servertest.As(customer), "192.0.2.7"), `{"room":"1"}`).Status)
	a := w.Rest("POST", "/users", from(servertest.Secret(), "2001:db8::1"), `{}`)
	require.Equal(t, 200, a.Status, "who has the secret is not bound by the address")
}

// Sockets are no way around the rate of a user, however many, and neither is REST.
func TestSocketsOfAUserShareTheRate(t *testing.T) {
	t.Parallel()
	const perSecond = 20
	w := servertest.New(t, server.Limits{MessagesPerSecond: perSecond})
	vera := w.Visitor("Vera")
	var answered atomic.Int64
	begin := time.Now()
	const lasts = 3 * time.Second
	var sockets sync.WaitGroup
	for range 10 {
		p := w.Open(t, vera)
		sockets.Go(func() {
			for time.Since(begin) < lasts {
				p.Ask("user:focus", nil)
				answered.Add(1)
			}
		})
	}
	<-time.After(time.Until(begin.Add(lasts / 2)))
	refused, asking := 0, time.Now()
	for range 50 {
		if a := w.Rest("GET", "/users/"+vera.ID, servertest.As(vera), ""); a.Status != 200 {
			assert.Equal(t, "rate-exceeded", servertest.Dig(a.JSON, "error", "reason"))
			refused++
		}
	}
	mostByREST := perSecond*time.Since(asking).Seconds() + 10 // the sockets have used up what there was
	sockets.Wait()
	most := perSecond*(1+time.Since(begin).Seconds()) + 10
	t.Logf("%d requests of ten sockets in %s; REST refused %d of 50", answered.Load(), lasts, refused)
	assert.LessOrEqual(t, float64(answered.Load()), most)
	assert.LessOrEqual(t, float64(50-refused), mostByREST)
	require.Eventually(t, func() bool { return w.Rest("GET", "/users/"+vera.ID, servertest.As(vera), "").Status == 200 }, storetest.WaitFor, storetest.Tick)
}

// A user has so many sockets, and on them so many connections. One that goes makes room.
func TestTooManySocketsOfAUser(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{SocketsPerUser: 2})
	vera := w.Visitor("Vera")
	first, second := w.Open(t, vera), w.Open(t, vera)
	third := w.Dial(t)
	refused := third.Reply(third.Post(wire.EventOpen, servertest.Obj("appId", "demo", "token", vera.Token))).Error
	require.NotNil(t, refused)
	assert.Equal(t, "too-many-sockets", refused.Reason)
	assert.EqualValues(t, 30, third.Next(wire.EventBye)["retryAfter"])
	for range 8 { // with the two sockets ten connections
		first.OpenChannel(vera)
	}
	late := first.Channel()
	refused = late.Reply(late.Post(wire.EventOpen, servertest.Obj("appId", "demo", "token", vera.Token))).Error
	require.NotNil(t, refused)
	assert.Contains(t, refused.Message, "10 connections")
	second.Leave()
	require.Eventually(t, func() bool { return connectionsTo(w) < 10 }, storetest.WaitFor, storetest.Tick)
	alive(w.Open(t, vera))
	w.Open(t, w.Visitor("Viktor"))
}

// A socket for which there is no room is refused before it is made, and says when to come
// again.
func TestNoRoomForASocket(t *testing.T) {
	t.Parallel()
	for name, dial := range map[string]func(*testing.T, *servertest.World) *http.Response{
		"a WebSocket": func(t *testing.T, w *servertest.World) *http.Response {
			ws, answer, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(w.HTTP.URL, "http")+"/v1/socket", nil)
			if err == nil {
				_ = ws.CloseNow()
			}
			return answer
		},
		"a page that asks": func(t *testing.T, w *servertest.World) *http.Response { return ask(t, w, "HEAD", "/v1/socket", "") },
		"HTTP": func(t *testing.T, w *servertest.World) *http.Response {
			return ask(t, w, "POST", "/v1/socket", "open\nend")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{Sockets: 20, OpenWithin: storetest.WaitFor})
			full := []*servertest.Peer{w.Dial(t), w.Dial(t)} // a tenth of the sockets may have no session
			answer := dial(t, w)
			assert.Equal(t, 503, answer.StatusCode)
			assert.Equal(t, "2", answer.Header.Get("Retry-After"))
			for _, p := range full {
				p.OpenSession(w.Visitor("Vera"), nil)
			}
			assert.Less(t, dial(t, w).StatusCode, 400)
		})
	}
}

func ask(t *testing.T, w *servertest.World, method, path, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.HTTP.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, answer.Body)
	require.NoError(t, answer.Body.Close())
	return answer
}

// Before the session a connection sends little; whose first frame is long takes one of few
// places.
func TestLittleComesBeforeTheSession(t *testing.T) { // not parallel: it measures the memory of the process
	w := servertest.New(t, server.Limits{Sockets: 2000, Bye: 50 * time.Millisecond}) // 200 without a session, 5 of them with a long frame
	vera := w.Visitor("Vera")
	long := servertest.Obj("appId", "demo", "token", vera.Token, "chats", servertest.Obj(strings.Repeat("x", 100_000), 1))
	w.Dial(t).Ask(wire.EventOpen, long)
	before := used()
	const n = 100
	half := append(framedHead(250_000), make([]byte, 200_000)...)
	conns := make([]bare, n)
	for i := range conns {
		conns[i] = bareSocket(w, t)
		_, err := conns[i].Write(half)
		require.NoError(t, err)
	}
	taken := (used() - before) / n
	t.Logf("each of %d sockets that have sent 200 KB takes %d bytes", n, taken)
	assert.Less(t, taken, int64(100_000))
	refused := w.Dial(t)
	refused.Post(wire.EventOpen, long)
	assert.EqualValues(t, 4009, refused.Next(wire.EventBye)["code"])
	w.Open(t, vera)
	for _, c := range conns {
		c.closed()
	}
	w.Dial(t).Ask(wire.EventOpen, long)
}

// framedHead is the head of a long frame (RFC 6455 section 5.2).
func framedHead(length int) []byte {
	return []byte{0x81, 0x80 | 127, 0, 0, 0, 0, 0, byte(length >> 16), byte(length >> 8), byte(length), 0, 0, 0, 0}
}

// An app may have lower rates than the server, for visitors and agents of its own.
func TestRatesOfAnApp(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"rates":{"searches/visitor":{"perSecond":0.01,"burst":2}}}`)
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	search(visitor, id)
	search(visitor, id)
	f := visitor.Reply(visitor.Post("chats:assign", servertest.Obj("chatId", id)))
	require.NotNil(t, f.Error)
	assert.Equal(t, "too-many-searches", f.Error.Reason)
	assert.EqualValues(t, 100, f.Error.RetryAfter)
}

// Operations for everybody are counted by address, before anything is looked up for them.
func TestRequestsOfAnAddressAreCounted(t *testing.T) {
	t.Parallel()
	logged := &lines{}
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{
		Logger: slog.New(slog.NewTextHandler(logged, nil)),
		Limits: server.Limits{Rates: server.Rates{{Kind: limit.Requests, Scope: limit.Address}: {PerSecond: 0.01, Burst: 5}}},
	})
	for i := range 7 {
		a := w.Rest("GET", "/agents/available", from(servertest.App(), "192.0.2.7"), "")
		assert.Equal(t, i < 5, a.Status == 200, a.Body)
		assert.Equal(t, i < 5, a.Header.Get("Retry-After") == "")
	}
	wrong := from(servertest.App(), "192.0.2.8")
	wrong.Set("x-hyper-secret", "guessed")
	for i := range 7 {
		want := 401
		if i >= 5 {
			want = 429
		}
		assert.Equal(t, want, w.Rest("GET", "/users", wrong, "").Status, "wrong secrets are counted")
	}
	for i, unchecked := range []struct{ method, path string }{{"POST", "/socket"}, {"GET", "/openapi.json"}, {"GET", "/nothing"}, {"PUT", "/openapi.json"}} {
		h := from(servertest.Secret(), fmt.Sprintf("192.0.2.%d", 10+i))
		h.Set("Origin", "https://elsewhere.example")
		for range 5 {
			assert.NotEqual(t, 429, w.Rest(unchecked.method, unchecked.path, h, "").Status)
		}
		a := w.Rest(unchecked.method, unchecked.path, h, "")
		assert.Equal(t, 429, a.Status, "%v: where the secret is not checked it does not help", unchecked)
		assert.NotEmpty(t, a.Header.Get("Access-Control-Allow-Origin"), unchecked)
		assert.Contains(t, a.Header.Get("Access-Control-Expose-Headers"), "Retry-After", "%v: the page of another origin can read it", unchecked)
	}
	silent := servertest.App()
	silent.Set("X-Forwarded-Proto", "https")
	for range 10 {
		require.Equal(t, 200, w.Rest("GET", "/agents/available", silent, "").Status, "not for clients that a proxy here does not name")
	}
	assert.Equal(t, 1, logged.count("does not say for whom it asks"))
	assert.Zero(t, logged.count("-trusted-proxies"))
}
