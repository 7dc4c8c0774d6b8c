package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/core"
)

// What can become of an attempt that is under way, up to the next one.
const (
	refused   = "closed 1006\nfire redial\n"                                   // the dial fails
	unreached = "unreached\nfire redial\n"                                     // nobody is there to ask
	hung      = "fire open\nfire redial\n"                                     // the dial is not answered
	muted     = "opened\nfire open\nfire redial\n"                             // session:open is not answered
	sentAway  = "opened\nframe {\"event\":\"bye\",\"data\":{}}\nfire redial\n" // the server has no time
	opensNow  = "opened\nreply #last {\"user\":{\"id\":\"v\"},\"chats\":{}}\n" // the session opens
	lost      = refused                                                        // after that
	moved     = "moved\nfire redial\n"                                         // another tab had the socket, and has ended
	minute    = "fire heartbeat\nframe {\"event\":\"pong\"}\nfire heartbeat\nfire heartbeat\nframe {\"event\":\"pong\"}\nfire heartbeat\n"
)

// attempts runs lines in which #last is the newest id.
func (s *script) attempts(lines string) {
	for line := range strings.Lines(lines) {
		s.run(strings.ReplaceAll(line, "#last", "#"+s.lastID()))
	}
}

// TestTransports: what carries the next attempt, after what happened to those before.
func TestTransports(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, given string
		then        core.Transport
	}{
		{"the first attempt", "", core.TransportWebSocket},
		{"one is refused", refused, core.TransportWebSocket},
		{"two are refused", refused + refused, core.TransportHTTP},
		{"two are not answered", hung + hung, core.TransportHTTP},
		{"two open, and nothing passes", muted + muted, core.TransportHTTP},
		{"one of each", refused + muted, core.TransportHTTP},
		{"nobody is there, which says nothing of WebSockets", unreached + unreached + unreached + refused, core.TransportWebSocket},
		{"nobody is there, then two are refused", unreached + refused + unreached + refused, core.TransportHTTP},
		{"the server sends us away: WebSockets pass", sentAway + sentAway + sentAway, core.TransportWebSocket},
		{"two sessions that did not last", opensNow + lost + opensNow + lost, core.TransportHTTP},
		{"two that another tab ended", opensNow + moved + opensNow + moved, core.TransportWebSocket},
		{"two that another tab took before they opened", moved + moved, core.TransportWebSocket},
		{"two that another tab ended before anything passed", "opened\n" + moved + "opened\n" + moved, core.TransportHTTP},
		{"that lasted", opensNow + "after 10s\n" + lost + opensNow + "after 10s\n" + lost, core.TransportWebSocket},
		{"that lasted, then one is refused", opensNow + "after 10s\n" + lost + refused, core.TransportWebSocket},

		{"HTTP that was open is kept", refused + refused + opensNow + lost, core.TransportHTTP},
		{"and again", refused + refused + opensNow + lost + opensNow + lost, core.TransportHTTP},
		{"HTTP that the server has ended is kept", refused + refused + sentAway, core.TransportHTTP},
		{"HTTP fails as well", refused + refused + refused, core.TransportWebSocket},
		{"they take turns", refused + refused + refused + refused, core.TransportHTTP},
		{"when nobody answers, too", hung + hung + hung + hung + hung, core.TransportWebSocket},
		{"HTTP was open, and fails", refused + refused + opensNow + lost + refused, core.TransportWebSocket},
		{"a WebSocket lasts after all", refused + refused + refused + opensNow + "after 10s\n" + lost, core.TransportWebSocket},

		{"HTTP for 4 minutes", refused + refused + opensNow + "after 4m\n" + lost, core.TransportHTTP},
		{"for 5: WebSocket has another try", refused + refused + opensNow + "after 5m\n" + lost, core.TransportWebSocket},
		{"which fails", refused + refused + opensNow + "after 5m\n" + lost + refused, core.TransportHTTP},
		{"the network is another", refused + refused + opensNow + "page online\n" + lost, core.TransportWebSocket},
		{"that cuts WebSockets off as well", refused + refused + opensNow + "page online\n" + lost + refused, core.TransportHTTP},
		{"the page is seen, which says nothing of the network", refused + refused + opensNow + "page visible\n" + lost, core.TransportHTTP},

		{"on HTTP after a WebSocket that had lasted", opensNow + "after 10s\n" + lost + refused + refused + opensNow, core.TransportHTTP},
		{"a minute later", opensNow + "after 10s\n" + lost + refused + refused + opensNow + minute, core.TransportWebSocket},
		{"but once", opensNow + "after 10s\n" + lost + refused + refused + opensNow + minute + refused + opensNow + minute, core.TransportHTTP},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, core.Options{LoginWithin: time.Hour})
			var dialled core.Dial
			s.watch = func(e core.Effect) {
				if dial, is := e.(core.Dial); is {
					dialled = dial
				}
			}
			s.run(ready + "login 2 v t")
			s.attempts(tc.given)
			assert.Equal(t, tc.then, dialled.Transport)
			assert.Equal(t, map[core.Transport]string{core.TransportWebSocket: "ws://x/v1/socket", core.TransportHTTP: "http://x/v1/socket"}[tc.then], dialled.URL)
		})
	}
}

// HTTP begins in time for a login, also where WebSockets are not answered, and in the end
// the error says what was tried.
func TestFallbackIsInTime(t *testing.T) {
	t.Parallel()
	for _, attempts := range []string{refused + refused, hung + hung, muted + muted} {
		s := newScript(t, core.Options{})
		began := s.now
		s.run(ready + "login 2 v t")
		s.attempts(attempts)
		assert.Less(t, s.now-began, (9 * time.Second).Milliseconds(), "of the 15 s that a login has")
		assert.Contains(t, s.run("fire deadline"), "reject 2 503 the chat server could not be reached within 15s: neither a WebSocket nor HTTP long polling got through")
	}
}

// A slow link gets its time: an attempt in which the server says something is not given
// up as early, nor is one by WebSocket when HTTP fails.
func TestSlowLinks(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{LoginWithin: time.Hour})
	s.run(ready + "login 2 v t\nopened")
	assert.Contains(t, s.run(`frame {"event":"chats:history","data":{"chatId":"c","from":0,"history":[]}}`), "arm open 10s")
	s.attempts("closed 1006\nfire redial\n" + refused + refused)
	assert.Contains(t, s.run("closed 1006\nfire redial"), "arm open 10s", "HTTP")
	assert.Contains(t, s.run("closed 1006\nfire redial"), "arm open 10s", "a WebSocket, after HTTP")
}

// The state of the connection says what carries it.
func TestConnectionTellsItsTransport(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{})
	s.run(ready + "login 2 v t")
	s.attempts(refused + refused + "opened\n")
	assert.Contains(t, s.run("reply #"+s.lastID()+` {"user":{"id":"v"},"chats":{}}`), `emit parley connection {"state":"open","code":1006,"transport":"http"}`)
	assert.Contains(t, strings.Join(s.run("closed 0"), "\n"), `"transport":"http"}`)
}
