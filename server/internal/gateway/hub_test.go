package gateway

import (
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

func testHub(t *testing.T) *Hub {
	h := NewHub(t.Context(), nil, Options{
		FrameBytes: 1024, OpenBytes: 1024, Meter: limit.NewMeter(nil), Sockets: 10_000, Unopened: 10_000, SocketsPerUser: 10_000,
		SocketsPerAddress: 10_000, ConnectionsPerUser: 10_000, OpenWithin: time.Second, WriteWithin: time.Second,
		Bye: time.Second, IdleAfter: time.Second, Logger: slog.New(slog.DiscardHandler),
	})
	h.service = unheard{}
	return h
}

// unheard carries out nothing.
type unheard struct{ Service }

func (unheard) Answered(op.Answered) {}

// byeOf reads the bye frame that a connection is about to send.
func byeOf(t *testing.T, c *Conn) (code int, retryAfter float64) {
	t.Helper()
	require.NotNil(t, c.byeFrame())
	var bye struct {
		Code       int
		RetryAfter float64
	}
	require.NoError(t, json.Unmarshal(c.byeFrame().Data, &bye))
	return bye.Code, bye.RetryAfter
}

// A client that reads nothing lags behind in the log, which costs the server
// nothing. A flood of what is in no log ends its connection.
func TestClientThatReadsNothing(t *testing.T) {
	c := newConn(testHub(t), &webSocket{}, address.Sender{})
	c.subscriptions["chat"] = &subscription{}
	for seq := range uint64(10_000) {
		c.notify("chat", seq+1)
	}
	assert.Len(t, c.dirty, 1)
	assert.Empty(t, c.items)
	for range 10_000 {
		c.pushEphemeral(item{frame: wire.Frame{Event: chat.EventActivity}})
	}
	assert.LessOrEqual(t, len(c.items)+len(c.beforeOpen), maxEphemerals)
	code, _ := byeOf(t, c)
	assert.Equal(t, byeTooSlow, code)
}

// Of who types on and on a slow client gets the latest, and is not cut off.
func TestActivityWaitsOnce(t *testing.T) {
	c := newConn(testHub(t), &webSocket{}, address.Sender{})
	for _, c.opened = range []bool{false, true} {
		for n := range 10_000 {
			for _, user := range []string{"Vera", "Ada"} {
				c.pushEphemeral(item{frame: wire.Frame{Seq: uint64(n)}, chatID: "chat", replaces: user})
			}
		}
	}
	assert.Nil(t, c.byeFrame())
	require.Len(t, c.beforeOpen, 2)
	assert.EqualValues(t, 9999, c.beforeOpen[1].frame.Seq)
}

// A push that waits for a reply goes before what came after it.
func TestPutOffPushesKeepTheirOrder(t *testing.T) {
	c := newConn(testHub(t), &webSocket{}, address.Sender{})
	c.opened = true
	c.subscriptions["chat"] = &subscription{cursor: 3}
	c.addPending("r")
	push := func(event string) item {
		return item{frame: wire.Frame{Event: event}, chatID: "chat", upTo: 4}
	}
	c.pushEphemeral(push("first"))
	it, _ := c.next()
	require.True(t, c.deferPush(*it), "the reply stands in the place of the entry at 4")
	c.pushEphemeral(push("second"))
	c.removePending("r")
	for _, want := range []string{"first", "second"} {
		it, _ := c.next()
		require.NotNil(t, it)
		assert.Equal(t, want, it.frame.Event)
	}
}

// flushedSocket does something as soon as there is nothing to write.
type flushedSocket struct {
	notedSocket
	once    sync.Once
	flushed func()
}

func (s *flushedSocket) flush(time.Duration) error {
	s.once.Do(s.flushed)
	return nil
}

// The last reply is written before bye, whatever the pump does when both come.
func TestReplyGoesBeforeBye(t *testing.T) {
	h, s := testHub(t), &flushedSocket{}
	h.options.Bye = time.Millisecond
	c := newConn(h, s, address.Sender{})
	s.flushed = func() {
		c.slots <- struct{}{}
		c.queue(item{id: "r", reply: &op.Result{}, err: wire.Errorf(wire.NotLoggedIn, "no")})
		c.end(byeSession, "no", 0)
	}
	c.pump()
	require.Len(t, s.written, 2)
	assert.Contains(t, s.written[0], `"id":"r"`)
	assert.Contains(t, s.written[1], `"event":"bye"`)
}

// When thousands are sent away they are asked to come back at different times.
func TestGoodbyesAreSpread(t *testing.T) {
	for elsewhere, soonest := range map[bool]int{false: 1, true: 0} {
		h := testHub(t)
		for range 3 * returnsPerSecond {
			require.True(t, h.register(newConn(h, &webSocket{}, address.Sender{})))
		}
		h.Drain(elsewhere)
		assert.False(t, h.register(newConn(h, &webSocket{}, address.Sender{})), "the server is closing")
		seconds := map[float64]int{}
		for c := range h.conns {
			_, retryAfter := byeOf(t, c)
			seconds[retryAfter]++
		}
		require.Len(t, seconds, 4)
		for n := range 4 {
			assert.Greater(t, seconds[float64(n+soonest)], returnsPerSecond/3)
		}
	}
}
