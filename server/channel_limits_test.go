package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// A socket has a limit of channels at a time. Those that have ended make room.
func TestTooManyChannels(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Visitor("Vera")
	first := w.Open(t, vera)
	var tabs []*servertest.Peer
	for range 64 {
		tabs = append(tabs, first.OpenChannel(vera))
	}
	late := first.Channel()
	late.Rude = true
	late.Post(wire.EventOpen, servertest.Obj("appId", "demo", "token", vera.Token))
	bye := late.Next(wire.EventBye)
	assert.EqualValues(t, 4010, bye["code"])
	assert.Contains(t, bye["reason"], "64")
	assert.EqualValues(t, 5, bye["retryAfter"])
	late.Ended()
	assert.ErrorIs(t, late.Err, servertest.ErrChannelEnded)
	for _, tab := range tabs[:10] {
		tab.Leave()
		alive(first.OpenChannel(vera))
	}
	assert.LessOrEqual(t, connectionsTo(w), 65)
	alive(first)
}

// What begins neither with a number as it must be nor with a brace is refused, on the
// first connection.
func TestMalformedNumbers(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{FrameBytes: 2000})
	vera := w.Visitor("Vera")
	p := w.Open(t, vera)
	tab := p.OpenChannel(vera)
	for _, frame := range []string{`0{"id":"a"}`, `01{"id":"a"}`, `1 {"id":"a"}`, `-1{"id":"a"}`, `1a`, `1[]`, `1234567890{"id":"a"}`, ` 1`, `1"x"`, `00`} {
		p.Raw([]byte(frame))
		f := p.Find("error", func(i int, f wire.Frame) bool {
			if i < p.Taken || f.Error == nil {
				return false
			}
			p.Taken = i + 1
			return true
		})
		assert.Equal(t, wire.BadFrame.Name(), f.Error.Reason, frame)
	}
	tab.Raw([]byte(`{"id":"b","event":`))
	assert.Equal(t, wire.BadFrame.Name(), tab.Reply("b").Error.Reason)
	tab.Raw([]byte(`{"id":"c","event":"messages:new","data":{"message":"` + strings.Repeat("x", 2000) + `"}}`))
	assert.Equal(t, wire.RequestTooLong.Name(), tab.Reply("c").Error.Reason, "on the channel itself")
	whole := `{"id":"d","event":"user:focus","data":{"x":""}}`
	tab.Raw([]byte(strings.Replace(whole, `""`, `"`+strings.Repeat("x", 2000-len(whole))+`"`, 1)))
	assert.Nil(t, tab.Reply("d").Error, "the number does not count")
	alive(tab)
	alive(p)
	tab.Raw([]byte(`{"id":"e","data":"` + strings.Repeat("x", 40_000) + `"}`))
	assert.EqualValues(t, 4009, p.Next(wire.EventBye)["code"], "it ends the socket")
	tab.Ended()
}

// A number is used once, and those that a client leaves out are never used.
func TestNumbersAreUsedOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Visitor("Vera")
	p := w.Open(t, vera)
	skipped, tab := p.Channel(), p.OpenChannel(vera)
	skipped.Raw([]byte(`{"event":"ping"}`))
	tab.Leave()
	tab.Leave()
	tab.Raw([]byte(`{"event":"ping"}`))
	alive(p.OpenChannel(vera))
	require.Eventually(t, func() bool { return connectionsTo(w) == 2 }, storetest.WaitFor, storetest.Tick)
	assert.Empty(t, skipped.Frames)
	assert.Len(t, tab.Frames, 1, "the reply to session:open")
	ended := p.Channel()
	ended.Leave()
	alive(p.OpenChannel(vera))
	assert.Empty(t, ended.Frames)
}

// A tab that asks too much holds up the others of its socket. They are not silent for that.
func TestWhoIsHeldUpIsNotSilent(t *testing.T) {
	t.Parallel()
	for _, byFirst := range []bool{true, false} {
		t.Run(fmt.Sprint("by the first ", byFirst), func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{MessagesPerSecond: 50, IdleAfter: 2 * time.Second})
			vera := w.Visitor("Vera")
			first := w.Open(t, vera)
			busy, quiet := first, first.OpenChannel(vera)
			if !byFirst {
				busy = first.OpenChannel(vera)
			}
			first.AtOnce(func() {
				for range 300 { // more than a channel keeps; it takes 5 s
					busy.Post("user:focus", servertest.Obj("x", strings.Repeat("x", 200)))
				}
				quiet.Raw([]byte(`{"event":"pong"}`))
			})
			quiet.Ask("user:focus", nil)
		})
	}
}

// Channels are no way around the rate of a socket.
func TestChannelsShareTheRate(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessagesPerSecond: 50})
	vera := w.Visitor("Vera")
	first := w.Open(t, vera)
	peers := []*servertest.Peer{first, first.OpenChannel(vera), first.OpenChannel(vera)}
	begin := time.Now()
	asked := make([]string, 3)
	for range 25 {
		for i, p := range peers {
			asked[i] = p.Post("user:focus", nil)
		}
	}
	for i, p := range peers {
		require.Nil(t, p.Reply(asked[i]).Error)
	}
	assert.Greater(t, time.Since(begin), 300*time.Millisecond)
}
