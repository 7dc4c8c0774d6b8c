package core_test

import (
	"strings"
	"testing"
)

func TestChat(t *testing.T) {
	t.Parallel()
	const creating = logged + `
		create 3 {"room":"1"} 3/20
	`
	check(t, []edge{
		{name: "create", given: logged, when: `create 3 {"room":"1","lang":"en"}`, then: []string{`send 1 {"id":"#2","event":"chats:create","data":{"room":"1","lang":"en"}}`}},
		{name: "created: there is a replica", given: creating, when: `reply #2 {"chat":` + fresh + `,"seq":10,"prev":0}`, then: []string{`open {"id":"c","status":"waiting"`, `settle 3 "c"`}},
		{name: "refused", given: creating, when: `refuse #2 409 User already has a chat`, then: []string{"reject 3 409 User already has a chat"}},
		{name: "an answer without a chat", given: creating, when: `reply #2 {"success":true}`, then: []string{"reject 3 500 the server's chat"}},
		{name: "an answer with a chat that cannot be read", given: creating, when: `reply #2 {"chat":{"id":"c","history":{}}}`, then: []string{"reject 3 500 the server's chat c: must be a JSON array"}},
		{name: "its push on this very connection, late from an older one, waits for the answer", given: creating, when: `own #2 10 0 chats:create {"chatId":"c","chat":{"id":"c"},"user":` + visitor + `}`},
		{name: "the first answer given again does not turn the chat back", given: chatting + "closed 1006\ncreate 4 {}\nfire redial\nopened",
			when: "reply #3 {\"user\":" + visitor + ",\"chats\":{\"c\":{\"id\":\"c\",\"resumed\":true,\"seq\":11}}}\nreply #4 {\"chat\":" + fresh + ",\"seq\":10,\"prev\":0}",
			then: []string{`settle 4 "c"`}, never: []string{"open"}},
		{name: "load", given: logged, when: `load 3 c`, then: []string{`"event":"chats:get","data":{"chatId":"c","fields":"users,watchers,history","inParts":true}`}},
		{name: "loaded: there is a replica", given: logged + `load 3 c`, when: `reply #2 {"chat":` + fresh + `}`, then: []string{"open", `settle 3 "c"`}},
		{name: "load of an unknown one", given: logged + `load 3 c`, when: `refuse #2 404 no chat c`, then: []string{"reject 3 404 no chat c"}},

		{name: "search with the chat's config", given: creating + `reply #2 {"chat":` + fresh + `,"seq":10,"prev":0}`, when: `search 4 c leastBusy`,
			then: []string{`"event":"chats:assign","data":{"chatId":"c","algorithm":"leastBusy","maxAttempts":3,"interval":20}`}},
		{name: "search without", given: chatting, when: `search 4 c`, then: []string{`"data":{"chatId":"c"}}`}},
		{name: "a load keeps the config there is", given: creating + "reply #2 {\"chat\":" + fresh + "}\nload 4 c\nreply #3 {\"chat\":" + fresh + "}", when: `search 5 c`, then: []string{`"maxAttempts":3`}},
		{name: "a load brings another", given: creating + "reply #2 {\"chat\":" + fresh + "}\nload 4 c 7/0.5\nreply #3 {\"chat\":" + fresh + "}", when: `search 5 c`, then: []string{`"maxAttempts":7,"interval":0.5`}},
		{name: "found", given: chatting + `search 4 c`, when: `reply #3 {"agent":` + agent + `}`, then: []string{`settle 4 {"agent":` + agent + `}`}},
		{name: "nobody there", given: chatting + `search 4 c`, when: `reply #3 {}`, then: []string{`settle 4 {}`}},
		{name: "the answer lost and its entry replayed: the agent comes with the answer", given: chatting + "search 4 c\nown #3 12 11 chats:assign {\"chatId\":\"c\",\"userId\":\"v\"}",
			when: `reply #3 {"agent":` + agent + `,"seq":12,"prev":11}`, then: []string{`settle 4 {"agent":` + agent}},
		{name: "search after the close", given: closed, when: `search 4 c`, then: []string{"reject 4 410"}},

		{name: "close", given: chatting, when: `close 4 c {"reason":"done"}`, then: []string{`"event":"chats:close","data":{"chatId":"c","extraData":{"reason":"done"}}`}},
		{name: "closed by this user: shown, but not emitted", given: chatting + `close 4 c`, when: `reply #3 {"success":true,"seq":12,"prev":11}`,
			then: []string{`patch c`, `settle 4 {"success":true`}, never: []string{"emit"}},
		{name: "close after the close", given: closed, when: `close 4 c`, then: []string{"reject 4 410 the chat is closed"}},

		{name: "left by oneself", given: chatting + `event 4 chats:leave {"chatId":"c"}`, when: `reply #3 {"success":true,"seq":12,"prev":11}`,
			then: []string{`patch c {"users":[` + agent + `]`, "settle 4"}, never: []string{"emit"}},
		{name: "joined by oneself", given: logged + "load 3 c\nreply #2 {\"chat\":{\"id\":\"c\",\"users\":[],\"seq\":10}}\nevent 4 chats:join {\"chatId\":\"c\"}", when: `reply #3 {"success":true,"seq":11,"prev":10}`,
			then: []string{`patch c {"users":[` + visitor + `],"watchers":[]`, "settle 4"}, never: []string{"emit"}},
		{name: "watched by oneself", given: logged + "load 3 c\nreply #2 {\"chat\":{\"id\":\"c\",\"users\":[],\"seq\":10}}\nevent 4 chats:join {\"chatId\":\"c\",\"mode\":\"watch\"}", when: `reply #3 {"success":true,"seq":11,"prev":10}`,
			then: []string{`"users":[],"watchers":[` + visitor + `]`}},
		{name: "handed over to a room by oneself", given: chatting + `event 4 chats:transfer {"chatId":"c","room":"2"}`, when: `reply #3 {"success":true,"seq":12,"prev":11}`,
			then: []string{`"room":"2"}`, "settle 4"}, never: []string{"emit", "chats:get"}},
		{name: "an own act whose effect only the server knows: the chat is loaded again", given: chatting + `event 4 chats:intervene {"chatId":"c"}`, when: `reply #3 {"success":true,"seq":12,"prev":11}`,
			then: []string{"settle 4", "chats:get"}, never: []string{"error", "patch"}},
		{name: "an invitation to a chat left before, accepted", given: chatting + `event 4 invitations:accept {"chatId":"c"}`, when: `reply #3 {"success":true,"seq":12,"prev":11}`, then: []string{"settle 4", "chats:get"}},
	})
}

