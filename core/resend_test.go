package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core"
	"parley/core/wire"
)

func TestPutOff(t *testing.T) {
	t.Parallel()
	const two = chatting + "send 4 c one\nsend 5 c two\n"
	const refused = two + "refuse #3 503 disk full\n"
	check(t, []edge{
		{name: "what the server cannot take now is kept", given: two, when: "refuse #3 503 disk full", then: []string{"arm retry"}, never: []string{"reject", "persist", "send"}},
		{name: "not before the server allows it", given: two, when: `frame {"id":"#3","error":{"code":429,"message":"too many messages","retryAfter":40}}`, then: []string{"arm retry 40."}},
		{name: "a refusal for good is one", given: two, when: "refuse #3 413 too long", then: []string{"persist #3 null", `"state":"failed"`, "reject 4 413"}, never: []string{"arm retry"}},
		{name: "a defect is for good", given: two, when: "refuse #3 500 defect", then: []string{"reject 4 500"}},
		{name: "others wait behind it", given: refused + "refuse #4 503 first #3", when: "send 6 c three", then: []string{"persist #5", "created 6"}, never: []string{"send 1"}},
		{name: "what is not stored does not", given: refused, when: "search 6 c", then: []string{"send 1"}},
		{name: "then all are sent, in order", given: refused + "refuse #4 503 first #3\nsend 6 c three", when: "fire retry", then: []string{`send 1 {"id":"#3"`, `send 1 {"id":"#4"`, `send 1 {"id":"#5"`}},
		{name: "but not before all that was on its way is answered", given: refused, when: "fire retry", never: []string{"send 1"}},
		{name: "then at once", given: refused + "fire retry", when: "refuse #4 503 first #3", then: []string{`send 1 {"id":"#3"`, `send 1 {"id":"#4"`}},
		{name: "that the log has it after all is shown, and its answer still waited for, as the server does", given: two + "refuse #3 504 not confirmed", when: `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":{"id":"c.12","sender":"v"}}`,
			then: []string{"at c 12", `append c [{"id":"c.12"`}, never: []string{"settle", "persist"}},
		{name: "the answer comes when it is sent again", given: two + "refuse #3 504 not confirmed\n" + `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":{"id":"c.12","sender":"v"}}` + "\nrefuse #4 503 first #3\nfire retry",
			when: `reply #3 {"message":{"id":"c.12","sender":"v"},"seq":12,"prev":11}`, then: []string{"persist #3 null", `"state":"sent"`, "settle 4"}, never: []string{"append", "chats:get"}},
		{name: "a new connection begins with it", given: refused + "closed 1006\nfire redial\nopened", when: `reply #5 {"user":` + visitor + `,"chats":{"c":{"id":"c","resumed":true,"seq":11}}}`,
			then: []string{`send 2 {"id":"#3"`, `send 2 {"id":"#4"`}},
		{name: "what is not stored is refused at once", given: chatting + "search 4 c", when: "refuse #3 503 disk full", then: []string{"reject 4 503"}},
	})
}

