package core_test

import (
	"testing"

	"parley/core"
)

func TestSendMessage(t *testing.T) {
	t.Parallel()
	const reply = `reply #3 {"message":{"id":"c.12","sender":"v","message":"hi"},"seq":12,"prev":11}`
	check(t, []edge{
		{name: "sent, stored, created", given: chatting, when: `send 4 c hi`,
			then: []string{`send 1 {"id":"#3","event":"messages:new","data":{"chatId":"c","message":"hi"}}`,
				`persist #3 {"id":"#3","appId":"demo","userId":"v","chatId":"c","event":"messages:new","data":{"chatId":"c","message":"hi"},"at":1700000000000}`, `created 4 #3 "hi" v`}},
		{name: "answered: no longer stored, part of the history", given: chatting + "send 4 c hi", when: reply,
			then: []string{"persist #3 null", `append c [{"id":"c.12"`, `settle 4 {"eventId":"#3","message":{"id":"c.12","sender":"v","message":"hi"}}`}, never: []string{"emit chat", "at once"}},
		{name: "refused: no longer stored", given: chatting + "send 4 c hi", when: `refuse #3 413 too long`, then: []string{"persist #3 null at once", "reject 4 413 too long"}, never: []string{"append"}},
		{name: "answered twice is said once", given: chatting + "send 4 c hi\n" + reply, when: reply},
		{name: "answer lost, replayed by a push", given: chatting + "send 4 c hi", when: `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":{"id":"c.12","sender":"v"}}`,
			then: []string{"persist #3 null", "append c", `settle 4 {"eventId":"#3","message":{"id":"c.12","sender":"v"}}`}, never: []string{"emit chat"}},
		{name: "whose late answer is dropped", given: chatting + "send 4 c hi\nown #3 12 11 messages:new {\"chatId\":\"c\",\"userId\":\"v\",\"message\":{\"id\":\"c.12\"}}", when: reply},
		{name: "the answer stands in a snapshot already: settled, not said again", given: chatting + `send 4 c hi
			load 5 c
			reply #4 {"chat":{"id":"c","status":"active","users":[` + visitor + `],"history":[{"id":"c.12","sender":"v"}],"seq":12}}`, when: reply,
			then: []string{"settle 4"}, never: []string{"append"}},
		{name: "for a chat without a replica the server decides", given: logged, when: `send 3 elsewhere hi`, then: []string{"send", "persist", "created"}},
		{name: "empty", given: chatting, when: `send 4 c `, then: []string{"reject 4 400 message is empty"}, never: []string{"persist"}},
		{name: "the limit counts characters", given: chatting, when: `send 4 c é*10000`, then: []string{"created 4"}},
		{name: "one more is too long", given: chatting, when: `send 4 c é*10001`, then: []string{"reject 4 413 message is 10001 characters long; the limit is 10000"}, never: []string{"persist"}},
		{name: "too large a frame is not stored", options: core.Options{FrameBytes: 8000}, given: chatting, when: `send 4 c é*9000`, then: []string{"reject 4 413 messages:new is"}, never: []string{"persist", "created"}},
		{name: "after the close", given: closed, when: `send 4 c hi`, then: []string{"reject 4 410 the chat is closed"}, never: []string{"persist"}},
		{name: "by one who is not in the chat", given: logged + `load 3 c
			reply #2 {"chat":{"id":"c","status":"active","users":[` + agent + `],"seq":5}}`, when: `send 4 c hi`, then: []string{"reject 4 403 user v is not in chat c"}},
		{name: "an answer that cannot be read ends it too", given: chatting + "send 4 c hi", when: `reply #3 {"seq":"x"}`, then: []string{"persist #3 null", "reject 4 500 the server's answer to messages:new"}},
	})
}

func TestReadMessage(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "sent", given: chatting, when: `read 4 c c.12`, then: []string{`send 1 {"id":"#3","event":"messages:read","data":{"chatId":"c","messageId":"c.12"}}`}},
		{name: "answered whole", given: chatting + "read 4 c c.12", when: `reply #3 {"message":{"id":"c.12"},"userId":"v","success":true,"seq":13,"prev":11}`,
			then: []string{`settle 4 {"message":{"id":"c.12"},"userId":"v","success":true,"seq":13,"prev":11}`}, never: []string{"append", "emit", "patch"}},
		{name: "its place in the log counts", given: chatting + "read 4 c c.12\nreply #3 {\"success\":true,\"seq\":13,\"prev\":11}", when: `push 14 13 messages:new {"chatId":"c","userId":"a","message":{"id":"c.14","sender":"a"}}`,
			then: []string{"append c", "message:received"}},
		{name: "read before: nothing appended", given: chatting + "read 4 c c.12", when: `reply #3 {"success":true}`, then: []string{"settle 4"}},
		{name: "unknown message", given: chatting + "read 4 c c.99", when: `refuse #3 404 no message c.99`, then: []string{"reject 4 404 no message c.99"}},
		{name: "replayed: the answer still comes whole", given: chatting + "read 4 c c.12\nown #3 13 11 messages:read {\"chatId\":\"c\",\"userId\":\"v\",\"message\":{\"id\":\"c.12\"}}",
			when: `reply #3 {"message":{"id":"c.12"},"userId":"v","success":true,"seq":13,"prev":11}`, then: []string{`settle 4 {"message":{"id":"c.12"},"userId":"v"`}},
		{name: "after the close", given: closed, when: `read 4 c c.12`, then: []string{"reject 4 410"}},
	})
}

func TestSendActivity(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "sent", given: chatting, when: `activity 4 c stop-writing`, then: []string{`"event":"users:activity","data":{"chatId":"c","type":"stop-writing"}`}},
		{name: "answered", given: chatting + "activity 4 c writing", when: `reply #3 {"success":true}`, then: []string{`settle 4 {"success":true}`}},
		{name: "of no known type", given: chatting, when: `activity 4 c typing`, then: []string{`reject 4 400 type must be "writing", "stop-writing" or "not-writing", not "typing"`}},
		{name: "after the close", given: closed, when: `activity 4 c writing`, then: []string{"reject 4 410"}},
	})
}
