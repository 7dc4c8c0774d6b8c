package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

func TestRequestsNeedASession(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	p := w.Dial(t)
	p.Refused(chat.EventCreate, servertest.Obj("room", "1"), 401, wire.EventOpen)
	p.Refused("no:such", nil, 401, wire.EventOpen)
	p.Raw([]byte(`{"event":"ping"}`))
	p.NextFrame(wire.EventPong)
	vera := w.Visitor("Vera")
	reply := p.OpenSession(vera, nil)
	assert.Equal(t, vera.ID, servertest.Dig(reply, "user", "id"))
	assert.Equal(t, servertest.Object{}, reply["chats"])
	assert.EqualValues(t, 10_000, servertest.Dig(reply, "limits", "message"))
	assert.EqualValues(t, 256<<10, servertest.Dig(reply, "limits", "frame"))
	p.Refused(wire.EventOpen, servertest.Obj("appId", "demo", "token", vera.Token), 409, "open already")
	p.NewChat()
}

// A refused session gets its error, then bye; the server leaves the closing to
// the client.
func TestRefusedSession(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Bye: time.Minute})
	good := w.Visitor("Vera")
	for _, tc := range []struct {
		name, about string
		data        servertest.Object
		code        int
	}{
		{"wrong token", "token", servertest.Obj("appId", "demo", "token", "nonsense"), 401},
		{"no token", "token", servertest.Obj("appId", "demo"), 400},
		{"token of the wrong type", "token", servertest.Obj("appId", "demo", "token", 5), 400},
		{"unknown app", "app", servertest.Obj("appId", "nope", "token", good.Token), 401},
		{"chats of the wrong type", "chats", servertest.Obj("appId", "demo", "token", good.Token, "chats", []int{1}), 400},
		{"position of the wrong type", "chats", servertest.Obj("appId", "demo", "token", good.Token, "chats", servertest.Obj("x", "y")), 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := w.Dial(t)
			p.Rude = true
			p.Refused(wire.EventOpen, tc.data, tc.code, tc.about)
			bye := p.Next(wire.EventBye)
			assert.EqualValues(t, 4001, bye["code"])
			assert.NotEmpty(t, bye["reason"])
			assert.Contains(t, bye, "retryAfter")
			err := p.WS.Close(websocket.StatusNormalClosure, "")
			p.Ended()
			if err != nil { // then the answer to the close was read by the peer's own loop
				assert.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(p.Err), "the server left the closing to the client: %v", p.Err)
			}
		})
	}
}

func TestByeWithoutSession(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{OpenWithin: 20 * time.Millisecond, Bye: 20 * time.Millisecond})
	p := w.Dial(t)
	p.Rude = true
	assert.EqualValues(t, 4002, p.Next(wire.EventBye)["code"])
	p.Ended() // a client that does not close is cut
}

func TestMalformedFrames(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{FrameBytes: 2000})
	p := w.Open(t, w.Visitor("Vera"))
	answer := func(id string, about string) wire.Frame {
		t.Helper()
		return p.Find("error about "+about, func(i int, f wire.Frame) bool {
			if i < p.Taken || f.Error == nil || f.ID != id || !strings.Contains(f.Error.Message, about) {
				return false
			}
			p.Taken = i + 1
			return true
		})
	}
	for _, tc := range []struct{ frame, id, about string }{
		{`nonsense`, "", "not valid JSON"},
		{`[1]`, "", "object"},
		{`{"id":5,"event":"chats:create"}`, "", "id"},
		{`{"event":"chats:create"}`, "", "id"},
		{`{"id":"a","event":`, "a", "not valid JSON"},
		{`{"id":"b","event":7}`, "b", "event"},
		{`{"id":"c","event":"no:such","data":{}}`, "c", "no:such"},
		{`{"id":"d"}`, "d", "event"},
		{`{"id":"e","event":"chats:create","data":[]}`, "e", "data"},
		{`{"id":"f","event":"chats:create","data":{"room":{}}}`, "f", "room"},
		{`{"id":"é","event":"chats:create"}`, "é", "ASCII"},
		{`{"id":"` + strings.Repeat("x", 129) + `","event":"chats:create"}`, strings.Repeat("x", 129), "128"},
		{`{"id":"g","event":"messages:new","data":{"message":"` + strings.Repeat("x", 2000) + `"}}`, "g", "2000 bytes"},
		{`{"event":"messages:new","data":{"message":"` + strings.Repeat("x", 2000) + `"},"id":"h"}`, "", "2000 bytes"},
	} {
		p.Raw([]byte(tc.frame))
		answer(tc.id, tc.about)
	}
	ctx, stop := servertest.ContextWithin(storetest.WaitFor)
	defer stop()
	require.NoError(t, p.WS.Write(ctx, websocket.MessageBinary, []byte(`{}`)))
	answer("", "binary")
	p.NewChat() // the connection goes on
	p.Raw([]byte(`{"id":"i","data":"` + strings.Repeat("x", 40_000) + `"}`))
	assert.EqualValues(t, 4009, p.Next(wire.EventBye)["code"])
}

