package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/core"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	offline := logged + "closed 1006\n"
	check(t, []edge{
		{name: "nobody logged in", given: ready, when: `load 2 c`, then: []string{"reject 2 401 no user is logged in"}},
		{name: "open: sent at once", given: logged, when: `event 3 users:chats {"userId":"v"}`, then: []string{`send 1 {"id":"#2","event":"users:chats","data":{"userId":"v"}}`}},
		{name: "down: kept", given: offline, when: `event 3 x {}`, never: []string{"send", "reject"}},
		{name: "sent again in order, unchanged, after each reconnect", given: logged + "event 3 a {}\nsend 4 c one\nevent 5 b {}\nclosed 1006\nevent 6 d {}\nfire redial\nopened",
			when: `reply #5 {"user":` + visitor + `}`,
			then: []string{`send 2 {"id":"#2","event":"a"`, `send 2 {"id":"#3","event":"messages:new"`, `send 2 {"id":"#4","event":"b"`, `send 2 {"id":"#6","event":"d"`}},
		{name: "not before the session is open", given: logged + "event 3 a {}\nclosed 1006\nfire redial", when: `opened`, then: []string{"session:open"}, never: []string{`"event":"a"`}},
		{name: "an answer ends it, whole", given: logged + "event 3 a {}", when: `reply #2 {"x":[1],"seq":3}`, then: []string{`settle 3 {"x":[1],"seq":3}`}},
		{name: "a refusal ends it", given: logged + "event 3 a {}", when: `refuse #2 404 unknown event a`, then: []string{"reject 3 404 unknown event a"}},
		{name: "a second answer is dropped", given: logged + "event 3 a {}\nreply #2 {}", when: `reply #2 {}`},
		{name: "an answer to nothing is dropped", given: logged, when: `refuse stranger 403 no`},
		{name: "an answer without data", given: logged + "event 3 a", when: `frame {"id":"#2","data":null}`, then: []string{"settle 3 null"}},
		{name: "an answer that cannot be read", given: logged + "event 3 a {}", when: `reply #2 {"seq":"x"}`, then: []string{"reject 3 500 the server's answer to a: seq: must be a number"}},
		{name: "no answer in time", given: logged + "event 3 a {}\nfire deadline", when: `fire deadline`, then: []string{"reject 3 408 the server did not answer a within 30s"}},
		{name: "whose late answer is dropped", given: logged + "event 3 a {}\nfire deadline\nfire deadline", when: `reply #2 {}`},
		{name: "the timer goes on to the next deadline", given: logged + "event 3 a {}\nafter 5s\nevent 4 b {}\nfire deadline", when: `fire deadline`, then: []string{"reject 3 408", "arm deadline 5s"}, never: []string{"reject 4"}},
		{name: "one timer for all", given: logged + "event 3 a {}\nafter 5s", when: `event 4 b {}`, then: []string{"send"}, never: []string{"arm"}},
		{name: "early for none, it is set again", given: logged + "after 15s\nfire deadline\n" + "event 3 a {}\nafter 5s\nevent 4 b {}\nreply #2 {}", when: `fire deadline`, then: []string{"arm deadline 5s"}},
		{name: "nothing left to watch", given: logged + "event 3 a {}\nreply #2 {}", when: `fire deadline`},
		{name: "a stored message has no deadline", given: logged + "send 3 c hi\nevent 4 x {}\nafter 1h\nfire deadline", when: `fire deadline`, then: []string{"reject 4 408"}, never: []string{"reject 3"}},
		{name: "too many", options: core.Options{MaxPending: 2}, given: logged + "event 3 a {}\nevent 4 b {}", when: `event 5 d {}`, then: []string{"reject 5 429 the queue is full: 2 requests"}},
		{name: "too many bytes", options: core.Options{PendingBytes: 40}, given: logged + "event 3 a {\"text\":\"123456789\"}\nevent 4 b {\"text\":\"123456789\"}", when: `event 5 d {}`, then: []string{"reject 5 429 the queue is full: 2 requests with 40 bytes wait"}},
		{name: "a message over it is not stored", options: core.Options{MaxPending: 1}, given: logged + "event 3 a {}", when: `send 4 c hi`, then: []string{"reject 4 429"}, never: []string{"persist", "created"}},
		{name: "too large a frame", options: core.Options{FrameBytes: 300}, given: logged, when: `event 3 a {"x":"` + strings.Repeat("x", 300) + `"}`, then: []string{"bytes long; the limit is 300"}, never: []string{"send"}},
		{name: "data that is no object", given: logged, when: `event 3 a [1]`, then: []string{"reject 3 400 data: must be a JSON object, not a JSON array"}},
		{name: "the connection's own events are not for callers", given: logged, when: `event 3 session:open {}`, then: []string{"reject 3 400 session:open is reserved for the connection"}},
		{name: "a raw chats:get gives the answer whole and holds nothing", given: logged + `event 3 chats:get {"chatId":"c"}`, when: `reply #2 {"chat":{"id":"c","seq":10}}`, then: []string{`settle 3 {"chat":{"id":"c","seq":10}}`}, never: []string{"open"}},
		{name: "a raw message gives the answer whole", given: chatting + `event 4 messages:new {"chatId":"c","message":"hi"}`, when: `reply #3 {"message":{"id":"c.12","sender":"v"},"seq":12,"prev":11}`,
			then: []string{"append c", `settle 4 {"message":{"id":"c.12","sender":"v"},"seq":12,"prev":11}`}},
	})
}

