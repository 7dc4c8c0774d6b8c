package server

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
	"parley/server/internal/gateway"
	"parley/server/internal/storetest"
)

//lint:file-ignore SA1019 the server's own WebSocket library

func TestRequestsNeedASession(t *testing.T) {
	w := newWorld(t, Limits{})
	p := w.dial(t)
	p.refused(chat.EventCreate, obj("room", "1"), 401, wire.EventOpen)
	p.refused("no:such", nil, 401, wire.EventOpen)
	p.raw([]byte(`{"event":"ping"}`))
	p.nextFrame(wire.EventPong)
	vera := w.visitor("Vera")
	reply := p.openSession(vera, nil)
	assert.Equal(t, vera.id, dig(reply, "user", "id"))
	assert.Equal(t, object{}, reply["chats"])
	assert.EqualValues(t, 10_000, dig(reply, "limits", "message"))
	assert.EqualValues(t, 256<<10, dig(reply, "limits", "frame"))
	p.refused(wire.EventOpen, obj("appId", "demo", "token", vera.token), 409, "open already")
	p.newChat()
}

// A refused session gets its error, then bye; the server leaves the closing to
// the client.
func TestRefusedSession(t *testing.T) {
	w := newWorld(t, Limits{Bye: time.Minute})
	good := w.visitor("Vera")
	for _, tc := range []struct {
		name, about string
		data        object
		code        int
	}{
		{"wrong token", "token", obj("appId", "demo", "token", "nonsense"), 401},
		{"no token", "token", obj("appId", "demo"), 400},
		{"token of the wrong type", "token", obj("appId", "demo", "token", 5), 400},
		{"unknown app", "app", obj("appId", "nope", "token", good.token), 401},
		{"chats of the wrong type", "chats", obj("appId", "demo", "token", good.token, "chats", []int{1}), 400},
		{"position of the wrong type", "chats", obj("appId", "demo", "token", good.token, "chats", obj("x", "y")), 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := w.dial(t)
			p.rude = true
			p.refused(wire.EventOpen, tc.data, tc.code, tc.about)
			bye := p.next(wire.EventBye)
			assert.EqualValues(t, gateway.ByeSession, bye["code"])
			assert.NotEmpty(t, bye["reason"])
			assert.Contains(t, bye, "retryAfter")
			err := p.ws.Close(websocket.StatusNormalClosure, "")
			p.ended()
			if err != nil { // then the answer to the close was read by the peer's own loop
				assert.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(p.err), "the server left the closing to the client: %v", p.err)
			}
		})
	}
}

func TestByeWithoutSession(t *testing.T) {
	w := newWorld(t, Limits{OpenWithin: 20 * time.Millisecond, Bye: 20 * time.Millisecond})
	p := w.dial(t)
	p.rude = true
	assert.EqualValues(t, gateway.ByeNotOpened, p.next(wire.EventBye)["code"])
	p.ended() // who does not close is cut
}

func TestMalformedFrames(t *testing.T) {
	w := newWorld(t, Limits{FrameBytes: 2000})
	p := w.open(t, w.visitor("Vera"))
	answer := func(id string, about string) wire.Frame {
		t.Helper()
		return p.find("error about "+about, func(i int, f wire.Frame) bool {
			if i < p.taken || f.Error == nil || f.ID != id || !strings.Contains(f.Error.Message, about) {
				return false
			}
			p.taken = i + 1
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
		p.raw([]byte(tc.frame))
		answer(tc.id, tc.about)
	}
	ctx, stop := contextWithin(storetest.WaitFor)
	defer stop()
	require.NoError(t, p.ws.Write(ctx, websocket.MessageBinary, []byte(`{}`)))
	answer("", "binary")
	p.newChat() // the connection goes on
	p.raw([]byte(`{"id":"i","data":"` + strings.Repeat("x", 40_000) + `"}`))
	assert.EqualValues(t, gateway.ByeFrameLimit, p.next(wire.EventBye)["code"])
}

func TestSocketNeedsAnUpgrade(t *testing.T) {
	w := newWorld(t, Limits{})
	w.rest("GET", "/socket", http.Header{}, "").requireRefused(426, "WebSocket")
}

func TestHeartbeat(t *testing.T) {
	w := newWorld(t, Limits{IdleAfter: 150 * time.Millisecond})
	p := w.open(t, w.visitor("Vera"))
	for range 5 { // nobody is cut who does not answer, as long as the WebSocket lives
		p.nextFrame(wire.EventPing)
	}
	p.newChat()
}

// A peer that is gone without a word is noticed.
func TestDeadConnection(t *testing.T) {
	w := newWorld(t, Limits{IdleAfter: 50 * time.Millisecond})
	ctx, stop := contextWithin(storetest.WaitFor)
	defer stop()
	_, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.http.URL, "http")+"/v1/socket", nil) // never reads: never answers
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		roomsOf(w).Hub.LifeMu.Lock()
		defer roomsOf(w).Hub.LifeMu.Unlock()
		return len(roomsOf(w).Hub.Conns) == 0
	}, storetest.WaitFor, storetest.Tick)
}

