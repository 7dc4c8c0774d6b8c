package servertest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

// ContextWithin gives a context that ends after d. It does not depend on a test's
// context, so that it can be used while a test cleans up.
func ContextWithin(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// Peer is a client on a raw WebSocket. It holds every test to the contract: each
// seq and prev of a chat, of pushes, replies and snapshots, make one chain, and
// no act comes back to the connection that made it.
type Peer struct {
	T     testing.TB
	WS    *websocket.Conn
	Login Login

	Rude    bool // does not close after bye
	Twin    bool // another connection sends the same requests, so that its acts may come first
	Rejoins bool // leaves chats and comes back to them, so that it may miss entries between

	conn   *corkedConn
	number string // of a channel
	others        // of the socket's first connection: its channels

	Mu     sync.Mutex
	more   chan struct{}
	Frames []wire.Frame      // in order of arrival
	Taken  int               // frames that next has passed
	sent   map[string]string // requests by id: the chat each is about
	chain  map[string]uint64 // position in each chat
	wrong  []string          // what broke the contract
	Err    error
	count  int
}

// Dial connects without a session. A connection that fails ends the test. When the test
// ends, the Peer leaves, and the test fails if the server has broken the contract.
func (w *World) Dial(t testing.TB) *Peer {
	t.Helper()
	return w.DialFrom(t, "")
}

// DialFrom is Dial from a page of this origin; "" is no page.
func (w *World) DialFrom(t testing.TB, origin string) *Peer {
	t.Helper()
	if origin == "" {
		return w.DialWith(t, nil)
	}
	return w.DialWith(t, http.Header{"Origin": {origin}})
}

// DialWith is Dial with these headers.
func (w *World) DialWith(t testing.TB, h http.Header) *Peer {
	t.Helper()
	p := &Peer{T: t, more: make(chan struct{}), sent: map[string]string{}, chain: map[string]uint64{}}
	options := websocket.DialOptions{HTTPClient: p.client(), HTTPHeader: h}
	ctx, stop := ContextWithin(storetest.WaitFor)
	defer stop()
	ws, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.HTTP.URL, "http")+"/v1/socket", &options)
	require.NoError(t, err)
	require.Equal(t, 101, answer.StatusCode)
	ws.SetReadLimit(64 << 20)
	p.WS = ws
	p.cleanUp()
	go p.receive()
	return p
}

func (p *Peer) cleanUp() {
	p.T.Cleanup(func() {
		p.Leave()
		p.Mu.Lock()
		defer p.Mu.Unlock()
		assert.Empty(p.T, p.wrong)
	})
}

// Open connects and opens the user's session. The test ends if the server refuses.
func (w *World) Open(t testing.TB, l Login) *Peer {
	t.Helper()
	p := w.Dial(t)
	p.OpenSession(l, nil)
	return p
}

// OpenSession opens a session, resumes the chats in seen after the positions there, and
// gives the reply's data. The test ends if the server refuses.
func (p *Peer) OpenSession(l Login, seen map[string]uint64) Object {
	p.T.Helper()
	p.Login = l
	p.Mu.Lock()
	for id, seq := range seen {
		p.chain[id] = seq
	}
	p.Mu.Unlock()
	return p.Ask(wire.EventOpen, Obj("appId", "demo", "token", l.Token, "chats", seen))
}

func (p *Peer) receive() {
	for {
		_, b, err := p.WS.Read(context.Background())
		if err != nil {
			p.take(nil, err)
			p.endChannels(err)
			return
		}
		if len(b) > 0 { // an empty one is the library's, when the connection is closed in the middle of a frame
			p.route(b)
		}
	}
}

// take notes a frame, or what has ended the connection.
func (p *Peer) take(b []byte, err error) {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	if err != nil {
		p.Err = err
	} else if f, err := wire.Parse(b); err != nil {
		p.wrong = append(p.wrong, fmt.Sprintf("frame %s: %s", b, err))
	} else {
		p.hold(f)
		p.Frames = append(p.Frames, f)
		if f.Event == wire.EventBye && !p.Rude {
			go p.Leave()
		}
	}
	close(p.more)
	p.more = make(chan struct{})
}

// hold checks the contract; p.mu is held.
func (p *Peer) hold(f wire.Frame) {
	d := Parsed(f.Data)
	chatID, seq, prev := "", f.Seq, f.Prev
	if f.IsReply() {
		chatID = p.sent[f.ID]
		if list, ok := d["chats"].(Object); ok {
			for id, c := range list {
				p.snapshot(id, c)
			}
		}
		if c, ok := d["chat"].(Object); ok {
			p.snapshot(c["id"].(string), c)
			return
		}
		seq, prev = number(d["seq"]), number(d["prev"])
	} else {
		chatID, _ = d["chatId"].(string)
		if _, own := p.sent[f.EventID]; own && f.EventID != "" && !p.Twin {
			p.wrong = append(p.wrong, fmt.Sprintf("own act came back: %s", f.Append(nil)))
		}
	}
	if seq == 0 || f.IsReply() && seq <= p.chain[chatID] { // a repeated request's reply stands where it stood
		return
	}
	if at, known := p.chain[chatID]; known && prev != at && !p.Rejoins {
		p.wrong = append(p.wrong, fmt.Sprintf("chain of chat %s is at %d: %s", chatID, p.chain[chatID], f.Append(nil)))
	}
	p.chain[chatID] = seq
}

