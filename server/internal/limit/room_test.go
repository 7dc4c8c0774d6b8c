package limit

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Clients have so many bytes by address and in all; what was given back is there for others.
func TestRoom(t *testing.T) {
	a, b, c := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	r := NewRoom(2*roomStep, 3*roomStep)
	one, two, three := r.Part(a, 10), r.Part(a, 10), r.Part(b, 10)
	assert.True(t, one.TryGrow(10+roomStep))
	assert.True(t, two.TryGrow(10), "the first bytes are free")
	assert.True(t, two.TryGrow(roomStep))
	assert.False(t, one.TryGrow(1), "the address has what it may")
	assert.True(t, three.TryGrow(roomStep))
	assert.False(t, r.Part(c, 10).TryGrow(11), "and all have")
	one.Shrink(roomStep)
	assert.True(t, three.TryGrow(roomStep))
	two.End()
	assert.True(t, two.TryGrow(100*roomStep), "nothing counts any more")
	three.End()
	assert.Zero(t, r.held.Total())
	assert.Empty(t, r.held.byNetwork)
	var none *Room
	assert.True(t, none.Part(a, 0).TryGrow(1<<40))
}

// What is read waits for room, and fails when there is none for long.
func TestRoomIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRoom(roomStep, roomStep)
		all, mine := r.Part(netip.Addr{}, 0), r.Part(netip.Addr{}, 0)
		require.True(t, all.TryGrow(roomStep))
		time.AfterFunc(time.Second, all.End)
		text, err := io.ReadAll(mine.Reader(t.Context(), strings.NewReader("text")))
		require.NoError(t, err)
		assert.Equal(t, "text", string(text))
		begun := time.Now()
		_, err = io.ReadAll(r.Part(netip.Addr{}, 0).Reader(t.Context(), strings.NewReader("text")))
		require.ErrorIs(t, err, ErrNoRoom)
		assert.Equal(t, roomWithin, time.Since(begun))
	})
}
