package gateway

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/address"
	"parley/server/internal/ids"
)

// opening is a socket that a session opens on.
type opening struct{ socket }

func (opening) opened() {}

// The first frame of a channel may be long once its socket has a session. It takes no
// place, which nobody would give back before the socket ends.
func TestLongFirstFramesOfChannels(t *testing.T) {
	h := testHub(t)
	sender := address.Sender{Client: netip.MustParseAddr("192.0.2.7")}
	in, err := h.places.enter(sender)
	require.NoError(t, err)
	first := newConn(h, &notedSocket{}, sender)
	first.place = in
	long := []byte(strings.Repeat(" ", h.options.OpenBytes+1))
	h.options.FrameBytes = len(long)

	early := newChannel(first, 1).conn
	early.receive(long, true, false)
	require.NotNil(t, early.byeFrame(), "the socket is a stranger's")

	require.True(t, in.mayBeLong())
	assert.NotZero(t, h.places.long.Total())
	first.socket = opening{first.socket}
	first.sessionOpened()
	for number := 2; number < 10; number++ {
		later := newChannel(first, number).conn
		later.receive(long, true, false)
		assert.Nil(t, later.byeFrame())
	}
	assert.Zero(t, h.places.long.Total())
	in.leave()
	assert.Zero(t, h.places.sockets.Total())
	assert.Zero(t, h.places.long.Total())
}

// Asking for room takes none from those who come.
func TestRoomIsOnlyLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := testHub(t)
		sender := address.Sender{Client: netip.MustParseAddr("192.0.2.7")}
		for range 200 { // as many as may come at once
			require.NoError(t, h.HasRoom(sender))
			require.NoError(t, h.HasRoom(sender))
			_, err := h.places.enter(sender)
			require.NoError(t, err)
		}
		assert.Error(t, h.HasRoom(sender))
	})
}

// All of an office are back soon after a restart: they come when they were asked to.
func TestAnOfficeComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := testHub(t)
		sender := address.Sender{Client: netip.MustParseAddr("192.0.2.7")}
		const clients, atOnce, aSecond = 1000, 200, 20
		outside := map[int]int{0: clients} // who come, by the second
		inside, asked, second := 0, 0, 0
		for ; inside < clients; second++ {
			require.Less(t, second, 3*(clients-atOnce)/aSecond/2)
			come := outside[second]
			asked += come
			allowed := 0
			for range come { // all ask before the first comes in
				if err := h.HasRoom(sender); err != nil {
					outside[second+int(ids.AsError(err).RetryAfter)]++
				} else {
					allowed++
				}
			}
			for range allowed {
				in, err := h.places.enter(sender)
				if err != nil {
					outside[second+int(ids.AsError(err).RetryAfter)]++
					continue
				}
				inside++
				in.opened()
			}
			<-time.After(time.Second)
		}
		assert.Less(t, asked, 3*clients)
		t.Log("all in after", second, "s, having asked", asked, "times")
	})
}
