package gateway

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"
)

// countedConn counts the writes to a connection.
type countedConn struct {
	net.Conn
	writes int
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.writes++
	return c.Conn.Write(b)
}

// accepted gives both ends of a WebSocket.
func accepted(t *testing.T) (s *webSocket, client *websocket.Conn) {
	t.Helper()
	made, over := make(chan *webSocket), make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := accept(w, r, 1<<20)
		if assert.NoError(t, err) {
			made <- s
			<-over
		}
	}))
	t.Cleanup(web.Close)
	t.Cleanup(func() { close(over) })
	client, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil)
	require.NoError(t, err)
	client.SetReadLimit(-1)
	t.Cleanup(func() { _ = client.CloseNow() })
	return <-made, client
}

// Frames of every length that are written before a flush go out by one write.
func TestFramesGoOutTogether(t *testing.T) {
	s, client := accepted(t)
	conn := &countedConn{Conn: s.conn}
	s.conn = conn
	lengths := []int{0, 1, 125, 126, 4000, 0, 2}
	for _, n := range lengths {
		require.NoError(t, s.write(bytes.Repeat([]byte("x"), n), time.Minute))
	}
	assert.Equal(t, 0, conn.writes)
	require.NoError(t, s.flush(time.Minute))
	require.NoError(t, s.flush(time.Minute), "nothing is left")
	assert.Equal(t, 1, conn.writes)
	for _, n := range []int{1<<16 - 1, 1 << 16, 1 << 18} {
		lengths = append(lengths, n)
		var writing sync.WaitGroup
		writing.Go(func() {
			assert.NoError(t, s.write(bytes.Repeat([]byte("x"), n), time.Minute), "long ones do not wait for flush")
		})
		for len(lengths) > 0 {
			kind, got, err := client.Read(t.Context())
			require.NoError(t, err)
			assert.Equal(t, websocket.MessageText, kind)
			assert.Len(t, got, lengths[0])
			lengths = lengths[1:]
		}
		writing.Wait()
	}
	assert.Equal(t, 1+2+2+5, conn.writes, "in parts, each of which has the time")
}

// A client that reads nothing is noticed within the time.
func TestFlushEnds(t *testing.T) {
	s, _ := accepted(t)
	frame := make([]byte, 1<<20)
	var err error
	for err == nil {
		err = s.write(frame, 20*time.Millisecond)
	}
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, s.write([]byte("x"), time.Minute))
	assert.ErrorIs(t, s.flush(time.Minute), net.ErrClosed, "nothing follows a part of a frame")
}

// The time for a flush does not bind what the library writes later: answers to pings and
// close frames.
func TestFlushIsNoDeadlineForLater(t *testing.T) {
	s, client := accepted(t)
	const within = 100 * time.Millisecond
	require.NoError(t, s.write([]byte("x"), within))
	require.NoError(t, s.flush(within))
	flushed := time.Now()
	_, _, err := client.Read(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return time.Since(flushed) > within }, time.Minute, within/10)
	var reading sync.WaitGroup
	reading.Go(func() {
		_, _, err := s.read(t.Context(), func() {})
		assert.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(err), "%v", err)
	})
	reading.Go(func() {
		_, _, err := client.Read(t.Context())
		assert.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(err), "the answer to its close frame: %v", err)
	})
	assert.NoError(t, client.Ping(t.Context()))
	_ = client.Close(websocket.StatusNormalClosure, "") // the reader has the answer
	reading.Wait()
}

// Only a whole text message counts as there: for anything else the reader may have to wait.
func TestMore(t *testing.T) {
	masked := func(first byte, length ...byte) []byte { return append(append([]byte{first}, length...), 1, 2, 3, 4) }
	short := append(masked(0x81, 0x80|2), "hi"...)
	long := append(masked(0x81, 0x80|126, 0x01, 0x00), make([]byte, 256)...)
	for _, tc := range []struct {
		name string
		in   []byte
		want bool
	}{
		{"nothing", nil, false},
		{"a message", short, true},
		{"a message and a part", append(bytes.Clone(short), 0x81), true},
		{"a part of a header", short[:3], false},
		{"a part of a message", short[:len(short)-1], false},
		{"a long message", long, true},
		{"a part of a long message", long[:len(long)-1], false},
		{"a very long message", masked(0x81, 0x80|127, 0, 0, 0, 0, 0, 1, 0, 0), false},
		{"a fragment", append(masked(0x01, 0x80|2), "hi"...), false},
		{"a ping", masked(0x89, 0x80), false},
		{"a binary message", append(masked(0x82, 0x80|2), "hi"...), false},
	} {
		in := bufio.NewReader(bytes.NewReader(tc.in))
		_, _ = in.Peek(1) // fills it
		assert.Equal(t, tc.want, (&webSocket{in: in}).more(), tc.name)
	}
}

// lastingConn is not closed for the one who writes to it, as in the moment between the
// library's close frame and its end of the connection.
type lastingConn struct{ countedConn }

func (c *lastingConn) SetWriteDeadline(time.Time) error { return nil }

// Nothing follows the answer to the client's close frame.
func TestNothingAfterTheCloseFrame(t *testing.T) {
	s, client := accepted(t)
	conn := &lastingConn{countedConn{Conn: s.conn}}
	s.conn = conn
	var reading sync.WaitGroup
	reading.Go(func() {
		_, _, err := s.read(t.Context(), func() {})
		assert.Error(t, err)
	})
	require.NoError(t, client.Close(websocket.StatusNormalClosure, ""))
	reading.Wait()
	require.NoError(t, s.write([]byte("{}"), time.Minute))
	require.ErrorIs(t, s.flush(time.Minute), net.ErrClosed)
	assert.Equal(t, 0, conn.writes)
}
