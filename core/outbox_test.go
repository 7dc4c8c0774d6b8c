package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
)

func TestOutbox(t *testing.T) {
	t.Parallel()
	record := func(id, app, user string, at int64) string {
		return fmt.Sprintf("outbox {\"id\":%q,\"appId\":%q,\"userId\":%q,\"chatId\":\"c\",\"event\":\"messages:new\",\"data\":{\"chatId\":\"c\",\"message\":%q},\"at\":%d}\n", id, app, user, "from "+id, at)
	}
	const now, day = 1_700_000_000_000, 24 * 3600 * 1000
	const restoring = "init 1 v t\nopened\n"
	opened := `reply #1 {"user":` + visitor + `,"chats":{}}`
	check(t, []edge{
		{name: "sent again under its id, in order", given: record("e1", "demo", "v", now) + record("e2", "demo", "v", now) + restoring, when: opened,
			then: []string{"settle 1", `send 1 {"id":"e1","event":"messages:new","data":{"chatId":"c","message":"from e1"}}`, `send 1 {"id":"e2"`}, never: []string{"persist"}},
		{name: "not before the session is open", given: record("e1", "demo", "v", now), when: `init 1 v t`, then: []string{"dial 1"}, never: []string{"send"}},
		{name: "before what this page asks for", given: record("e1", "demo", "v", now) + "init 1\nfetched 1 200 {}\nlogin 2 v t\nsend 3 c new\nopened", when: `reply #2 {"user":` + visitor + `}`,
			then: []string{`send 1 {"id":"e1"`, `send 1 {"id":"#1"`}},
		{name: "answered: forgotten", given: record("e1", "demo", "v", now) + restoring + opened, when: `reply e1 {"message":{"id":"c.1"},"seq":1,"prev":0}`, then: []string{"persist e1 null"}, never: []string{"settle"}},
		{name: "to a chat with a replica: emitted, as from another tab", given: record("e1", "demo", "v", now) + restoring + `reply #1 {"user":` + visitor + `,"chats":{"c":` + fresh + `}}`,
			when: `reply e1 {"message":{"id":"c.11","sender":"v"},"seq":11,"prev":10}`, then: []string{"persist e1 null", "append c", `emit chat c message:received {"chatId":"c","userId":"v","message":{"id":"c.11"`}},
		{name: "that the history has already: not emitted", given: record("e1", "demo", "v", now) + restoring + `reply #1 {"user":` + visitor + `,"chats":{"c":` + fresh + `}}`,
			when: `reply e1 {"message":{"id":"c.9","sender":"v"},"seq":9,"prev":8}`, then: []string{"persist e1 null"}, never: []string{"append", "emit chat"}},
		{name: "refused: deleted, and an error", given: record("e1", "demo", "v", now) + restoring + opened, when: `refuse e1 410 the chat is closed`,
			then: []string{"persist e1 null", `emit parley error {"code":410,"message":"the chat is closed","chatId":"c"}`}},
		{name: "the last one, and no chat is open: the session is over", given: record("e1", "demo", "v", now) + record("e2", "demo", "v", now) + restoring + opened + "\nrefuse e1 410 the chat is closed", when: `refuse e2 410 the chat is closed`,
			then: []string{"persist e2 null", "hangup 1", "clear", `mirror {"logged":false`, "drop"}},
		{name: "but not before that", given: record("e1", "demo", "v", now) + record("e2", "demo", "v", now) + restoring + opened, when: `refuse e1 410 the chat is closed`, never: []string{"hangup", "clear"}},
		{name: "nor when the page goes on with it", given: record("e1", "demo", "v", now) + restoring + opened + "\ncreate 2 {}", when: `refuse e1 410 the chat is closed`, never: []string{"hangup", "clear"}},
		{name: "nor when it logs the same user in", given: record("e1", "demo", "v", now) + restoring + opened + "\nlogin 2 v t", when: `refuse e1 410 the chat is closed`, never: []string{"hangup", "clear"}},
		{name: "another user's stays", given: record("e1", "demo", "w", now) + restoring, when: opened, then: []string{"settle 1"}, never: []string{`"id":"e1"`, "persist"}},
		{name: "another app's stays", given: record("e1", "other", "v", now) + restoring, when: opened, then: []string{"settle 1"}, never: []string{`"id":"e1"`, "persist"}},
		{name: "until its user is here", given: record("e1", "demo", "w", now) + restoring + opened + "\nlogout 2\nlogin 3 w u\nopened", when: `reply #2 {"user":{"id":"w"}}`, then: []string{`"id":"e1"`}},
		{name: "too old: discarded", given: record("e1", "demo", "v", now-8*day) + restoring, when: opened, then: []string{"persist e1 null at once", `emit parley error {"code":408,"message":"a stored message was older than 168h0m0s and was discarded","chatId":"c"`}, never: []string{"send"}},
		{name: "also another user's", given: record("e1", "demo", "w", now-8*day) + restoring, when: opened, then: []string{"persist e1 null"}},
		{name: "not a record: discarded", given: "outbox {\"id\":\"e1\",\"event\":7}\n" + restoring, when: opened, then: []string{`emit parley error {"code":500,"message":"a stored message cannot be read and was discarded`, "persist e1 null at once"}, never: []string{"send 1 {\"id\":\"e1\""}},
		{name: "given twice: sent once", given: record("e1", "demo", "v", now) + restoring + opened + "\n" + record("e1", "demo", "v", now), when: "adopt", never: []string{"send"}},
		{name: "not even an object", given: "outbox [1]\n" + restoring, when: opened, then: []string{`"a stored message cannot be read`, "settle 1"}, never: []string{"persist"}},
		{name: "a member of a wrong type before its id", given: `outbox {"at":"now","event":"messages:new","id":"e1"}` + "\n" + restoring, when: opened, then: []string{"a stored message cannot be read and was discarded: at: must be a number", "persist e1 null"}},
		{name: "nor is it kept for its user, when that one leaves", given: `outbox {"id":"e1","appId":"demo","userId":"v","at":"now"}` + "\ninit 1\nfetched 1 200 {}\nlogin 2 v t", when: "logout 3", then: []string{"persist e1 null at once", "settle 3"}},
		{name: "an event of which no request is stored", given: strings.Replace(record("e1", "demo", "v", now), "messages:new", "session:close", 1) + restoring, when: opened, then: []string{`was discarded: \"session:close\" is not a request that is stored`, "persist e1 null"}, never: []string{"send"}},
		{name: "no event", given: strings.Replace(record("e1", "demo", "v", now), "messages:new", "", 1) + restoring, when: opened, then: []string{"was discarded", "persist e1 null"}, never: []string{"send"}},
		{name: "data that are no object", given: `outbox {"id":"e1","appId":"demo","userId":"v","event":"messages:new","data":["hi"]}` + "\n" + restoring, when: opened, then: []string{"was discarded", "persist e1 null"}, never: []string{"send"}},
		{name: "nor UTF-8", given: strings.Replace(record("e1", "demo", "v", now), "from", "\xff", 1) + restoring, when: opened, then: []string{"was discarded", "persist e1 null"}, never: []string{"send"}},
		{name: "an id that no server takes", given: record("é", "demo", "v", now) + restoring, when: opened, then: []string{"was discarded: id must be printable ASCII", "persist é null"}, never: []string{"send"}},
		{name: "more than a frame holds", given: record("e1", "demo", "v", now) + restoring, when: `reply #1 {"user":` + visitor + `,"chats":{},"limits":{"frame":70}}`,
			then: []string{"persist e1 null", `"state":"failed"`, `{"code":413,"message":"messages:new is 76 bytes long; the limit is 70","chatId":"c"`}, never: []string{"send"}},
		{name: "two with one id are one", given: record("e1", "demo", "v", now) + record("e1", "demo", "v", now) + record("e2", "demo", "v", now) + restoring + opened + "\nreply e1 {}", when: "retry 2 e1", then: []string{"reject 2 404"}},
		{name: "that was not said when", given: strings.Replace(record("e1", "demo", "v", now), `,"at"`, `,"then"`, 1) + restoring, when: opened, then: []string{`send 1 {"id":"e1"`}, never: []string{"error"}},
		{name: "by another user", given: strings.Replace(record("e1", "demo", "w", now), `,"at"`, `,"then"`, 1) + restoring, when: opened, then: []string{"persist e1 null"}},
		{name: "made in a time to come", given: record("e1", "demo", "v", 9_000_000_000_000_000) + restoring, when: opened, then: []string{`send 1 {"id":"e1"`}, never: []string{"error"}},
		{name: "an init that fails keeps them for the next one", given: record("e1", "demo", "v", now) + "init 1\nfetched 1 0 no network\ninit 2 v t\nopened", when: opened, then: []string{`send 1 {"id":"e1"`}},
		{name: "what an earlier page left cannot be discarded: the server may have it", given: record("e1", "demo", "v", now) + restoring + opened + "\nrefuse e1 503 full", when: "discard 2 e1", then: []string{"reject 2 409"}},
		{name: "all that is given, however much may wait", options: core.Options{MaxPending: 1}, given: record("e1", "demo", "v", now) + record("e2", "demo", "v", now) + restoring, when: opened, then: []string{`"id":"e1"`, `"id":"e2"`}},
		{name: "lost again, sent again", given: record("e1", "demo", "v", now) + restoring + opened + "\nclosed 1006\nfire redial\nopened", when: `reply #2 {"user":` + visitor + `}`, then: []string{`"id":"e1"`}},
	})
}

