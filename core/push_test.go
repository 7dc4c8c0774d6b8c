package core_test

import "testing"

// TestPush: the documented events, each with what the interface says it carries.
func TestPush(t *testing.T) {
	t.Parallel()
	message := `{"chatId":"c","userId":"a","message":{"id":"c.12","chat":"c","sender":"a","type":"text","message":"hi","created":1700000000.5}}`
	check(t, []edge{
		{name: "user:joined", given: chatting, when: `push 12 11 chats:join {"chatId":"c","chat":{"id":"c"},"user":{"id":"b"},"sender":"b","mode":"","transfer":true}`,
			then: []string{`patch c {"users":[` + visitor + `,` + agent + `,{"id":"b"}]`, `emit events chats:join`, `emit chat c user:joined {"chatId":"c","chat":{"id":"c"},"user":{"id":"b"},"sender":"b","mode":"","transfer":true}`}},
		{name: "user:joined, watching", given: chatting, when: `push 12 11 chats:join {"chatId":"c","user":{"id":"b"},"sender":"b","mode":"watch"}`,
			then: []string{`"watchers":[{"id":"b"}]`, `"mode":"watch"}`}},
		{name: "one's own join, from elsewhere", given: chatting, when: `push 12 11 chats:join {"chatId":"c","user":` + visitor + `,"sender":"v"}`, then: []string{"patch c", "emit events"}, never: []string{"user:joined"}},
		{name: "one's own leaving, as the server lost sight of this client", given: chatting, when: `push 12 11 chats:leave {"chatId":"c","userId":"v","user":` + visitor + `}`,
			then: []string{`patch c {"users":[` + agent + `]`, "emit events chats:leave"}, never: []string{"user:left"}},
		{name: "and the chat stays one's own", given: chatting + `push 12 11 chats:leave {"chatId":"c","userId":"v","user":` + visitor + `}`, when: `send 4 c hi`,
			then: []string{`"event":"messages:new"`}, never: []string{"403"}},
		{name: "user:left", given: chatting, when: `push 12 11 chats:leave {"chatId":"c","userId":"a","user":` + agent + `}`,
			then: []string{`patch c {"users":[` + visitor + `],"watchers":[],"status":"waiting"`, `emit chat c user:left {"chatId":"c","userId":"a","user":` + agent + `}`}},
		{name: "user:activity", given: chatting, when: `frame {"event":"users:activity","data":{"chatId":"c","userId":"a","type":"writing"}}`,
			then: []string{`emit chat c user:activity {"chatId":"c","userId":"a","type":"writing"}`}},
		{name: "activity of one who is not in the chat", given: chatting, when: `frame {"event":"users:activity","data":{"chatId":"c","userId":"x","type":"writing"}}`,
			then: []string{"emit events users:activity"}, never: []string{"emit chat"}},
		{name: "activity that is not documented, such as of one whose connection is lost", given: chatting, when: `frame {"event":"users:activity","data":{"chatId":"c","userId":"a","type":"leave"}}`,
			then: []string{"emit events users:activity"}, never: []string{"emit chat"}},
		{name: "activity of oneself, elsewhere", given: chatting, when: `frame {"event":"users:activity","data":{"chatId":"c","userId":"v","type":"writing"}}`, then: []string{"emit events"}, never: []string{"emit chat"}},
		{name: "activity in a chat without a replica", given: logged, when: `frame {"event":"users:activity","data":{"chatId":"c","userId":"a","type":"writing"}}`, then: []string{"emit events"}, never: []string{"send"}},
		{name: "message:received", given: chatting, when: `push 12 11 messages:new ` + message, then: []string{`append c [{"id":"c.12"`, `emit events messages:new ` + message, `emit chat c message:received ` + message}, never: []string{"patch"}},
		{name: "a message of one's own, from another tab", given: chatting, when: `own another-tab 12 11 messages:new {"chatId":"c","userId":"v","message":{"id":"c.12","sender":"v"}}`,
			then: []string{"append c", "emit chat c message:received"}},
		{name: "message:read", given: chatting, when: `push 12 11 messages:read {"chatId":"c","userId":"a","message":{"id":"c.9","sender":"v"}}`, then: []string{`emit chat c message:read {"chatId":"c","userId":"a","message":{"id":"c.9","sender":"v"}}`}, never: []string{"append"}},
		{name: "chat:closed", given: chatting, when: `push 12 11 chats:close {"chatId":"c","userId":"system","extraData":{"reason":"inactivity"}}`,
			then: []string{`"status":"closed","closed":true}`, `emit chat c chat:closed {"chatId":"c","userId":"system","extraData":{"reason":"inactivity"}}`}},
		{name: "chat:closed by oneself, elsewhere", given: chatting, when: `own another-tab 12 11 chats:close {"chatId":"c","userId":"v"}`, then: []string{"patch c", "emit chat c chat:closed"}},
		{name: "the room changes", given: chatting, when: `push 12 11 chats:transfer {"chatId":"c","userId":"a","room":"2"}`, then: []string{`"room":"2"}`, "emit events chats:transfer"}, never: []string{"emit chat"}},
		{name: "chat:intervened", given: chatting, when: `push 12 11 chats:intervene {"chatId":"c","chat":{"id":"c"},"interventor":{"id":"l","providerId":"p"},"intervenedUsers":[` + agent + `]}`,
			then: []string{`patch c {"users":[` + visitor + `,{"id":"l","providerId":"p"}]`, `emit chat c chat:intervened {"chatId":"c","chat":{"id":"c"},"interventor":{"id":"l"`}, never: []string{"user:left", "user:joined"}},
		{name: "forever:alone", given: chatting, when: `push 12 11 forever:alone {"chatId":"c"}`, then: []string{`emit chat c forever:alone {"chatId":"c"}`}},
		{name: "queue:update", given: chatting, when: `frame {"event":"queues:update","data":{"chatId":"c","data":{"queuePosition":2,"waitingTime":30}}}`,
			then: []string{`patch c {"inQueue":true}`, `emit events queues:update {"chatId":"c","data"`, `emit chat c queue:update {"queuePosition":2,"waitingTime":30}`}},
		{name: "queue:update again: still in the queue", given: chatting + `frame {"event":"queues:update","data":{"chatId":"c","data":{"queuePosition":2,"waitingTime":30}}}`,
			when: `frame {"event":"queues:update","data":{"chatId":"c","data":{"queuePosition":1,"waitingTime":9}}}`, then: []string{`emit chat c queue:update {"queuePosition":1`}, never: []string{"patch"}},
		{name: "an agent ends the waiting", given: chatting + `frame {"event":"queues:update","data":{"chatId":"c","data":{"queuePosition":1,"waitingTime":9}}}`,
			when: `push 12 11 chats:join {"chatId":"c","user":{"id":"b","providerId":"p"},"sender":"b"}`, then: []string{`"status":"active"`, `patch c {"inQueue":false}`, "user:joined"}},
		{name: "so does the close", given: chatting + `frame {"event":"queues:update","data":{"chatId":"c","data":{"queuePosition":1,"waitingTime":9}}}`,
			when: `push 12 11 chats:close {"chatId":"c","userId":"system"}`, then: []string{`patch c {"inQueue":false}`, "chat:closed"}},
		{name: "chat:timer:expiryAlert", given: chatting, when: `push 12 11 chats:expiryAlert {"chatId":"c","timeLeft":60}`, then: []string{`emit chat c chat:timer:expiryAlert {"chatId":"c","timeLeft":60}`}, never: []string{"patch"}},
		{name: "system:info", given: closed, when: `push 13 12 system:info {"chatId":"c","data":{"ticketId":"t1"}}`, then: []string{`emit lobby system:info {"chatId":"c","data":{"ticketId":"t1"}}`}},
		{name: "an event that is not documented", given: chatting, when: `frame {"event":"news","data":[1]}`, then: []string{`emit parley error {"code":500,"message":"the server's push news: must be a JSON object`}},
		{name: "is for those who subscribed", given: chatting, when: `frame {"event":"news","data":{"a":1}}`, then: []string{`emit events news {"a":1}`}, never: []string{"emit chat"}},
		{name: "also without data", given: chatting, when: `frame {"event":"news"}`, then: []string{`emit events news`}},
	})
}