func TestRetryAndDiscard(t *testing.T) {
	t.Parallel()
	const offline = chatting + "closed 1006\nsend 4 c hi\n"
	const failed = chatting + "send 4 c hi\nrefuse #3 413 too long\n"
	check(t, []edge{
		{name: "a waiting message is pending", given: chatting, when: "send 4 c hi", then: []string{`emit parley message {"chatId":"c","eventId":"#3","state":"pending","text":"hi"}`}},
		{name: "and as sent", given: chatting + "send 4 c hi", when: `reply #3 {"message":{"id":"c.12","sender":"v"},"seq":12,"prev":11}`, then: []string{`"eventId":"#3","state":"sent","text":"hi","message":{"id":"c.12"`, "settle 4"}},
		{name: "and as read", given: chatting + "send 4 c hi\n" + `reply #3 {"message":{"id":"c.12","sender":"v"},"seq":12,"prev":11}`, when: `push 13 12 messages:read {"chatId":"c","userId":"a","message":{"id":"c.12","sender":"v"}}`,
			then: []string{`emit parley message {"chatId":"c","state":"read","message":{"id":"c.12"`}},
		{name: "retry while it waits for a connection tries at once", given: offline, when: "retry 5 #3", then: []string{"dial 2", "settle 5"}},
		{name: "retrying a deferred message sends it", given: chatting + "send 4 c hi\nrefuse #3 503 full", when: "retry 5 #3", then: []string{"disarm retry", `send 1 {"id":"#3"`, "settle 5"}},
		{name: "retry of what was refused sends it again under its id", given: failed, when: "retry 5 #3", then: []string{`send 1 {"id":"#3"`, "persist #3 {", `"state":"pending"`}},
		{name: "and settles as a send", given: failed + "retry 5 #3", when: `reply #3 {"message":{"id":"c.12","sender":"v"},"seq":12,"prev":11}`, then: []string{"persist #3 null", `settle 5 {"eventId":"#3","message"`}},
		{name: "retry of the unknown", given: chatting, when: "retry 5 nothing", then: []string{"reject 5 404"}},
		{name: "discard of what waits", given: offline, when: "discard 5 #3", then: []string{"persist #3 null", `"state":"discarded"`, "reject 4 499", "settle 5"}},
		{name: "discard of what was refused", given: failed, when: "discard 5 #3", then: []string{`"eventId":"#3","state":"discarded"`, "settle 5"}},
		{name: "discard of what is on its way", given: chatting + "send 4 c hi", when: "discard 5 #3", then: []string{"reject 5 409"}},
		{name: "discard of what was on its way at a cut", given: chatting + "send 4 c hi\nclosed 1006", when: "discard 5 #3", then: []string{"reject 5 409"}, never: []string{"persist"}},
		{name: "discard of what the server's store has not confirmed", given: chatting + "send 4 c hi\nrefuse #3 504 not confirmed", when: "discard 5 #3", then: []string{"reject 5 409"}, never: []string{"persist"}},
		{name: "discarding a deferred message begins a new connection, because the server waits for it", given: chatting + "send 4 c hi\nsend 6 c after\nrefuse #3 503 full\nrefuse #4 503 first #3", when: "discard 5 #3",
			then: []string{"persist #3 null", "reject 4 499", "hangup 1", "dial 2"}},
		{name: "logging out leaves nothing stored", given: offline, when: "logout 5", then: []string{"persist #3 null", "reject 4 401"}},
		{name: "reads and closes are stored too", given: chatting + "closed 1006", when: "close 4 c", then: []string{`persist #3 {`}, never: []string{"deadline"}},
		{name: "a refused read of a chat that was closed meanwhile causes no error", given: `outbox {"id":"r1","appId":"demo","userId":"v","chatId":"c","event":"messages:read","data":{"chatId":"c","messageId":"c.1"},"at":1699999990000}` + "\ninit 1 v t\nopened\n" + `reply #1 {"user":` + visitor + `,"chats":{"c":` + fresh + `}}`,
			when: "refuse r1 410 the chat is closed", then: []string{"persist r1 null"}, never: []string{"error"}},
	})
}

// An instance dies in the middle; the next one gets what the page has.
func TestAgain(t *testing.T) {
	t.Parallel()
	const chat = `{"id":"c","status":"active","users":[` + visitor + `,` + agent + `],"watchers":[],"seq":11,"last":"c.9"}`
	record := `{"id":"r1","appId":"demo","userId":"v","chatId":"c","event":"messages:new","data":{"chatId":"c","message":"hi"},"at":1699999990000}`
	s := newScript(t, core.Options{})
	s.run("outbox " + record)
	s.again = &core.Again{Chats: []wire.Raw{wire.Raw(chat), wire.Raw(`nonsense`)}, Calls: map[string]core.Call{"r1": 77}}
	s.run("init 1 v t\nopened")
	opened := s.run(`reply #1 {"user":` + visitor + `,"chats":{"c":{"id":"c","resumed":true,"seq":11}}}`)
	assert.Contains(t, opened, `send 1 {"id":"r1","event":"messages:new","data":{"chatId":"c","message":"hi"}}`)
	for _, line := range opened {
		assert.NotContains(t, line, "open {", "the page has the chat already")
		assert.NotContains(t, line, "gap")
	}
	missed := s.run(`push 14 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.14","sender":"a"}}`)
	assert.Contains(t, missed[len(missed)-1], "emit chat c message:received")
	answered := s.run(`reply r1 {"message":{"id":"c.15","sender":"v"},"seq":15,"prev":14}`)
	assert.Contains(t, answered[len(answered)-1], `settle 77 {"eventId":"r1"`)

	alone := newScript(t, core.Options{})
	alone.again = &core.Again{}
	alone.run("init 1 v t\nopened")
	for _, line := range alone.run(`reply #1 {"user":` + visitor + `}`) {
		assert.NotContains(t, line, `"logged":false`, "who has no chat yet is still logged in")
	}
}

// Of the refused messages, the last hundred can be retried. One that is dropped is
// reported as discarded.
func TestFailedAreBounded(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{})
	s.run(chatting)
	for i := range 100 {
		s.run(fmt.Sprintf("send %d c m\nrefuse #%d 403 no", 4+i, 3+i))
	}
	effects := s.run("send 104 c m\nrefuse #103 403 no")
	assert.Contains(t, strings.Join(effects, "\n"), `"eventId":"#3","state":"discarded"`)
	assert.Contains(t, s.run("retry 105 #3"), `reject 105 404 no message with the eventId "#3" is pending or failed`)
}
