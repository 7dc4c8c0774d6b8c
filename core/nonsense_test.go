//go:build !js

// A browser takes a minute for what is played here, and the core, which asks for nothing but its input, decides alike there.

package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core"
)

// What no server should send causes an error where it matters, and replicas stay.
func TestNonsense(t *testing.T) {
	t.Parallel()
	const said = `messages:new {"chatId":"c","userId":"a","message":{"id":"c.12","sender":"a"}}`
	const lost = logged + "closed 1006\nfire redial\nopened\n"
	session := func(rest string) string { return `reply #1 {"user":` + visitor + rest + `}` }
	check(t, []edge{
		{name: "a reply to nobody", given: chatting, when: "reply nobody {}"},
		{name: "a refusal of nothing", given: chatting, when: "refuse nobody 500 defect"},
		{name: "a reply given twice", given: chatting + "search 4 c\nreply #3 {}", when: "reply #3 {}"},
		{name: "a reply that is no object", given: chatting + "search 4 c", when: "reply #3 []", then: []string{"reject 4 500 the server's answer to chats:assign: must be a JSON object"}},
		{name: "to a message: it fails, and can be retried", given: chatting + "send 4 c hi", when: "reply #3 7", then: []string{"persist #3 null", `"state":"failed"`, "reject 4 500"}},
		{name: "under its id", given: chatting + "send 4 c hi\nreply #3 7", when: "retry 5 #3", then: []string{`send 1 {"id":"#3"`, "persist #3 {"}},
		{name: "whose message is not an object", given: chatting + "send 4 c hi", when: `reply #3 {"message":[1],"seq":12,"prev":11}`, then: []string{`"state":"failed"`, "reject 4 500"}, never: []string{"append", "at c 1"}},
		{name: "that says nothing of the message", given: chatting + "send 4 c hi", when: `reply #3 {"seq":12,"prev":11}`, then: []string{"at c 12", "settle 4"}, never: []string{"append"}},
		{name: "whose place is absurd", given: chatting + "send 4 c hi", when: `reply #3 {"seq":18446744073709551616}`, then: []string{`"state":"failed"`, "reject 4 500"}},
		{name: "to a page's question, with another chat", given: chatting + "load 4 x", when: `reply #3 {"chat":` + chatAt(12) + `}`, then: []string{`reject 4 500 the server answered with chat "c"`}},
		{name: "a chat that is a number", given: logged + "load 3 c", when: `reply #2 {"chat":7}`, then: []string{"reject 3 500"}},

		{name: "a push before the socket is open", given: ready + "login 2 v t", when: "push 12 11 " + said},
		{name: "and a question", given: ready + "login 2 v t", when: `frame {"event":"ping"}`},
		{name: "before it is open", given: opening, when: "push 12 11 " + said, then: []string{`the server sent \"messages:new\" before the session was open`}, never: []string{"emit events", "send"}},
		{name: "an answer to what has not been asked on this connection", given: lost + "send 3 c hi", when: `reply #3 {}`, then: []string{"before the session was open"}, never: []string{"settle", "persist"}},
		{name: "an error about nothing", given: opening, when: `frame {"error":{"code":400,"message":"what?"}}`, then: []string{`emit parley error {"code":400,"message":"what?"}`}},
		{name: "the session opened twice", given: opening + session(""), when: session(`,"chats":{"c":` + fresh + `}`)},
		{name: "for nobody", given: opening, when: `reply #1 {"user":null}`, then: []string{`emit parley error {"code":500`, "arm redial"}, never: []string{"reject", "clear"}},
		{name: "for a user without a name", given: opening, when: `reply #1 {"user":{}}`, then: []string{`emit parley error {"code":500`, "arm redial"}, never: []string{"reject", "clear"}},
		{name: "chats that are an array", given: opening, when: session(`,"chats":[]`), then: []string{`emit parley error {"code":500,"message":"the server's answer to session:open: must be a JSON object, not a JSON array"`, "arm redial"}},
		{name: "a chat without users is one", given: opening, when: session(`,"chats":{"c":{"id":"c","users":null,"watchers":null,"seq":9}}`), then: []string{"open {", "settle 2"}, never: []string{"error"}},
		{name: "one of wrong types causes an error; the others are there", given: opening, when: session(`,"chats":{"x":{"id":"x","users":{}},"y":{"id":"y","seq":"9"},"z":{"id":"z","history":[7]},"w":{"id":"w","history":[{"id":7}]},"c":` + fresh + `}`),
			then: []string{"users: must be a JSON array", "seq: must be a number", "must be a JSON object, not a number", "id: must be a string", `open {"id":"c"`, "settle 2"}},
		{name: "a replica stays when its snapshot cannot be read", given: chatting + "closed 1006\nfire redial\nopened", when: `reply #3 {"user":` + visitor + `,"chats":{"c":{"id":"c","seq":"x"}}}`, then: []string{"emit parley error", "chats:get"}, never: []string{"open {"}},
		{name: "and can be written in", given: chatting + "closed 1006\nfire redial\nopened\n" + `reply #3 {"user":` + visitor + `,"chats":{"c":{"id":"c","seq":"x"}}}`, when: "send 4 c hi", then: []string{`"event":"messages:new"`}},
		{name: "limits of nothing are none", given: opening + session(`,"limits":{"message":0,"frame":0}`), when: "send 3 c hi", then: []string{`"event":"messages:new"`}},
		{name: "limits without a limit", given: opening + session(`,"limits":{"message":9007199254740992,"frame":9007199254740992}`), when: "send 3 c hi", then: []string{`"event":"messages:new"`}},
		{name: "limits that nothing keeps", given: opening + session(`,"limits":{"frame":1}`), when: "send 3 c hi", then: []string{"reject 3 413 messages:new is"}},
		{name: "also with a chat to be loaded", given: opening + session(`,"limits":{"frame":1}`), when: "push 12 11 " + said, then: []string{`"code":413,"message":"chat \"c\" cannot be loaded: chats:get is`}},
		{name: "limits of wrong types", given: opening, when: session(`,"limits":[]`), then: []string{"emit parley error", "arm redial"}},

		{name: "an entry in a place that is absurd", given: chatting, when: "push 18446744073709551616 11 " + said, then: []string{"seq: must be a whole number"}, never: []string{"at c 1"}},
		{name: "that is a fraction", given: chatting, when: "push 12.5 11 " + said, then: []string{"seq: must be a whole number"}},
		{name: "that is text", given: chatting, when: `push "12" 11 ` + said, then: []string{"seq: must be a number"}},
		{name: "behind a later one", given: chatting, when: "push 12 15 " + said, then: []string{"chats:get"}, never: []string{"at c 1", "emit chat"}},
		{name: "that is there already, with the place after it", given: chatting, when: "push 11 11 " + said, never: []string{"at c 1", "emit"}},
		{name: "said again as another one", given: chatting + "push 12 11 " + said, when: "push 13 12 " + said, then: []string{"at c 13", `the server repeats message \"c.12\" of chat \"c\"`}, never: []string{"append", "message:received"}},
		{name: "a message without one", given: chatting, when: `push 12 11 messages:new {"chatId":"c","userId":"a"}`, then: []string{"emit parley error"}, never: []string{"at c 1", "emit chat"}},
		{name: "whose message is not an object", given: chatting, when: `push 12 11 messages:new {"chatId":"c","userId":"a","message":"hi"}`, then: []string{"emit parley error"}, never: []string{"at c 1", "emit chat"}},
		{name: "whose sender, before the id, is of a wrong type", given: chatting, when: `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"sender":7,"id":"c.12"}}`, then: []string{"at c 12", "append c", "message:received"}, never: []string{"error"}},
		{name: "of a message without an id", given: chatting, when: `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"sender":"a"}}`, then: []string{"has no id"}, never: []string{"at c 1", "emit chat"}},
		{name: "read, but which one", given: chatting, when: `push 12 11 messages:read {"chatId":"c","userId":"a"}`, then: []string{"emit parley error"}, never: []string{"at c 1", "emit chat"}},
		{name: "and what comes next has the chat loaded", given: chatting + `push 12 11 messages:new {"chatId":"c","userId":"a"}`, when: `push 13 12 chats:close {"chatId":"c","userId":"a"}`, then: []string{"chats:get"}, never: []string{"chat:closed"}},
		{name: "an entry of no chat", given: chatting, when: `push 12 11 chats:close {"userId":"a"}`, then: []string{"the server's push chats:close: has no chatId"}, never: []string{"send"}},
		{name: "of a chat that is a number", given: chatting, when: `push 12 11 chats:close {"chatId":7}`, then: []string{"chatId: must be a string"}},
		{name: "without data", given: chatting, when: `frame {"seq":12,"prev":11,"event":"chats:close"}`, then: []string{"emit parley error"}, never: []string{"send", "emit chat"}},

		{name: "bytes that are no text", given: chatting, when: "frame {\"event\":\"\xff\"}", then: []string{"frame is not UTF-8"}},
		{name: "nested deeper than a browser's stack", given: chatting, when: `frame {"event":"x","data":{"a":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + `}}`, then: []string{"nested deeper than 500"}},
		{name: "nested too deep", given: chatting, when: `frame {"event":"x","data":{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`, then: []string{"cannot be read"}},
		{name: "a frame of ten million bytes", given: chatting, when: `frame {"event":"x","data":{"a":"` + strings.Repeat("x", 10_000_000) + `"}}`, then: []string{"emit events x"}},
		{name: "a part of what is no list", given: chatting, when: `frame {"event":"chats:history","data":{"chatId":"c","from":0,"history":{}}}`, then: []string{"the server's chats:history of chat"}, never: []string{"part"}},
		{name: "of no chat", given: chatting, when: `frame {"event":"chats:history","data":{"history":[]}}`, then: []string{"emit parley error"}, never: []string{"part"}},
	})
}

// No frame breaks the client, in any phase.
func TestNonsenseAnywhere(t *testing.T) {
	t.Parallel()
	values := []string{`null`, `7`, `-1`, `1e400`, `"x"`, `""`, `[]`, `[[]]`, `{}`, `[null]`, `{"id":null}`, `true`}
	members := []string{"id", "event", "seq", "prev", "eventId", "data", "error"}
	events := []string{"session:open", "chats:get", "chats:history", "bye", "ping", "chats:create", "chats:join", "chats:leave", "chats:intervene", "chats:transfer", "chats:close",
		"messages:new", "messages:read", "history:import", "users:activity", "queues:update", "system:info", "forever:alone", "invitations:accept"}
	inside := []string{"chatId", "userId", "user", "message", "history", "data", "chat", "interventor", "intervenedUsers", "mode", "room", "from", "retryAfter"}
	for _, given := range []string{ready + "login 2 v t", opening, logged, chatting, chatting + "send 4 c hi\nload 5 c\nsearch 6 c\nimport 7 c []"} {
		try := func(frame string) {
			s := newScript(t, core.Options{})
			s.run(given)
			effects := s.run("frame " + frame)
			assert.Less(t, len(effects), 30, frame)
			s.run("after 1h\npage visible")
			if _, waits := s.due[core.TimerRedial]; waits {
				s.run("fire redial\nopened")
			}
		}
		for _, value := range values {
			for _, member := range members {
				try(fmt.Sprintf(`{"id":"#3","seq":12,"prev":11,"event":"messages:new","data":{"chatId":"c"},%q:%s}`, member, value))
				try(fmt.Sprintf(`{"id":"#3",%q:%s}`, member, value))
			}
			for _, event := range events {
				for _, member := range inside {
					try(fmt.Sprintf(`{"seq":12,"prev":11,"event":%q,"data":{"chatId":"c",%q:%s}}`, event, member, value))
				}
			}
		}
	}
}
