package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/core/wire"
	"parley/server"
	"parley/server/servertest"
)

// arrived is how many frames of an event have come so far.
func arrived(p *servertest.Peer, event string) (n int) {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	for _, f := range p.Frames {
		if f.Event == event {
			n++
		}
	}
	return n
}

// Frames that ask for nothing are read at a rate of their own, and do not hold up requests
// of others.
func TestFramesThatAskForNothing(t *testing.T) {
	t.Parallel()
	for name, flood := range map[string]func(p *servertest.Peer) (answered int){
		"pings": func(p *servertest.Peer) int {
			for range 2000 {
				p.Raw([]byte(`{"event":"ping"}`))
			}
			<-time.After(time.Second)
			return arrived(p, wire.EventPong)
		},
		"nonsense": func(p *servertest.Peer) int {
			for range 2000 {
				p.Raw([]byte(`{}`))
			}
			<-time.After(time.Second)
			return arrived(p, "")
		},
		"pings of the WebSocket": func(p *servertest.Peer) (answered int) {
			ctx, stop := servertest.ContextWithin(time.Second)
			defer stop()
			for p.WS.Ping(ctx) == nil {
				answered++
			}
			return answered
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{})
			p := w.Open(t, w.Visitor("Vera"))
			begun := time.Now()
			answered := flood(p)
			seconds := time.Since(begun).Seconds()
			t.Logf("%d answered in %.1f s", answered, seconds)
			assert.Greater(t, answered, 100)
			assert.LessOrEqual(t, float64(answered), 200+20*seconds+20)
			alive(w.Open(t, w.Visitor("Ada")))
		})
	}
}
