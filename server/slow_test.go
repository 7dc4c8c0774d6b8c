package server_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// bare is a WebSocket without a library, which does what no library would.
type bare struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// bareSocket connects with a small window, so that it is soon full.
func bareSocket(w *servertest.World, t testing.TB) bare { return bareSocketOf(w, t, 4<<10) }

func bareSocketOf(w *servertest.World, t testing.TB, window int) bare {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.HTTP.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.(*net.TCPConn).SetReadBuffer(window))
	b := bare{c, t, bufio.NewReaderSize(c, 16)}
	_, err = io.WriteString(c, "GET /v1/socket HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	require.NoError(t, err)
	answer, err := http.ReadResponse(b.in, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, answer.StatusCode)
	return b
}

// framed is a text with its header, in a mask of zeros (RFC 6455 section 5.2).
func framed(text []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	return append(append(head, 0, 0, 0, 0), text...)
}

// opening is the frame that opens a session.
func opening(l servertest.Login) []byte {
	f := wire.Frame{ID: "open", Event: wire.EventOpen, Data: wire.Raw(servertest.JSON(servertest.Obj("appId", "demo", "token", l.Token)))}
	return framed(f.Append(nil))
}

func (b bare) open(l servertest.Login) {
	b.t.Helper()
	_, err := b.Write(opening(l))
	require.NoError(b.t, err)
	_, err = b.in.ReadString('{') // of the reply
	require.NoError(b.t, err)
}

// closed waits until the server has ended the connection, and discards what comes before.
func (b bare) closed() {
	b.t.Helper()
	require.NoError(b.t, b.SetReadDeadline(time.Now().Add(storetest.WaitFor)))
	_, err := io.Copy(io.Discard, b.Conn)
	require.NotErrorIs(b.t, err, os.ErrDeadlineExceeded, "the connection is still there")
}

// lines are what a server logs.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(about string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), about)
}

// connectionsTo counts the connections of the server.
func connectionsTo(w *servertest.World) int {
	return roomsOf(w).Hub.Count()
}

// floodChat puts messages into a chat, as fast as the log takes them.
func floodChat(w *servertest.World, id, sender string, n, size int) {
	w.T.Helper()
	text := strings.Repeat("x", size)
	for range n {
		_, err := roomsOf(w).Log.Append(w.T.Context(), ids.Key{App: "demo", ID: id}, chatlog.Act{By: sender, Event: chat.EventMessage}, func(f *chatstate.Folded) (wire.Raw, error) {
			message := chatstate.MessageJSON(id, len(f.Messages), sender, "text", text, ids.Unix(time.Now())).Done()
			return wire.NewObject(nil).Str("chatId", id).Str("userId", sender).Raw("message", message).Done(), nil
		})
		require.NoError(w.T, err)
	}
}

// used is what the process has on its heap and stacks, in bytes.
func used() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// For clients that read nothing the server keeps no messages in memory, and the others
// are not slowed down.
func TestWhoReadsNothingIsBounded(t *testing.T) {
	const clients, messages, size = 3, 6_000, 1000
	w := servertest.New(t, server.Limits{WriteWithin: time.Hour})
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	var stuck []bare
	for range clients {
		b := bareSocket(w, t)
		b.open(visitor.Login)
		stuck = append(stuck, b)
	}
	floodChat(w, id, visitor.Login.ID, messages, size)
	require.Eventually(t, func() bool { return visitor.HowMany(chat.EventMessage) == messages }, 3*storetest.WaitFor, 10*storetest.Tick, "who reads gets all")
	with := used()
	for _, b := range stuck {
		require.NoError(t, b.Close())
	}
	require.Eventually(t, func() bool { return connectionsTo(w) == 1 }, storetest.WaitFor, storetest.Tick)
	held := with - used()
	t.Logf("%d bytes for %d clients, for whom %d messages wait", held, clients, messages)
	assert.Less(t, held, int64(clients*messages*size/4), "not what waits for them")
}

// A client that reads nothing is cut off, and the log says why.
func TestWhoReadsNothingIsCut(t *testing.T) {
	log := &lines{}
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Limits: server.Limits{WriteWithin: time.Second}, Logger: slog.New(slog.NewTextHandler(log, nil))})
	vera := w.Visitor("Vera")
	id := w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Text("chat", "id")
	bareSocket(w, t).open(vera)
	floodChat(w, id, vera.ID, 600, 10_000) // more than the sockets' buffers hold
	require.Eventually(t, func() bool { return connectionsTo(w) == 0 }, storetest.WaitFor, storetest.Tick)
	assert.Equal(t, 1, log.count("does not read what it is sent"))
	assert.Equal(t, 1, log.count("user="+vera.ID))
	again := w.Dial(t)
	again.Login = vera
	again.Ask(wire.EventOpen, servertest.Obj("appId", "demo", "token", vera.Token, "inParts", true)) // no frame takes a second to read
	again.Say(id, "who reads goes on")
}

// A frame that never ends, or comes a byte at a time, holds up nothing and ends
// with the connection; so does a session that is never opened.
func TestWhoNeverGetsToTheEnd(t *testing.T) {
	w := servertest.New(t, server.Limits{IdleAfter: 300 * time.Millisecond, OpenWithin: 300 * time.Millisecond, Bye: 50 * time.Millisecond})
	vera := w.Visitor("Vera")
	long := framed(bytes.Repeat([]byte(" "), 60_000))
	for name, act := range map[string]func(bare){
		"says nothing":                    func(b bare) {},
		"opens the session byte for byte": func(b bare) { go drip(b, opening(vera)) },
		"half an opening":                 func(b bare) { _, _ = b.Write(opening(vera)[:30]) },
		"half a frame":                    func(b bare) { b.open(vera); _, _ = b.Write(long[:30_000]) },
		"a frame byte for byte":           func(b bare) { b.open(vera); go drip(b, long) },
	} {
		t.Run(name, func(t *testing.T) {
			b := bareSocket(w, t)
			act(b)
			b.closed()
		})
	}
}

// drip writes slowly until the connection ends.
func drip(to io.Writer, b []byte) {
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for i := range b {
		<-beat.C
		if _, err := to.Write(b[i : i+1]); err != nil {
			return
		}
	}
}
