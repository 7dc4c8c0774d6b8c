package server

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

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
)

//lint:file-ignore SA1019 the server's own WebSocket library

func contextWithin(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// peer is a client on a raw WebSocket. It holds every test to the contract: each
// seq and prev of a chat, of pushes, replies and snapshots, make one chain, and
// no act comes back to the connection that made it.
type peer struct {
	t  testing.TB
	ws *websocket.Conn
	l  login

	rude bool // does not close after bye
	twin bool // another connection sends the same requests, so that its acts may come first

	mu     sync.Mutex
	more   chan struct{}
	frames []wire.Frame      // in order of arrival
	taken  int               // frames that next has passed
	sent   map[string]string // requests by id: the chat each is about
	chain  map[string]uint64 // position in each chat
	wrong  []string          // what broke the contract
	err    error
	count  int
}

// dial connects without a session.
func (w *world) dial(t testing.TB) *peer {
	t.Helper()
	return w.dialFrom(t, "")
}

// dialFrom connects as a page of an origin does.
func (w *world) dialFrom(t testing.TB, origin string) *peer {
	t.Helper()
	var options websocket.DialOptions
	if origin != "" {
		options.HTTPHeader = http.Header{"Origin": {origin}}
	}
	ctx, stop := contextWithin(storetest.WaitFor)
	defer stop()
	ws, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.http.URL, "http")+"/v1/socket", &options)
	require.NoError(t, err)
	require.Equal(t, 101, answer.StatusCode)
	ws.SetReadLimit(64 << 20)
	p := &peer{t: t, ws: ws, more: make(chan struct{}), sent: map[string]string{}, chain: map[string]uint64{}}
	t.Cleanup(func() {
		p.leave()
		p.mu.Lock()
		defer p.mu.Unlock()
		assert.Empty(t, p.wrong)
	})
	go p.receive()
	return p
}

// open connects and opens the session.
func (w *world) open(t testing.TB, l login) *peer {
	t.Helper()
	p := w.dial(t)
	p.openSession(l, nil)
	return p
}

func (p *peer) openSession(l login, seen map[string]uint64) object {
	p.t.Helper()
	p.l = l
	p.mu.Lock()
	for id, seq := range seen {
		p.chain[id] = seq
	}
	p.mu.Unlock()
	return p.ask(wire.EventOpen, obj("appId", "demo", "token", l.token, "chats", seen))
}

func (p *peer) receive() {
	for {
		_, b, err := p.ws.Read(context.Background())
		p.mu.Lock()
		if err != nil {
			p.err = err
		} else if len(b) == 0 { // the library's, when the connection is closed in the middle of a frame
		} else if f, err := wire.Parse(b); err != nil {
			p.wrong = append(p.wrong, fmt.Sprintf("frame %s: %s", b, err))
		} else {
			p.hold(f)
			p.frames = append(p.frames, f)
			if f.Event == wire.EventBye && !p.rude {
				go p.leave()
			}
		}
		close(p.more)
		p.more = make(chan struct{})
		over := p.err != nil
		p.mu.Unlock()
		if over {
			return
		}
	}
}

// hold checks the contract; p.mu is held.
func (p *peer) hold(f wire.Frame) {
	d := parsed(f.Data)
	chatID, seq, prev := "", f.Seq, f.Prev
	if f.IsReply() {
		chatID = p.sent[f.ID]
		if list, ok := d["chats"].(object); ok {
			for id, c := range list {
				p.snapshot(id, c)
			}
		}
		if c, ok := d["chat"].(object); ok {
			p.snapshot(c["id"].(string), c)
			return
		}
		seq, prev = number(d["seq"]), number(d["prev"])
	} else {
		chatID, _ = d["chatId"].(string)
		if _, own := p.sent[f.EventID]; own && f.EventID != "" && !p.twin {
			p.wrong = append(p.wrong, fmt.Sprintf("own act came back: %s", f.Append(nil)))
		}
	}
	if seq == 0 || f.IsReply() && seq <= p.chain[chatID] { // a repeated request's reply stands where it stood
		return
	}
	if at, known := p.chain[chatID]; known && prev != at {
		p.wrong = append(p.wrong, fmt.Sprintf("chain of chat %s is at %d: %s", chatID, p.chain[chatID], f.Append(nil)))
	}
	p.chain[chatID] = seq
}

func (p *peer) snapshot(id string, c any) {
	if seq := number(dig(c, "seq")); seq != 0 {
		p.chain[id] = seq
	}
}

func number(v any) uint64 {
	n, _ := v.(float64)
	return uint64(n)
}

// post sends a request and gives its id.
func (p *peer) post(event string, d any) string {
	p.t.Helper()
	p.mu.Lock()
	p.count++
	id := fmt.Sprintf("%p-%d", p, p.count)
	p.mu.Unlock()
	p.postAs(id, event, d)
	return id
}

func (p *peer) postAs(id, event string, d any) {
	p.t.Helper()
	raw := data(d)
	o := parsed(wire.Raw(raw))
	about, _ := o["chatId"].(string)
	if m, ok := o["messageId"].(string); ok {
		about, _, _ = strings.Cut(m, ".")
	}
	p.mu.Lock()
	p.sent[id] = about
	p.mu.Unlock()
	f := wire.Frame{ID: id, Event: event, Data: wire.Raw(raw)}
	p.raw(f.Append(nil))
}

func (p *peer) raw(b []byte) {
	p.t.Helper()
	ctx, stop := contextWithin(storetest.WaitFor)
	defer stop()
	require.NoError(p.t, p.ws.Write(ctx, websocket.MessageText, b))
}

// ask sends a request and gives the reply's data.
func (p *peer) ask(event string, d any) object {
	p.t.Helper()
	f := p.reply(p.post(event, d))
	require.Nil(p.t, f.Error, "%s: %v", event, f.Error)
	return parsed(f.Data)
}

