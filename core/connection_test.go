package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
)

func TestConnection(t *testing.T) {
	t.Parallel()
	const open = logged
	check(t, []edge{
		{name: "dialing --opened--> opening", given: ready + `login 2 v t`, when: `opened`, then: []string{`send 1 {"id":"#1","event":"session:open","data":{"appId":"demo","token":"t","inParts":true,"lines":true,"chats":{}}}`}},
		{name: "opened twice is opened once", given: opening, when: `opened`},
		{name: "dialing --closed--> down", given: ready + `login 2 v t`, when: `closed 1006`, then: []string{"disarm open", "arm redial", `{"state":"waiting","reason":"lost","code":1006`}},
		{name: "opening --closed--> down", given: opening, when: `closed 1006`, then: []string{"arm redial"}},
		{name: "open --closed--> down", given: open, when: `closed 1001`, then: []string{"disarm stable", "disarm heartbeat", "arm redial", `{"state":"waiting","reason":"lost","code":1001`}},
		{name: "open --another tab's socket has ended--> down", given: open, when: `moved`, then: []string{"arm redial 0s", `{"state":"waiting","reason":"moved","code":0`}},
		{name: "closed twice is closed once", given: open + "closed 1006", when: `closed 1006`},
		{name: "dialing --too long--> down", given: ready + `login 2 v t`, when: `fire open`, then: []string{"hangup 1", "arm redial"}},
		{name: "opening --too long--> down", given: opening, when: `fire open`, then: []string{"hangup 1", "arm redial"}},
		{name: "down --back-off over--> dialing", given: open + "closed 1006", when: `fire redial`, then: []string{"arm open 4s", "dial 2"}},
		{name: "dialing --late opened of an older epoch--> dropped", given: open + "closed 1006\nfire redial", when: `opened @1`},
		{name: "open: frames of an older epoch are dropped", given: open + "closed 1006\nfire redial", when: `frame @1 {"event":"ping"}`},
		{name: "open: the end of an older epoch is dropped", given: open + "closed 1006\nfire redial\nopened", when: `closed @1 1006`},
		{name: "chats seen are named, with their positions", given: chatting + "closed 1006\nfire redial", when: `opened`, then: []string{`"chats":{"c":11}`}},
		{name: "a chat being loaded is not", given: chatting + "push 13 12 x {\"chatId\":\"c\"}\nclosed 1006\nfire redial", when: `opened`, then: []string{`"chats":{}`}},

		{name: "bye: hung up, tried again", given: open, when: `frame {"event":"bye","data":{"code":4000,"reason":"restart"}}`, then: []string{"hangup 1", "arm redial"}},
		{name: "bye: not before the time asked for", given: open, when: `frame {"event":"bye","data":{"retryAfter":7}}`, then: []string{"arm redial 7."}},
		{name: "bye: but within the hour", given: open, when: `frame {"event":"bye","data":{"retryAfter":9007199254740992}}`, then: []string{"arm redial 1h0m0."}},
		{name: "bye: whatever it says", given: open, when: `frame {"event":"bye","data":{"retryAfter":"soon"}}`, then: []string{"hangup 1", "arm redial"}},
		{name: "bye: even nothing", given: open, when: `frame {"event":"bye"}`, then: []string{"hangup 1", "arm redial"}},

		{name: "no room: not before the time asked for", given: ready + `login 2 v t`, when: `unreached 30`, then: []string{"arm redial 30."}},
		{name: "no room: whatever the page says", given: ready + "login 2 v t\nunreached 30", when: `page online`, then: nil, never: []string{"dial 2"}},
		{name: "no room: then at once", given: ready + "login 2 v t\nunreached 30\nafter 31s", when: `page online`, then: []string{"dial 2"}},
		{name: "no session now: not before the time asked for", given: opening, when: `frame {"id":"#1","error":{"code":429,"message":"too many sockets","retryAfter":30}}`,
			then: []string{"hangup 1", "arm redial 30.", `"reason":"refused"`}},

		{name: "ping is answered", given: open, when: `frame {"event":"ping"}`, then: []string{`send 1 {"event":"pong"}`}},
		{name: "pong needs no answer", given: open, when: `frame {"event":"pong"}`},
		{name: "a frame that cannot be read causes an error and a new connection, which has what it had", given: open, when: `frame {"id":5}`, then: []string{`emit parley error {"code":500,"message":"a frame from the server cannot be read`, "hangup 1", "arm redial"}},
		{name: "an error without an id is emitted", given: open, when: `frame {"error":{"code":400,"message":"frame is not UTF-8"}}`, then: []string{`emit parley error {"code":400,"message":"frame is not UTF-8"}`}},
		{name: "a frame that says nothing is nothing", given: open, when: `frame {}`},

		{name: "heartbeat: silence --> ping", given: open, when: `fire heartbeat`, then: []string{`send 1 {"event":"ping"}`, "arm heartbeat 10s"}},
		{name: "heartbeat: heard meanwhile --> the rest of the time", given: open + "after 20s\nframe {\"event\":\"pong\"}", when: `fire heartbeat`, then: []string{"arm heartbeat 20s"}, never: []string{"send"}},
		{name: "heartbeat: no answer --> lost", given: open + "fire heartbeat", when: `fire heartbeat`, then: []string{"hangup 1", "arm redial"}},
		{name: "heartbeat: any frame is an answer", given: open + "fire heartbeat\nframe {\"event\":\"x\",\"data\":{}}", when: `fire heartbeat`, then: []string{"arm heartbeat 15s"}, never: []string{"hangup"}},

		{name: "page visible, open: a quick probe", given: open, when: `page visible`, then: []string{`send 1 {"event":"ping"}`, "arm heartbeat 3s"}},
		{name: "page online, down: at once", given: open + "closed 1006", when: `page online`, then: []string{"disarm redial", "dial 2"}},
		{name: "page online again, down: soon", given: open + "closed 1006\npage online\nopened\nframe {\"event\":\"bye\",\"data\":{\"retryAfter\":60}}", when: `page visible`, then: []string{"arm redial 3s"}, never: []string{"dial 3 ws"}},
		{name: "and no sooner for being said often", given: open + "closed 1006\npage online\nopened\nframe {\"event\":\"bye\",\"data\":{\"retryAfter\":60}}\npage visible\nafter 1s", when: `page visible`},
		{name: "page visible, dialing: already on it", given: open + "closed 1006\nfire redial", when: `page visible`},
		{name: "page visible, nobody logged in", given: ready, when: `page visible`},
		{name: "page hidden or offline: nothing", given: open, when: `page hidden`},

		{name: "page left, open: hung up, and none dialled", given: open, when: `page left`, then: []string{"hangup 1", "disarm heartbeat", `{"state":"waiting","reason":"left"`}, never: []string{"\narm redial", "dial 2"}},
		{name: "page left, dialing: the same", given: open + "closed 1006\nfire redial", when: `page left`, then: []string{"hangup 2", "disarm open", `"reason":"left"`}, never: []string{"\narm redial"}},
		{name: "page left, down: no attempt", given: open + "closed 1006", when: `page left`, then: []string{"disarm redial", `"reason":"left"`}, never: []string{"hangup"}},
		{name: "page left, nobody logged in: nothing to tell", given: ready, when: `page left`, never: []string{"emit"}},
		{name: "page left, and seen: not before it is back", given: open + "page left", when: `page visible`, never: []string{"dial"}},
		{name: "page left, and a login", given: ready + "page left", when: `login 2 v t`, never: []string{"dial"}},
		{name: "page back: at once", given: open + "page left", when: `page back`, then: []string{"dial 2"}},
		{name: "page back, and a login waits", given: ready + "page left\nlogin 2 v t", when: `page back`, then: []string{"dial 1"}},
		{name: "page back, nobody logged in", given: ready + "page left", when: `page back`, never: []string{"dial"}},
	})
}

