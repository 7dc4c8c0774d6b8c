package gateway

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/address"
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