// A large outbox comes in batches, each after the server has the last one. This page's
// own requests come after all of it.
func TestMoreOfTheOutbox(t *testing.T) {
	t.Parallel()
	record := func(id, user string) string {
		return fmt.Sprintf("outbox {\"id\":%q,\"appId\":\"demo\",\"userId\":%q,\"chatId\":\"c\",\"event\":\"messages:new\",\"data\":{\"chatId\":\"c\"},\"at\":1700000000000}\n", id, user)
	}
	restoring := "more\ninit 1 v t\nopened\n"
	opened := `reply #1 {"user":` + visitor + `,"chats":{}}` + "\n"
	chatting := `reply #1 {"user":` + visitor + `,"chats":{"c":` + fresh + `}}` + "\n"
	again := "closed 1006\nfire redial\nopened\n"
	reopened := `reply #3 {"user":` + visitor + `,"chats":{}}` + "\n"
	e1, e2, e3 := record("e1", "v"), record("e2", "v"), record("e3", "v")
	check(t, []edge{
		{name: "not while a part is on its way", given: e1 + restoring, when: opened, then: []string{`"id":"e1"`}, never: []string{"take more"}},
		{name: "when it is answered", given: e1 + e2 + restoring + opened + "reply e1 {}", when: "reply e2 {}", then: []string{"persist e2", "take more"}},
		{name: "not before", given: e1 + e2 + restoring + opened, when: "reply e1 {}", never: []string{"take more"}},
		{name: "or refused", given: e1 + restoring + opened, when: "refuse e1 410 the chat is closed", then: []string{"persist e1", "take more"}},
		{name: "once", given: e1 + restoring + opened + "reply e1 {}", when: "page offline", never: []string{"take more"}},
		{name: "at once when nothing of it is this user's", given: record("e1", "w") + restoring, when: opened, then: []string{"settle 1", "take more"}, never: []string{"hangup"}},
		{name: "not for nobody", given: "", when: "more\ninit 1", never: []string{"take more"}},
		{name: "a part comes", given: e1 + restoring + opened + "reply e1 {}\n" + e2 + "more", when: "adopt", then: []string{`"id":"e2"`}, never: []string{"take more"}},
		{name: "and the next one", given: e1 + restoring + opened + "reply e1 {}\n" + e2 + "more\nadopt", when: "reply e2 {}", then: []string{"take more"}},
		{name: "the last one", given: e1 + restoring + chatting + "reply e1 {}\n" + e2 + "adopt", when: "reply e2 {}", never: []string{"take more", "hangup"}},
		{name: "this page's own waits for all of it", given: e1 + restoring + chatting, when: "send 2 c mine", then: []string{"persist #2", "created 2"}, never: []string{"send 1"}},
		{name: "also when a part is answered", given: e1 + restoring + chatting + "send 2 c mine", when: "reply e1 {}", then: []string{"take more"}, never: []string{"send 1"}},
		{name: "and goes after it", given: e1 + restoring + chatting + "send 2 c mine\nreply e1 {}\n" + e2 + "adopt", when: again + reopened, then: []string{`"id":"e2"`, `"id":"#2"`}},
		{name: "with the last part", given: e1 + restoring + chatting + "send 2 c mine\nreply e1 {}\n" + e2, when: "adopt", then: []string{`"id":"e2"`, `"id":"#2"`}},
		{name: "or without one", given: e1 + restoring + chatting + "send 2 c mine\nreply e1 {}", when: "adopt", then: []string{`"id":"#2"`}},
		{name: "a part that comes early goes behind the one before", given: e1 + restoring + chatting + "send 2 c mine\n" + e2 + e3 + "adopt", when: again + reopened,
			then: []string{`"id":"e1"`, `"id":"e2"`, `"id":"e3"`, `"id":"#2"`}},
		{name: "typing does not wait", given: e1 + restoring + chatting, when: "activity 2 c writing", then: []string{`"event":"users:activity"`}},
		{name: "no chat is open: the session is over with the last part", given: e1 + restoring + opened + "reply e1 {}\n" + e2 + "adopt", when: "reply e2 {}", then: []string{"hangup 1", "clear"}},
		{name: "also when that is empty", given: e1 + restoring + opened + "reply e1 {}", when: "adopt", then: []string{"hangup 1", "clear"}},
		{name: "not before", given: e1 + restoring + opened, when: "reply e1 {}", then: []string{"take more"}, never: []string{"hangup"}},
	})
}

// What one page persists, the next one sends unchanged.
func TestRecordsComeBack(t *testing.T) {
	t.Parallel()
	page := newScript(t, core.Options{})
	sent := page.run(chatting + `send 4 c hé "quoted"`)
	record := strings.TrimSuffix(page.names.expand(only(t, sent, "persist #3 ")), onItsWay)

	next := newScript(t, core.Options{})
	next.run("outbox " + record + "\ninit 1 v t\nopened")
	effects := next.run(`reply #1 {"user":` + visitor + `}`)
	assert.Equal(t, page.names.expand(only(t, sent, "send 1 ")), next.names.expand(only(t, effects, "send 1 ")))
}

// only gives what follows a beginning that exactly one line must have.
func only(t *testing.T, lines []string, begins string) (rest string) {
	for _, line := range lines {
		if after, found := strings.CutPrefix(line, begins); found {
			require.Empty(t, rest, "a second one")
			rest = after
		}
	}
	require.NotEmpty(t, rest, "%q in %v", begins, lines)
	return rest
}