func TestServerGoesAway(t *testing.T) {
	w := newWorld(t, Limits{Bye: 20 * time.Millisecond})
	p := w.open(t, w.visitor("Vera"))
	p.rude = true
	polite := w.open(t, w.visitor("Paul"))
	closed := make(chan error, 1)
	go func() {
		ctx, stop := contextWithin(storetest.WaitFor)
		defer stop()
		closed <- w.server.Close(ctx)
	}()
	bye := p.next(wire.EventBye)
	assert.EqualValues(t, 1001, bye["code"])
	assert.EqualValues(t, "server is going away", bye["reason"])
	polite.next(wire.EventBye)
	polite.ended()
	require.NoError(t, <-closed)
	p.ended()
}

// Requests of one connection take effect in the order of arrival, and need not
// wait for each other's replies.
func TestPipelining(t *testing.T) {
	w := newWorld(t, Limits{MessagesPerSecond: 100_000})
	visitor, agent, id := w.conversation(t)
	const n = 1000
	var asked []string
	begin := time.Now()
	for i := range n {
		asked = append(asked, visitor.post(chat.EventMessage, obj("chatId", id, "message", fmt.Sprint(i))))
	}
	for i, request := range asked {
		f := visitor.reply(request)
		require.Nil(t, f.Error)
		require.Equal(t, fmt.Sprint(i), dig(parsed(f.Data), "message", "message"))
	}
	t.Logf("%d messages in %s", n, time.Since(begin))
	for i := range n {
		require.Equal(t, fmt.Sprint(i), dig(agent.next(chat.EventMessage), "message", "message"))
	}
}

func TestRateSlowsAndRefusesNothing(t *testing.T) {
	w := newWorld(t, Limits{MessagesPerSecond: 50})
	visitor := w.open(t, w.visitor("Vera"))
	begin := time.Now()
	var asked []string
	for range 75 {
		asked = append(asked, visitor.post("user:focus", nil))
	}
	for _, request := range asked {
		require.Nil(t, visitor.reply(request).Error)
	}
	assert.Greater(t, time.Since(begin), 300*time.Millisecond)
}

// A client that does not read lags behind in the log, costs others nothing, and
// gets all of it when it reads again.
func TestSlowReader(t *testing.T) {
	w := newWorld(t, Limits{MessagesPerSecond: 100_000})
	vera := w.visitor("Vera")
	visitor := w.open(t, vera)
	id := visitor.newChat()
	ctx, stop := contextWithin(time.Minute)
	defer stop()
	slow, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.http.URL, "http")+"/v1/socket", nil)
	require.NoError(t, err)
	defer func() { _ = slow.CloseNow() }()
	open := wire.Frame{ID: "open", Event: wire.EventOpen, Data: wire.Raw(data(obj("appId", "demo", "token", vera.token)))}
	require.NoError(t, slow.Write(ctx, websocket.MessageText, open.Append(nil)))
	_, _, err = slow.Read(ctx)
	require.NoError(t, err)
	const n = 600
	text := strings.Repeat("x", 10_000) // 6 MB in all, more than the sockets' buffers hold
	for range n {
		visitor.post(chat.EventMessage, obj("chatId", id, "message", text))
	}
	visitor.say(id, "the last")
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
		require.Equal(t, fmt.Sprintf("%s.%d", id, i+1), dig(parsed(f.Data), "message", "id"))
	}
}