func TestAPI(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "GET", given: ready, when: `api 2 GET /agents/available?roomIds=1%2C2`, then: []string{"fetch 2 GET http://x/v1/agents/available?roomIds=1%2C2 [x-hyper-appId=demo]"}},
		{name: "POST", given: ready, when: `api 2 POST /users {"name":"é"}`, then: []string{`fetch 2 POST http://x/v1/users [x-hyper-appId=demo content-type=application/json] {"name":"é"}`}},
		{name: "POST without a body", given: ready, when: `api 2 POST /agents/logout`, then: []string{"fetch 2 POST http://x/v1/agents/logout [x-hyper-appId=demo]"}},
		{name: "logged: with the token", given: logged, when: `api 3 GET /chats`, then: []string{"[x-hyper-appId=demo x-hyper-token=t]"}},
		{name: "answer", given: ready + "api 2 GET /x", when: `fetched 2 200 {"a":1}`, then: []string{`settle 2 {"data":{"a":1}}`}},
		{name: "answer that is no JSON", given: ready + "api 2 GET /x", when: `fetched 2 200 a,b`, then: []string{`settle 2 {"data":"a,b"}`}},
		{name: "empty answer", given: ready + "api 2 GET /x", when: `fetched 2 204 `, then: []string{`settle 2 {"data":""}`}},
		{name: "refusal", given: ready + "api 2 GET /x", when: `fetched 2 409 {"error":{"code":409,"message":"exists"}}`, then: []string{"reject 2 409 exists"}},
		{name: "refusal by a proxy", given: ready + "api 2 GET /x", when: `fetched 2 413 <h1>Too large</h1>`, then: []string{"reject 2 413 the server responded with HTTP status 413: this is larger than a proxy on the way to it allows"}},
		{name: "refusal without words", given: ready + "api 2 GET /x", when: `fetched 2 500 {"error":"x"}`, then: []string{"reject 2 500 the server responded with HTTP status 500"}},
		{name: "no answer in time", given: ready + "api 2 GET /x\nfire deadline", when: `fire deadline`, then: []string{"reject 2 408 the server did not answer the HTTP request within 30s"}},
		{name: "a late answer is dropped", given: ready + "api 2 GET /x\nfire deadline\nfire deadline", when: `fetched 2 200 {}`},
		{name: "too many", options: core.Options{MaxPending: 1}, given: ready + "api 2 GET /x", when: `api 3 GET /x`, then: []string{"reject 3 429"}},
	})
}

func TestDomainKeyGoesAlong(t *testing.T) {
	t.Parallel()
	effects := core.New(core.Options{}).Step(core.Moment{}, core.Init{Call: 1, App: core.App{ID: "a", API: "http://x", DomainKey: "k"}}, nil)
	assert.Contains(t, render(effects[0]), "x-hyper-key=k")
}

// Ids have one length and sort in the order in which they were made, also within one
// step and one millisecond.
func TestIDs(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{})
	s.run(logged + "closed 1006\n")
	for i := range 300 {
		s.run(fmt.Sprintf("send %d c x", i+10))
		s.now += int64(i % 2)
	}
	for i := range s.names.ids[1:] {
		assert.Less(t, s.names.ids[i], s.names.ids[i+1])
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{})
	s.run(chatting + "send 4 c hi\napi 5 GET /x")
	assert.Equal(t, core.Stats{Chats: 1, Pending: 2}, s.core.Stats())
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{WebSocketWithin: 5 * time.Second})
	assert.Contains(t, s.run(ready+"login 2 v t"), "arm open 5s", "what is given holds")
}
