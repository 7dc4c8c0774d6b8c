package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/server/internal/address"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

// notedSocket notes what is written.
type notedSocket struct {
	socket
	mu        sync.Mutex
	written   []string
	discarded bool
}

func (s *notedSocket) write(frame []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = append(s.written, string(frame))
	return nil
}

func (s *notedSocket) flush(time.Duration) error { return nil }

func (s *notedSocket) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discarded = true
}

// carrying gives the first connection of a socket, and a channel that nobody reads.
func carrying(t *testing.T) (*channels, *channel) {
	first := newConn(testHub(t), &notedSocket{}, address.Sender{Origin: "https://page", Host: "host"})
	ch := newChannel(first, 7)
	return &channels{first: first, live: map[int]*channel{7: ch}, greatest: 7, places: make(chan struct{}, maxChannels)}, ch
}

func TestAChannelIsOfItsSocket(t *testing.T) {
	s, ch := carrying(t)
	assert.Equal(t, "https://page", ch.conn.Origin)
	assert.Equal(t, "host", ch.conn.Host)
	assert.Same(t, s.first.listening, ch.conn.listening)
	assert.NotEqual(t, s.first.ID, ch.conn.ID)
}

// Whoever brings a channel more than it reads waits, whether frames are many or long, and
// no longer than the channel and the socket are there.
func TestAChannelThatReadsNothing(t *testing.T) {
	for name, over := range map[string]func(*channels, *channel){
		"until it reads":      func(_ *channels, ch *channel) { _, _ = ch.take() },
		"until it ends":       func(_ *channels, ch *channel) { ch.discard() },
		"until its socket is": func(s *channels, _ *channel) { s.first.cancel() },
	} {
		for length := 1; length <= 1<<20; length *= 8 {
			t.Run(fmt.Sprint(name, length), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, ch := carrying(t)
					handed := 0
					for ch.put(unread{text: make([]byte, length)}) {
						handed++
					}
					assert.Equal(t, max(1, maxUnreadBytes/length), handed)
					var bringing sync.WaitGroup
					done := false
					bringing.Go(func() {
						s.hand(ch, unread{text: make([]byte, length)})
						done = true
					})
					synctest.Wait()
					assert.False(t, done)
					over(s, ch)
					bringing.Wait()
					assert.LessOrEqual(t, ch.bytes, max(maxUnreadBytes, length))
				})
			})
		}
	}
}

// opener lets no session be opened, and takes its time.
type opener struct {
	Service
	began, over chan struct{}
}

func (s *opener) Open(context.Context, *Conn, *op.Params) (op.Result, error) {
	close(s.began)
	<-s.over
	return op.Result{}, errors.New("no")
}

func (*opener) Answered(op.Answered) {}

// While a request of a channel takes its time the server reads no more than it keeps, and
// goes on afterwards.
func TestASlowRequestOnAChannel(t *testing.T) {
	h, s := testHub(t), &opener{began: make(chan struct{}), over: make(chan struct{})}
	h.options.OpenWithin, h.options.IdleAfter = time.Hour, time.Hour
	h.options.Meter = limit.NewMeter(limit.Table{})
	h.table, h.service = &op.Table{}, s
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { assert.NoError(t, h.Serve(w, r)) }))
	defer web.Close()
	client, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil)
	require.NoError(t, err)
	defer func() { _ = client.CloseNow() }()
	say := func(frame string) bool {
		return assert.NoError(t, client.Write(t.Context(), websocket.MessageText, []byte(frame)))
	}
	say(`1{"id":"a","event":"session:open"}`)
	<-s.began
	var ch *channel
	for c := range h.conns {
		if c.number == "1" {
			ch = c.socket.(*channel)
		}
	}
	memory := func() int {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		return ch.bytes
	}
	var flood sync.WaitGroup
	flood.Go(func() {
		for n := 0; n < 190 && say(`1{"event":"pong","data":"`+strings.Repeat("x", 450)+`"}`); n++ { // not so many that they are read slowly
		}
		say(`{"event":"ping"}`)
	})
	require.Eventually(t, func() bool { return memory() > maxUnreadBytes-1024 }, time.Minute, time.Millisecond)
	close(s.over)
	for frame := ""; frame != `{"event":"pong"}`; {
		_, b, err := client.Read(t.Context())
		require.NoError(t, err)
		frame = string(b)
		assert.LessOrEqual(t, memory(), maxUnreadBytes)
	}
	flood.Wait()
	require.NoError(t, client.Close(websocket.StatusNormalClosure, ""))
	h.Wait()
}