func (p *Peer) snapshot(id string, c any) {
	if seq := number(Dig(c, "seq")); seq != 0 {
		p.chain[id] = seq
	}
}

func number(v any) uint64 {
	n, _ := v.(float64)
	return uint64(n)
}

// Post sends a request and gives its id for Reply. It waits for no reply.
func (p *Peer) Post(event string, d any) string {
	p.T.Helper()
	p.Mu.Lock()
	p.count++
	id := fmt.Sprintf("%p-%d", p, p.count)
	p.Mu.Unlock()
	p.PostAs(id, event, d)
	return id
}

// PostAs sends a request with this id, and waits for no reply.
func (p *Peer) PostAs(id, event string, d any) {
	p.T.Helper()
	raw := JSON(d)
	o := Parsed(wire.Raw(raw))
	about, _ := o["chatId"].(string)
	if m, ok := o["messageId"].(string); ok {
		about, _, _ = strings.Cut(m, ".")
	}
	p.Mu.Lock()
	p.sent[id] = about
	p.Mu.Unlock()
	f := wire.Frame{ID: id, Event: event, Data: wire.Raw(raw)}
	p.Raw(f.Append(nil))
}

// Raw sends a text frame as it is, on a channel with its number.
func (p *Peer) Raw(b []byte) {
	p.T.Helper()
	ctx, stop := ContextWithin(storetest.WaitFor)
	defer stop()
	require.NoError(p.T, p.WS.Write(ctx, websocket.MessageText, append([]byte(p.number), b...)))
}

// Ask sends a request and gives the reply's data. The test ends if the reply is an error
// or does not come in time.
func (p *Peer) Ask(event string, d any) Object {
	p.T.Helper()
	f := p.Reply(p.Post(event, d))
	require.Nil(p.T, f.Error, "%s: %v", event, f.Error)
	return Parsed(f.Data)
}

// Refused sends a request, and ends the test unless the reply is an error with this code
// and a message that contains about.
func (p *Peer) Refused(event string, d any, code int, about string) {
	p.T.Helper()
	f := p.Reply(p.Post(event, d))
	require.NotNil(p.T, f.Error, "%s gives %s", event, f.Data)
	require.Equal(p.T, code, f.Error.Code, f.Error.Message)
	require.Contains(p.T, f.Error.Message, about)
}

// Reply waits for the reply to the request with this id, and gives it, error or not.
func (p *Peer) Reply(id string) wire.Frame {
	p.T.Helper()
	return p.Find("reply to "+id, func(_ int, f wire.Frame) bool { return f.IsReply() && f.ID == id })
}

// Next waits for the next push of this name, passing what came before it.
func (p *Peer) Next(event string) Object {
	p.T.Helper()
	return Parsed(p.NextFrame(event).Data)
}

// NextFrame is Next, and gives the whole frame.
func (p *Peer) NextFrame(event string) wire.Frame {
	p.T.Helper()
	return p.Find("push "+event, func(i int, f wire.Frame) bool {
		if i < p.Taken || f.Event != event {
			return false
		}
		p.Taken = i + 1
		return true
	})
}

// Find waits for the first frame that fits, also among those that came before. It calls
// fits with p.Mu held. The test ends, and logs the last frames, if the connection ends
// or no frame fits within storetest.WaitFor.
func (p *Peer) Find(what string, fits func(i int, f wire.Frame) bool) wire.Frame {
	p.T.Helper()
	deadline := time.After(storetest.WaitFor)
	looked := 0
	for {
		p.Mu.Lock()
		for ; looked < len(p.Frames); looked++ {
			if f := p.Frames[looked]; fits(looked, f) {
				p.Mu.Unlock()
				return f
			}
		}
		more, err, got := p.more, p.Err, len(p.Frames)
		p.Mu.Unlock()
		require.NoError(p.T, err, "waiting for %s", what)
		select {
		case <-more:
		case <-deadline:
			p.Mu.Lock()
			defer p.Mu.Unlock()
			for _, f := range p.Frames[max(0, got-20):] {
				p.T.Logf("has %s", f.Append(nil))
			}
			require.Fail(p.T, "no "+what)
		}
	}
}

// Events lists the names of the pushes that came, in order. It asks a question
// first, so that all that was under way is there.
func (p *Peer) Events() []string {
	p.T.Helper()
	p.Ask("user:focus", nil)
	p.Mu.Lock()
	defer p.Mu.Unlock()
	names := []string{}
	for _, f := range p.Frames {
		if f.Event != "" {
			names = append(names, f.Event)
		}
	}
	return names
}

// Ended waits until the connection has ended. The test ends if it does not.
func (p *Peer) Ended() {
	p.T.Helper()
	require.Eventually(p.T, func() bool {
		p.Mu.Lock()
		defer p.Mu.Unlock()
		return p.Err != nil
	}, storetest.WaitFor, storetest.Tick)
}

// Leave closes the connection as a client does. It may be called again.
func (p *Peer) Leave() {
	if p.number != "" {
		p.leaveChannel()
		return
	}
	_ = p.WS.Close(websocket.StatusNormalClosure, "")
}

// Cut breaks the connection without a closing handshake.
func (p *Peer) Cut() { _ = p.WS.CloseNow() }

// Forget makes the next seq of a chat the start of a new chain.
func (p *Peer) Forget(chatID string) {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	delete(p.chain, chatID)
}

// Position gives the last seq of a chat that the Peer has; 0 if it has none.
func (p *Peer) Position(chatID string) uint64 {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	return p.chain[chatID]
}