// Only a stable connection resets the back-off.
func TestBackoffResets(t *testing.T) {
	t.Parallel()
	window := func(s *script) (widest time.Duration) {
		const samples = 200
		for range samples {
			s.run("closed 1006")
			delay := time.Duration(s.due[core.TimerRedial]-s.now) * time.Millisecond
			widest = max(widest, delay)
			s.run("fire redial\nopened")
			s.run("reply #" + s.lastID() + ` {"user":{"id":"v"}}`)
			if widest > 200*time.Millisecond {
				return widest
			}
			s.run("fire stable")
		}
		return widest
	}
	stable := newScript(t, core.Options{})
	stable.run(logged)
	assert.LessOrEqual(t, window(stable), 100*time.Millisecond, "each loss is the first of its kind")

	flapping := newScript(t, core.Options{})
	flapping.run(logged)
	for range 10 {
		flapping.run("closed 1006\nfire redial\nopened")
		flapping.run("reply #" + flapping.lastID() + ` {"user":{"id":"v"}}`)
	}
	assert.Greater(t, window(flapping), 200*time.Millisecond, "the window has grown")
}

// A stable connection ends the longer back-off of a long loss.
func TestLossIsYoungAgain(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{})
	s.run(chatting + "closed 1006")
	for range 100 {
		s.run("fire redial\nclosed 1006")
	}
	s.run("fire redial\nopened")
	s.run("reply #" + s.lastID() + ` {"user":` + visitor + `}`)
	s.run("fire stable\nclosed 1006")
	for range 20 {
		assert.LessOrEqual(t, s.due[core.TimerRedial]-s.now, (2 * time.Second).Milliseconds())
		s.run("fire redial\nclosed 1006")
	}
}

func TestManyChatsFitTheFirstFrame(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{})
	s.run(logged)
	for range 1200 {
		s.run(`load 0 x`)
		require.Contains(t, s.run(`reply #` + s.lastID() + ` {"chat":{"id":"chat-with-a-rather-long-name-` + s.lastID() + `","status":"closed","seq":9}}`)[0], "open")
	}
	effects := s.run("closed 1006\nfire redial\nopened")
	assert.Equal(t, 1000, strings.Count(effects[0], "long-name"))
	assert.Contains(t, effects[0], "long-name-"+s.previousID(), "the newest are named")
}
