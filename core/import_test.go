package core_test

import "testing"

func TestImportHistory(t *testing.T) {
	t.Parallel()
	const history = `[{"sender":"assistant","message":"hi","created":1}]`
	const stored = `[{"id":"c.1","sender":"assistant","message":"hi","created":1,"imported":true}]`
	const given = chatting + "import 4 c " + history
	const reply = `reply #3 {"history":` + stored + `,"seq":12,"prev":11}`
	check(t, []edge{
		{name: "sent, stored, its id given", given: chatting, when: `import 4 c ` + history,
			then: []string{`send 1 {"id":"#3","event":"history:import","data":{"chatId":"c","history":` + history + `,"brief":true}}`,
				`persist #3 {"id":"#3","appId":"demo","userId":"v","chatId":"c","event":"history:import","data":{"chatId":"c","history":` + history + `,"brief":true}`, `created 4 #3 "" `}},
		{name: "answered: no longer stored, the entries have ids", given: given, when: reply,
			then: []string{"persist #3 null", `append c ` + stored + ` #3`, `settle 4 null`}, never: []string{"emit", "patch"}},
		{name: "its place in the log counts", given: given + "\n" + reply, when: `push 13 12 messages:new {"chatId":"c","userId":"a","message":{"id":"c.2","sender":"a"}}`, then: []string{"append c", "message:received"}},
		{name: "answer lost, replayed by a push", given: given, when: `own #3 12 11 history:import {"chatId":"c","userId":"v","history":` + stored + `}`,
			then: []string{"persist #3 null", "append c " + stored + " #3", "settle 4"}, never: []string{"emit"}},
		{name: "a snapshot has the answer already: the entries are given again, with the id", given: given + `
			load 5 c
			reply #4 {"chat":{"id":"c","status":"active","users":[` + visitor + `],"history":` + stored + `,"seq":12}}`, when: reply,
			then: []string{"append c " + stored + " #3", "settle 4"}},
		{name: "refused: an error of the chat and of ICF.Parley", given: given, when: `refuse #3 400 history: entry 0: no`,
			then: []string{"persist #3 null", `emit parley error {"code":400,"message":"history: entry 0: no","chatId":"c"}`, `emit chat c error {"code":400,"message":"history: entry 0: no","chatId":"c"}`, "reject 4 400"}},
		{name: "after the close the same, and it is not stored", given: closed, when: `import 4 c ` + history, then: []string{"emit parley error", "emit chat c error", "reject 4 410"}, never: []string{"persist", "send"}},
		{name: "one of an earlier page, refused", given: `outbox {"id":"00000000000000010000000000000001","appId":"demo","userId":"v","chatId":"c","event":"history:import","data":{"chatId":"c","history":[]},"at":1699999990000}
			init 1 v t
			opened
			reply #1 {"user":` + visitor + `,"chats":{"c":` + fresh + `}}`, when: `refuse 00000000000000010000000000000001 413 too much`,
			then: []string{"persist #2 null", "emit parley error", `emit chat c error {"code":413,"message":"too much","chatId":"c"}`}},
		{name: "another tab's, or an agent's", given: chatting, when: `push 12 11 history:import {"chatId":"c","userId":"a","history":` + stored + `}`,
			then: []string{"append c " + stored, "emit events history:import"}, never: []string{"emit chat"}},
		{name: "by its wire name: the whole answer comes back and into the history", given: chatting + `event 4 history:import {"chatId":"c","history":[]}`, when: reply,
			then: []string{"append c " + stored, `settle 4 {"history":` + stored}, never: []string{"persist"}},
		{name: "read up to", given: chatting, when: `upto 4 c c.12`, then: []string{`"event":"messages:read","data":{"chatId":"c","messageId":"c.12","upTo":true}`}},
	})
}
