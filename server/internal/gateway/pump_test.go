package gateway

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/server/internal/address"
)

// answering is a client that answers pings at once, and says nothing else.
type answering struct {
	*notedSocket
	pinged func()
}

func (s answering) write(frame []byte, _ time.Duration) error {
	s.pinged()
	return s.notedSocket.write(frame, 0)
}

// Proxies end connections on which nothing came for a time, mostly 60 s: by default that is
// never so long, in either direction, whenever the client said its last.
func TestQuietConnectionsOutliveProxies(t *testing.T) {
	t.Parallel()
	var longest, last atomic.Int64 // nanoseconds; the last frame, unix
	for said := time.Duration(0); said < 75*time.Second; said += time.Second {
		synctest.Test(t, func(t *testing.T) {
			h := testHub(t)
			h.options.IdleAfter, h.options.OpenWithin = 75*time.Second, time.Hour // the first is the server's default
			c := newConn(h, nil, address.Sender{})
			frame := func() {
				now := time.Now().UnixNano()
				longest.Store(max(longest.Load(), now-last.Swap(now)))
				c.touch()
			}
			last.Store(time.Now().UnixNano())
			c.socket = answering{&notedSocket{}, frame}
			c.listening.begin()
			go c.pump()
			<-time.After(said)
			frame()
			<-time.After(10 * time.Minute)
			c.cancel()
			synctest.Wait()
		})
	}
	assert.Less(t, time.Duration(longest.Load()), 45*time.Second)
	assert.Greater(t, time.Duration(longest.Load()), 40*time.Second, "docs/operating.md says 44 s")
}
