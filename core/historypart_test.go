package core_test

import "testing"

// TestParts: a long history comes in parts before the reply that gives its chat.
func TestParts(t *testing.T) {
	t.Parallel()
	part := func(from, messages string) string {
		return `
			frame {"event":"chats:history","data":{"chatId":"c","from":` + from + `,"history":[` + messages + `]}}
		`
	}
	reply := func(id, messages string) string {
		return `reply ` + id + ` {"chat":{"id":"c","status":"active","users":[` + visitor + `,` + agent + `],"watchers":[],"history":[` + messages + `],"seq":20}}`
	}
	const first, second, third, fourth = `{"id":"c.8","sender":"a"}`, `{"id":"c.9","sender":"a"}`, `{"id":"c.12","sender":"a"}`, `{"id":"c.14","sender":"a"}`
	const received = `emit chat c message:received {"chatId":"c","userId":"a","message":`
	held := logged + `load 3 c` + part("0", first) + `reply #2 {"chat":{"id":"c","status":"active","users":[` + visitor + `,` + agent + `],"history":[` + second + `],"seq":9}}
		load 4 c
	`
	check(t, []edge{
		{name: "handed on as it comes, also while the session opens, which has the time it needs", given: opening, when: part("0", first),
			then: []string{`part c 0 [` + first + `]`, "arm open 10s"}, never: []string{"emit", "open {"}},
		{name: "a slow network may take longer over them than over a login", given: opening + "after 10s" + part("0", first) + "after 10s\nfire deadline", when: part("1", second), then: []string{"part c 1"}, never: []string{"reject"}},
		{name: "but not for ever", given: opening + "after 10s" + part("0", first) + "after 10s\nfire deadline\nafter 30s", when: "fire deadline", then: []string{"reject 2 503"}},
		{name: "what was missed is emitted once the chat is there", given: held + part("0", first) + part("1", second+","+third), when: reply("#3", fourth),
			then: []string{"open {", received + third, received + fourth, "settle 4"}, never: []string{received + first, received + second}},
		{name: "once, when a part comes twice", given: held + part("0", first) + part("1", second+","+third) + part("1", second+","+third), when: reply("#3", fourth),
			then: []string{received + third, received + fourth, "settle 4"}, never: []string{received + second}},
		{name: "the second time it is not handed on", given: held + part("0", first) + part("1", second), when: part("1", second)},
		{name: "nothing was", given: held + part("0", first), when: reply("#3", second), then: []string{"open {", "settle 4"}, never: []string{"emit"}},
		{name: "of a chat that had no message all was", given: chatting + "load 4 c" + part("0", first) + part("1", second), when: reply("#3", third), then: []string{received + first, received + second, received + third}},
		{name: "parts of a lost connection do not count", given: held + part("0", first+","+second) + part("2", third) + "closed 1006\nfire redial\nopened\nreply #4 {\"user\":" + visitor + ",\"chats\":{\"c\":{\"id\":\"c\",\"seq\":9,\"resumed\":true}}}" +
			part("0", first+","+second) + part("2", third), when: reply("#3", fourth), then: []string{"open {", received + third, received + fourth}},
		{name: "nothing is emitted for a chat without a replica", given: logged + "load 3 c" + part("0", first), when: reply("#2", second), then: []string{"open {", "settle 3"}, never: []string{"emit"}},
		{name: "one that cannot be read causes an error", given: held, when: `frame {"event":"chats:history","data":{"chatId":"c","from":0,"history":[{"id":"c.9"},7]}}`,
			then: []string{`emit parley error {"code":500,"message":"the server's chats:history of chat \"c\": must be a JSON object`}, never: []string{"part"}},
		{name: "one without messages too", given: opening, when: `frame {"event":"chats:history"}`, then: []string{"emit parley error"}, never: []string{"part"}},
	})
}