// TestSnapshot: what a chat's new state tells its listeners.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	const held = logged + `
		load 3 c
		reply #2 {"chat":{"id":"c","status":"active","users":[` + visitor + `,` + agent + `],"watchers":[],"history":[{"id":"c.8","sender":"v"},{"id":"c.9","sender":"a"},{"id":"c.10","sender":"assistant","message":"imported","imported":true}],"seq":10}}
		load 4 c
	`
	state := func(users, history, rest string) string {
		return `reply #3 {"chat":{"id":"c","users":[` + users + `],"watchers":[],"history":[` + history + `]` + rest + `}}`
	}
	const before = `{"id":"c.8","sender":"v"},{"id":"c.9","sender":"a"},{"id":"c.10","sender":"assistant","message":"imported","imported":true}`
	check(t, []edge{
		{name: "the same state emits nothing", given: held, when: state(visitor+","+agent, before, `,"status":"active","seq":10`), then: []string{"open", "settle 4"}, never: []string{"emit"}},
		{name: "messages missed, others' alone, once and in order", given: held,
			when:  state(visitor+","+agent, before+`,{"id":"c.11","sender":"a"},{"id":"c.12","sender":"v"},{"id":"c.13","sender":"a"}`, `,"status":"active","seq":13`),
			then:  []string{"open", `emit chat c message:received {"chatId":"c","userId":"a","message":{"id":"c.11"`, `message:received {"chatId":"c","userId":"a","message":{"id":"c.13"`, "settle 4"},
			never: []string{"emit chat c message:received {\"chatId\":\"c\",\"userId\":\"v\"", `emit chat c message:received {"chatId":"c","userId":"a","message":{"id":"c.9"`, "imported\":true}}\nemit"}},
		{name: "who came and who went", given: held, when: state(visitor+`,{"id":"b","providerId":"p"}`, before, `,"status":"active","seq":12`),
			then: []string{`emit chat c user:joined {"chatId":"c","chat":{"id":"c"},"user":{"id":"b","providerId":"p"},"sender":"b","mode":"","transfer":false}`, `emit chat c user:left {"chatId":"c","userId":"a","user":` + agent + `}`}},
		{name: "that it was closed", given: held, when: state(visitor, before, `,"status":"closed","seq":12`), then: []string{"user:left", `emit chat c chat:closed {"chatId":"c","userId":"system"}`}},
		{name: "the user's own joins and leaves are not emitted", given: held, when: state(agent, before, `,"status":"active","seq":12`), never: []string{"emit chat"}},
		{name: "a resumed one changes nothing", given: chatting + "closed 1006\nfire redial\nopened", when: `reply #3 {"user":` + visitor + `,"chats":{"c":{"id":"c","users":[],"resumed":true,"seq":11}}}`,
			then: []string{`"state":"open"`}, never: []string{"open {", "emit chat"}},
		{name: "what followed it comes as pushes", given: chatting + "closed 1006\nfire redial\nopened\nreply #3 {\"user\":" + visitor + ",\"chats\":{\"c\":{\"id\":\"c\",\"resumed\":true,\"seq\":11}}}",
			when: `push 15 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.15","sender":"a"}}`, then: []string{"append c", "message:received"}},
		{name: "nor does a chat loaded later emit that again", given: chatting + "closed 1006\nfire redial\nopened\nreply #3 {\"user\":" + visitor + ",\"chats\":{\"c\":{\"id\":\"c\",\"resumed\":true,\"seq\":11}}}\n" +
			`push 15 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.15","sender":"a"}}` + "\nload 4 c",
			when: `reply #4 {"chat":{"id":"c","status":"active","users":[` + visitor + `,` + agent + `],"history":[{"id":"c.15","sender":"a"},{"id":"c.17","sender":"a"}],"seq":17}}`,
			then: []string{"open {", `emit chat c message:received {"chatId":"c","userId":"a","message":{"id":"c.17"`, "settle 4"}, never: []string{`"message":{"id":"c.15"`}},
		{name: "nor after an old answer", given: held + "push 12 10 messages:new {\"chatId\":\"c\",\"userId\":\"a\",\"message\":{\"id\":\"c.12\",\"sender\":\"a\"}}\n" +
			state(visitor+","+agent, before, `,"status":"active","seq":10`) + "\nload 5 c",
			when: strings.Replace(state(visitor+","+agent, before+`,{"id":"c.12","sender":"a"},{"id":"c.14","sender":"a"}`, `,"status":"active","seq":14`), "#3", "#4", 1),
			then: []string{"open {", `emit chat c message:received {"chatId":"c","userId":"a","message":{"id":"c.14"`, "settle 5"}, never: []string{`emit chat c message:received {"chatId":"c","userId":"a","message":{"id":"c.12"`}},
		{name: "what is too old for a replay is emitted from the snapshot", given: chatting + "closed 1006\nfire redial\nopened",
			when: `reply #3 {"user":` + visitor + `,"chats":{"c":{"id":"c","status":"active","users":[` + visitor + `,` + agent + `],"history":[{"id":"c.20","sender":"a"}],"resumed":false,"seq":20}}}`,
			then: []string{"open {", "message:received"}, never: []string{"user:joined"}},
	})
}