// Who is not listened to is not silent.
func TestSilenceIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ch := carrying(t)
		wait := func(d time.Duration) {
			s.first.listening.begin()
			<-time.After(d)
			s.first.listening.end()
		}
		wait(time.Second)
		<-time.After(time.Hour) // the reader is held up
		assert.Equal(t, time.Second, ch.conn.idle())
		wait(2 * time.Second)
		assert.Equal(t, 3*time.Second, ch.conn.idle())
		assert.Equal(t, 3*time.Second, s.first.idle())
		s.hand(ch, unread{text: []byte("{}")})
		assert.Zero(t, ch.conn.idle())
		assert.Equal(t, 3*time.Second, s.first.idle(), "each is heard for itself")
		s.first.listening.begin()
		<-time.After(time.Second)
		assert.Equal(t, time.Second, ch.conn.idle(), "while the reader waits")
		assert.Zero(t, newChannel(s.first, 8).conn.idle(), "it begins with a frame")
	})
}

// The end of a channel is said by one side.
func TestTheEndOfAChannelIsSaidOnce(t *testing.T) {
	s, ch := carrying(t)
	ch.hangUp()
	ch.discard()
	written := s.first.socket.(*notedSocket)
	assert.Empty(t, written.written, "the client has said it")
	_, ch = carrying(t)
	written = ch.socket.(*notedSocket)
	ch.discard()
	ch.discard()
	assert.Equal(t, []string{"7"}, written.written)
	assert.False(t, written.discarded)
}

// What a channel was sent before its end is read.
func TestChannelReadsBeforeItEnds(t *testing.T) {
	s, ch := carrying(t)
	s.hand(ch, unread{text: []byte("{1}")})
	s.hand(ch, unread{text: []byte("{2}"), tooLong: true})
	ch.hangUp()
	b, isText, err := ch.read(t.Context(), nil)
	require.NoError(t, err)
	assert.True(t, isText)
	assert.Equal(t, "{1}", string(b))
	assert.True(t, ch.more())
	b, _, err = ch.read(t.Context(), nil)
	assert.ErrorIs(t, err, errFrameTooLong)
	assert.Equal(t, "{2}", string(b))
	_, _, err = ch.read(t.Context(), nil)
	assert.Error(t, err)
}

// Connections by HTTP carry channels too.
func TestChannelsByHTTP(t *testing.T) {
	h := testHub(t)
	ask := func(text string) []string {
		var answer []byte
		require.NoError(t, h.Exchange(context.Background(), address.Sender{}, []byte(text+"\nend"), func(a []byte) { answer = a }))
		return strings.Split(strings.TrimSuffix(string(answer), "\nend"), "\n")
	}
	id := ask("open")[0]
	ask("send " + id + " 1\n" + `1{"event":"ping"}` + "\n" + `2{"event":"ping"}` + "\n" + `{"event":"ping"}`)
	got := map[string]bool{}
	for n := 1; len(got) < 3; n++ {
		for _, frame := range ask(fmt.Sprint("poll ", id, " ", n)) {
			got[frame] = true
		}
	}
	assert.Equal(t, map[string]bool{`{"event":"pong"}`: true, `1{"event":"pong"}`: true, `2{"event":"pong"}`: true}, got)
	assert.Equal(t, 1, h.Sockets())
	ask("close " + id)
	h.Wait()
}