func TestSocketNeedsAnUpgrade(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Rest("GET", "/socket", http.Header{}, "").RequireRefused(426, "WebSocket")
}

// A page asks whether there is a server, from whatever origin, before it makes a WebSocket.
func TestSocketIsThere(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	for _, path := range []string{"/v1/socket", "/v1/socket/"} {
		answer, err := w.HTTP.Client().Head(w.HTTP.URL + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, http.StatusNoContent, answer.StatusCode)
		assert.Equal(t, "*", answer.Header.Get("Access-Control-Allow-Origin"))
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{IdleAfter: time.Second})
	p := w.Open(t, w.Visitor("Vera"))
	for range 5 {
		p.NextFrame(wire.EventPing)
		p.Raw([]byte(`{"event":"pong"}`))
	}
	p.NewChat()
}

// A browser answers the pings of a WebSocket for a page that it has frozen. That is no
// sign of life.
func TestFrozenPage(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{IdleAfter: 300 * time.Millisecond})
	w.Open(t, w.Visitor("Vera")) // reads, and so answers pings of the WebSocket, but no frame
	require.Eventually(t, func() bool { return connectionsTo(w) == 0 }, storetest.WaitFor, storetest.Tick)
}

// A connection that died without a close is noticed.
func TestDeadConnection(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{IdleAfter: 50 * time.Millisecond})
	ctx, stop := servertest.ContextWithin(storetest.WaitFor)
	defer stop()
	_, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.HTTP.URL, "http")+"/v1/socket", nil) // never reads: never answers
	require.NoError(t, err)
	require.Eventually(t, func() bool { return connectionsTo(w) == 0 }, storetest.WaitFor, storetest.Tick)
}

func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Bye: 20 * time.Millisecond})
	p := w.Open(t, w.Visitor("Vera"))
	p.Rude = true
	polite := w.Open(t, w.Visitor("Paul"))
	closed := make(chan error, 1)
	go func() {
		ctx, stop := servertest.ContextWithin(storetest.WaitFor)
		defer stop()
		closed <- w.Server.Close(ctx)
	}()
	bye := p.Next(wire.EventBye)
	assert.EqualValues(t, 1001, bye["code"])
	assert.EqualValues(t, "server is going away", bye["reason"])
	polite.Next(wire.EventBye)
	polite.Ended()
	require.NoError(t, <-closed)
	p.Ended()
}

// Requests of one connection take effect in the order of arrival, and need not
// wait for each other's replies.
func TestPipelining(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessagesPerSecond: 100_000})
	visitor, agent, id := w.Conversation(t)
	const n = 1000
	var asked []string
	begin := time.Now()
	for i := range n {
		asked = append(asked, visitor.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", fmt.Sprint(i))))
	}
	for i, request := range asked {
		f := visitor.Reply(request)
		require.Nil(t, f.Error)
		require.Equal(t, fmt.Sprint(i), servertest.Dig(servertest.Parsed(f.Data), "message", "message"))
	}
	t.Logf("%d messages in %s", n, time.Since(begin))
	for i := range n {
		require.Equal(t, fmt.Sprint(i), servertest.Dig(agent.Next(chat.EventMessage), "message", "message"))
	}
}

func TestRateSlowsAndRefusesNothing(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessagesPerSecond: 50})
	visitor := w.Open(t, w.Visitor("Vera"))
	begin := time.Now()
	var asked []string
	for range 75 {
		asked = append(asked, visitor.Post("user:focus", nil))
	}
	for _, request := range asked {
		require.Nil(t, visitor.Reply(request).Error)
	}
	assert.Greater(t, time.Since(begin), 300*time.Millisecond)
}

// A client that does not read lags behind in the log, costs others nothing, and
// gets all of it when it reads again.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessagesPerSecond: 100_000})
	vera := w.Visitor("Vera")
	visitor := w.Open(t, vera)
	id := visitor.NewChat()
	ctx, stop := servertest.ContextWithin(time.Minute)
	defer stop()
	slow, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.HTTP.URL, "http")+"/v1/socket", nil)
	require.NoError(t, err)
	defer func() { _ = slow.CloseNow() }()
	open := wire.Frame{ID: "open", Event: wire.EventOpen, Data: wire.Raw(servertest.JSON(servertest.Obj("appId", "demo", "token", vera.Token)))}
	require.NoError(t, slow.Write(ctx, websocket.MessageText, open.Append(nil)))
	_, _, err = slow.Read(ctx)
	require.NoError(t, err)
	const n = 600
	text := strings.Repeat("x", 10_000) // 6 MB in all, more than the sockets' buffers hold
	for range n {
		visitor.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", text))
	}
	visitor.Say(id, "the last")
	prev := uint64(0)
	for i := 0; i <= n; i++ {
		slow.SetReadLimit(1 << 20)
		_, b, err := slow.Read(ctx)
		require.NoError(t, err)
		f, err := wire.Parse(b)
		require.NoError(t, err)
		if prev != 0 {
			require.Equal(t, prev, f.Prev)
		}
		prev = f.Seq
		require.Equal(t, fmt.Sprintf("%s.%d", id, i+1), servertest.Dig(servertest.Parsed(f.Data), "message", "id"))
	}
}