func TestPushOrder(t *testing.T) {
	t.Parallel()
	const gap = `push 14 12 messages:new {"chatId":"c","userId":"a","message":{"id":"c.14","sender":"a"}}`
	snapshot := `{"chat":{"id":"c","status":"active","users":[` + visitor + `,` + agent + `],"history":[{"id":"c.12","sender":"a"},{"id":"c.14","sender":"a"}],"seq":14}}`
	check(t, []edge{
		{name: "applied before: dropped", given: chatting, when: `push 11 10 chats:join {"chatId":"c","user":{"id":"b"}}`},
		{name: "after a gap the chat is loaded again, and listeners wait", given: chatting, when: gap, then: []string{"emit events", "chats:get"}, never: []string{"append", "emit chat"}},
		{name: "once, however many follow", given: chatting + gap, when: `push 15 14 messages:new {"chatId":"c","userId":"a","message":{"id":"c.15","sender":"a"}}`, never: []string{"chats:get", "append", "emit chat"}},
		{name: "the snapshot emits them once", given: chatting + gap, when: `reply #3 ` + snapshot, then: []string{"open", `"message":{"id":"c.12"`, `"message":{"id":"c.14"`}, never: []string{"user:joined"}},
		{name: "a gap before one's own answer", given: chatting + "send 4 c hi", when: `reply #3 {"message":{"id":"c.14","sender":"v"},"seq":14,"prev":12}`, then: []string{"settle 4", "chats:get"}, never: []string{"append"}},
		{name: "and one's own message is in the snapshot", given: chatting + "send 4 c hi\nreply #3 {\"message\":{\"id\":\"c.14\",\"sender\":\"v\"},\"seq\":14,\"prev\":12}",
			when: `reply #4 {"chat":{"id":"c","users":[` + visitor + `,` + agent + `],"history":[{"id":"c.12","sender":"a"},{"id":"c.14","sender":"v"}],"seq":14}}`,
			then: []string{"open", `message:received {"chatId":"c","userId":"a","message":{"id":"c.12"`}, never: []string{`"userId":"v"`}},
		{name: "a refused resync causes an error, and is retried with a back-off", given: chatting + gap, when: "refuse #3 503 busy", then: []string{`emit parley error {"code":503,"message":"chat \"c\" cannot be loaded: busy","chatId":"c"}`, "arm deadline"}, never: []string{"chats:get"}},
		{name: "which is now", given: chatting + gap + "\nrefuse #3 500 busy", when: `fire deadline`, then: []string{"chats:get"}},
		{name: "so is one not answered", given: chatting + gap + "\nfire deadline\nfire deadline", when: `fire deadline`, then: []string{"chats:get"}},
		{name: "one refused for good is retried after the next push of the chat", given: chatting + gap + "\nrefuse #3 404 no chat c\nafter 2s", when: `push 15 14 messages:new {"chatId":"c","userId":"a","message":{"id":"c.15"}}`, then: []string{"chats:get"}},
		{name: "not by itself", given: chatting + gap, when: "refuse #3 404 no chat c", then: []string{`"chatId":"c"}`}, never: []string{"arm", "chats:get"}},
		{name: "a reload lost with the connection is asked for again", given: chatting + gap + "\nclosed 1006\nfire redial\nopened", when: `reply #4 {"user":` + visitor + `}`, then: []string{"chats:get"}},
		{name: "what a redaction removed is removed from the page: the chat is loaded again", given: chatting, when: `push 12 11 chats:redact {"chatId":"c","about":"v"}`, then: []string{"at c 12", "chats:get"}},
		{name: "and replaces what the page had", given: chatting + `push 12 11 chats:redact {"chatId":"c","about":"v"}`, when: `reply #3 {"chat":` + chatAt(12, "c.11") + `}`, then: []string{`open {"id":"c"`, "gap"}, never: []string{"emit chat"}},
		{name: "also of a chat that is closed, whose entries are not pushed any more", given: chatting, when: `push 0 0 chats:redact {"chatId":"c","about":"v"}`, then: []string{"chats:get"}},
		{name: "a removed chat leaves an empty one", given: chatting, when: `push 0 0 chats:remove {"chatId":"c","chat":{"id":"c","status":"closed","users":[],"history":[],"seq":14}}`, then: []string{`open {"id":"c","status":"closed","users":[],"history":[]`}, never: []string{"chats:get"}},
		{name: "which a page that does not have it does not get", given: logged, when: `push 0 0 chats:remove {"chatId":"c","chat":{"id":"c","status":"closed","users":[],"history":[],"seq":14}}`, never: []string{"open {", "chats:get"}},
		{name: "after a failed resync the chat is not resumed at its position", given: chatting + gap + "\nrefuse #3 500 busy\nclosed 1006\nfire redial", when: `opened`, then: []string{`"chats":{}`}},
		{name: "and asked for, if the server does not list it", given: chatting + gap + "\nrefuse #3 500 busy\nclosed 1006\nfire redial\nopened", when: `reply #4 {"user":` + visitor + `,"chats":{}}`, then: []string{"chats:get"}},
		{name: "the page's own loading does for that", given: chatting + "load 4 c\n", when: gap, then: []string{"emit events"}, never: []string{"chats:get"}},
		{name: "unless it fails", given: chatting + "load 4 c\n" + gap, when: "refuse #3 500 busy", then: []string{"reject 4", "chats:get"}},
		{name: "or is too early for it", given: chatting + "load 4 c\n" + gap, when: `reply #3 {"chat":{"id":"c","status":"active","users":[],"history":[],"seq":11}}`, then: []string{"open", "settle 4", "chats:get"}, never: []string{"error"}},
		{name: "an entry that cannot be applied: an error, and the chat is loaded again", given: chatting, when: `push 12 11 chats:leave {"chatId":"c"}`, then: []string{`emit parley error {"code":400,"message":"chats:leave of chat c`, "chats:get"}},
		{name: "a chat that was not known is loaded", given: logged, when: `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12"}}`, then: []string{"emit events", `"event":"chats:get","data":{"chatId":"c"`}, never: []string{"emit chat"}},
		{name: "once", given: logged + `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12"}}`, when: `push 13 12 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12"}}`, never: []string{"chats:get"}},
		{name: "a raw chats:get under way does not count as that", given: logged + `event 3 chats:get {"chatId":"c"}`, when: `push 13 12 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12"}}`, then: []string{"chats:get"}},
		{name: "and kept up to date from then on", given: logged + `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12"}}`, when: `reply #2 ` + snapshot, then: []string{"open"}, never: []string{"settle", "emit chat"}},
	})
}