// refused sends a request that must fail, with this code and about this.
func (p *peer) refused(event string, d any, code int, about string) {
	p.t.Helper()
	f := p.reply(p.post(event, d))
	require.NotNil(p.t, f.Error, "%s gives %s", event, f.Data)
	require.Equal(p.t, code, f.Error.Code, f.Error.Message)
	require.Contains(p.t, f.Error.Message, about)
}

// reply waits for the reply to a request.
func (p *peer) reply(id string) wire.Frame {
	p.t.Helper()
	return p.find("reply to "+id, func(i int, f wire.Frame) bool { return f.IsReply() && f.ID == id })
}

// next waits for the next push of this name, passing what came before it.
func (p *peer) next(event string) object {
	p.t.Helper()
	return parsed(p.nextFrame(event).Data)
}

func (p *peer) nextFrame(event string) wire.Frame {
	p.t.Helper()
	return p.find("push "+event, func(i int, f wire.Frame) bool {
		if i < p.taken || f.Event != event {
			return false
		}
		p.taken = i + 1
		return true
	})
}

// find waits for a frame; fits is called under p.mu.
func (p *peer) find(what string, fits func(i int, f wire.Frame) bool) wire.Frame {
	p.t.Helper()
	deadline := time.After(storetest.WaitFor)
	looked := 0
	for {
		p.mu.Lock()
		for ; looked < len(p.frames); looked++ {
			if f := p.frames[looked]; fits(looked, f) {
				p.mu.Unlock()
				return f
			}
		}
		more, err, got := p.more, p.err, len(p.frames)
		p.mu.Unlock()
		require.NoError(p.t, err, "waiting for %s", what)
		select {
		case <-more:
		case <-deadline:
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, f := range p.frames[max(0, got-20):] {
				p.t.Logf("has %s", f.Append(nil))
			}
			require.Fail(p.t, "no "+what)
		}
	}
}

// events lists the names of the pushes that came, in order. It asks a question
// first, so that all that was under way is there.
func (p *peer) events() []string {
	p.t.Helper()
	p.ask("user:focus", nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	names := []string{}
	for _, f := range p.frames {
		if f.Event != "" {
			names = append(names, f.Event)
		}
	}
	return names
}

// ended waits until the connection is over.
func (p *peer) ended() {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err != nil
	}, storetest.WaitFor, storetest.Tick)
}

// leave closes the connection as a client does; cut breaks it.
func (p *peer) leave() { _ = p.ws.Close(websocket.StatusNormalClosure, "") }
func (p *peer) cut()   { _ = p.ws.CloseNow() }

// forget lets the chain of a chat begin anew.
func (p *peer) forget(chatID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.chain, chatID)
}

// position is the last seq of a chat that the peer has.
func (p *peer) position(chatID string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.chain[chatID]
}

// newChat makes a chat in room 1.
func (p *peer) newChat() string {
	p.t.Helper()
	return dig(p.ask(chat.EventCreate, obj("room", "1", "lang", "en", "source", "3")), "chat", "id").(string)
}

func (p *peer) onDuty() *peer {
	p.t.Helper()
	p.ask("agents:available", obj("available", true))
	return p
}

func (p *peer) say(chatID, text string) object {
	p.t.Helper()
	return p.ask(chat.EventMessage, obj("chatId", chatID, "message", text))
}

// activity waits for a user's activity of a kind.
func (p *peer) activity(userID, kind string) {
	p.t.Helper()
	for {
		if a := p.next(chat.EventActivity); a["userId"] == userID && a["type"] == kind {
			return
		}
	}
}

// invitations counts those that came, and those that have expired.
func (p *peer) invitations() (news, ends int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		switch {
		case f.Event == "invitations:new":
			news++
		case f.Event == "invitations:end" && dig(parsed(f.Data), "reason") == "expired":
			ends++
		}
	}
	return news, ends
}

// texts lists the messages that came, as pushes and as replies; p.mu is held.
func (p *peer) texts(chatID string) (list []any) {
	for _, f := range p.frames {
		_, acted := p.sent[f.ID]
		d := parsed(f.Data)
		if (f.Event == chat.EventMessage || acted && f.IsReply()) && dig(d, "message", "chat") == chatID {
			list = append(list, dig(d, "message", "message"))
		}
	}
	return list
}

// howMany counts the pushes of a name that came.
func (p *peer) howMany(event string) (n int) {
	for _, name := range p.events() {
		if name == event {
			n++
		}
	}
	return n
}

// place waits until the visitor is told of this place.
func (p *peer) place(chatID string, position int) {
	p.t.Helper()
	for {
		push := p.next(webhook.EventQueue)
		require.Equal(p.t, chatID, push["chatId"])
		require.GreaterOrEqual(p.t, dig(push, "data", "waitingTime"), 0.0)
		if dig(push, "data", "queuePosition") == float64(position) {
			return
		}
	}
}

// places lists the places that the visitor was told of, in order.
func (p *peer) places() (list []int) {
	p.ask("user:focus", nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		if f.Event == webhook.EventQueue {
			list = append(list, int(dig(parsed(f.Data), "data", "queuePosition").(float64)))
		}
	}
	return list
}

// take accepts the next invitation, which must be to this chat.
func (p *peer) take(id string) {
	p.t.Helper()
	require.Equal(p.t, id, p.next("invitations:new")["chatId"])
	p.ask("invitations:accept", obj("chatId", id))
}

// watch lets a supervisor read along.
func (p *peer) watch(chatID string) *peer {
	p.t.Helper()
	p.ask(chat.EventJoin, obj("chatId", chatID, "mode", "watch"))
	return p
}
