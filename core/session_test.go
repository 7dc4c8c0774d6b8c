package core_test

import (
	"testing"
	"time"

	"parley/core"
)

func TestInit(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "fresh --init--> starting, the app is asked for", when: `init 1`,
			then: []string{"fetch 1 GET http://x/v1/apps/demo/validate []", "arm deadline 15s"}},
		{name: "an id that no app can have", when: `init 1 app=a/b?c`, then: []string{"reject 1 401 unknown app id \"a/b?c\""}, never: []string{"fetch"}},
		{name: "and then one that it can", given: `init 1 app=a/b?c`, when: `init 2`, then: []string{"fetch 2 GET http://x/v1/apps/demo/validate"}},
		{name: "starting --ok--> ready", given: `init 1`, when: `fetched 1 200 {}`,
			then: []string{`mirror {"isInit":true}`, "settle 1"}},
		{name: "starting --refused--> fresh", given: `init 1`, when: `fetched 1 404 {"error":{"code":404,"message":"no app demo"}}`,
			then: []string{"reject 1 404 no app demo"}, never: []string{"mirror"}},
		{name: "an error of another server is known by its status", given: `init 1`, when: `fetched 1 502 <html>`,
			then: []string{"reject 1 502 the server responded with HTTP status 502"}},
		{name: "starting --unreachable--> fresh", given: `init 1`, when: `fetched 1 0 connection refused`,
			then: []string{"reject 1 503 the chat server cannot be reached: connection refused"}},
		{name: "starting --no answer--> fresh", given: `init 1`, when: `fire deadline`, then: []string{"reject 1 503 the chat server could not be reached within 15s"}},
		{name: "an HTTP time-out that comes first ends init once", options: core.Options{RequestWithin: 5 * time.Second}, given: `init 1`,
			when: `fire deadline`, then: []string{"reject 1 408"}},
		{name: "and not again at init's own deadline", options: core.Options{RequestWithin: 5 * time.Second}, given: "init 1\nfire deadline\ninit 2", when: `fire deadline`, then: []string{"reject 2 408"}},
		{name: "an answer after that is dropped", given: "init 1\nfire deadline", when: `fetched 1 200 {}`},
		{name: "a failed init can be repeated", given: "init 1\nfetched 1 0 gone", when: `init 2`, then: []string{"fetch 2"}},
		{name: "starting: a second init is refused", given: `init 1`, when: `init 2`, then: []string{"reject 2 409 ICF.init is already under way"}},
		{name: "ready: the same init again is fine", given: ready, when: `init 2`, then: []string{"settle 2"}, never: []string{"fetch"}},
		{name: "ready: init for another app is refused", given: ready, when: `init 2 app=other`, then: []string{`reject 2 409 ICF.init was called before for app "demo"`}},
		{name: "before init nothing works", when: `send 1 c hi`, then: []string{"reject 1 400 call ICF.init first"}},
		{name: "nor does a REST call", when: `api 1 GET /x`, then: []string{"reject 1 400"}},
		{name: "nor login", when: `login 1 v t`, then: []string{"reject 1 400"}},
		{name: "nor logout", given: `init 1`, when: `logout 2`, then: []string{"reject 2 400"}},
	})
}

func TestRestore(t *testing.T) {
	t.Parallel()
	const restoring = "init 1 v t\nopened\n"
	check(t, []edge{
		{name: "fresh --init with a stored session--> starting, it is tried", when: `init 1 v t`, then: []string{"dial 1 ws://x/v1/socket", "arm deadline 15s"}, never: []string{"fetch"}},
		{name: "a session of another app is removed", when: `init 1 app=other v t`, then: []string{"clear", "fetch 1"}, never: []string{"dial"}},
		{name: "starting --session open--> ready, chats restored first", given: restoring,
			when: `reply #1 {"user":` + visitor + `,"chats":{"c":` + fresh + `}}`,
			then: []string{"save demo v t", `"logged":true`, `open {"id":"c"`, "settle 1", `"state":"open"`}},
		{name: "starting --no open chat--> ready without a user", given: restoring, when: `reply #1 {"user":` + visitor + `,"chats":{}}`,
			then: []string{"hangup 1", "clear", `mirror {"logged":false`, `mirror {"isInit":true}`, "settle 1"}, never: []string{"save", "fetch", "arm redial", `"logged":true`}},
		{name: "an agent stays without one", given: restoring, when: `reply #1 {"user":{"id":"v","providerId":"p"},"chats":{}}`,
			then: []string{"save demo v t", `"logged":true`, "settle 1"}, never: []string{"clear"}},
		{name: "starting --session dead--> the app is asked for", given: restoring, when: `refuse #1 401 unknown token`,
			then: []string{"hangup 1", "clear", `mirror {"logged":false`, "drop", "fetch 1 GET http://x/v1/apps/demo/validate"}, never: []string{"reject", "arm redial"}},
		{name: "and init succeeds without a user", given: restoring + "refuse #1 401 unknown token", when: `fetched 1 200 {}`, then: []string{`mirror {"isInit":true}`, "settle 1"}},
		{name: "starting --token of someone else--> the same", given: restoring, when: `reply #1 {"user":{"id":"other"},"chats":{}}`, then: []string{"clear", "fetch 1"}},
		{name: "starting --unreachable--> tried again", given: `init 1 v t`, when: `closed 1006`, then: []string{"arm redial"}, never: []string{"reject"}},
		{name: "starting --unreachable for long--> fresh, the stored session stays", given: "init 1 v t\nclosed 1006\nfire redial\nclosed 1006", when: `fire deadline`,
			then: []string{"disarm redial", "reject 1 503"}, never: []string{"clear", "mirror"}},
		{name: "after which nobody is logged in", given: "init 1 v t\nclosed 1006\nfire deadline\ninit 2\nfetched 2 200 {}", when: `send 3 c hi`, then: []string{"reject 3 401"}},
		{name: "a chat that cannot be read causes an error; the others are restored", given: restoring,
			when: `reply #1 {"user":` + visitor + `,"chats":{"x":{"id":7},"c":` + fresh + `}}`,
			then: []string{`emit parley error {"code":500,"message":"the server's chat: id: must be a string, not a number"`, `open {"id":"c"`, "settle 1"}},
		{name: "an answer that cannot be read is tried again", given: restoring, when: `reply #1 {"user":7}`, then: []string{"hangup 1", "arm redial"}, never: []string{"reject"}},
	})
}

func TestLogin(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "ready --login--> connecting", given: ready, when: `login 2 v t`, then: []string{"dial 1"}},
		{name: "connecting --session open--> logged", given: opening, when: `reply #1 {"user":` + visitor + `}`,
			then: []string{"disarm open", "save demo v t", `mirror {"isInit":true,"logged":true,"user":` + visitor + `,"token":"t"`, `settle 2 {"user":` + visitor + `}`}},
		{name: "connecting --wrong token--> ready", given: opening, when: `refuse #1 401 unknown token`, then: []string{"hangup 1", "clear", "reject 2 401 unknown token"}, never: []string{"fetch", "arm redial"}},
		{name: "connecting --token of another user--> ready", given: opening, when: `reply #1 {"user":{"id":"w"}}`, then: []string{"hangup 1", `reject 2 403 the token belongs to another user than "v"`}},
		{name: "connecting --server not ready--> tried again", given: opening, when: `refuse #1 503 starting`, then: []string{"hangup 1", "arm redial"}, never: []string{"reject", "disarm redial"}},
		{name: "connecting --too many--> tried again", given: opening, when: `refuse #1 429 slow down`, then: []string{"arm redial"}, never: []string{"reject"}},
		{name: "connecting --no answer--> ready", given: opening, when: `fire deadline`, then: []string{"hangup 1", "reject 2 503 the chat server could not be reached within 15s"}},
		{name: "what was asked for meanwhile ends with it", given: opening + "send 3 c hi\nevent 4 x", when: `fire deadline`,
			then: []string{"hangup 1", "persist #2 null", "reject 3 503", "reject 4 503", "clear", "reject 2 503"}},
		{name: "and is not sent as the next user", given: opening + "send 3 c hi\nfire deadline\nlogin 5 w u\nopened", when: `reply #3 {"user":{"id":"w"}}`,
			then: []string{"settle 5"}, never: []string{"send"}},
		{name: "logged: the same login is fine", given: logged, when: `login 3 v t`, then: []string{`settle 3 {"user":` + visitor + `}`}, never: []string{"dial"}},
		{name: "logged: another is refused", given: logged, when: `login 3 w t`, then: []string{`reject 3 409 user "v" is logged in`}},
		{name: "connecting: the same again is refused", given: opening, when: `login 3 v t`, then: []string{"reject 3 409"}},
		{name: "limits come from the server", given: opening + `reply #1 {"user":` + visitor + `,"limits":{"message":5,"frame":4096}}`, when: `send 3 c 123456`,
			then: []string{"reject 3 413 message is 6 characters long; the limit is 5"}},
		{name: "logged --session ended by the server--> ready", given: logged + "send 3 c hi\nclosed 1006\nfire redial\nopened", when: `refuse #3 401 session ended`,
			then: []string{"hangup 2", "persist #2 null", "reject 3 401 session ended", "clear", `"logged":false`, "drop", `emit parley error {"code":401`}, never: []string{"arm redial"}},
	})
}

// A page that can prove who its user is goes on with another session of theirs.
func TestRenewal(t *testing.T) {
	t.Parallel()
	const refused = "renewable 9\n" + logged + "send 3 c hi\nclosed 1006\nfire redial\nopened\nrefuse #3 401 session ended\n"
	lost := []string{"persist #2 null", "reject 3", "clear", `"logged":false`, "drop"}
	check(t, []edge{
		{name: "logged --session ended by the server--> the page is asked", given: "renewable 9\n" + logged + "send 3 c hi\nclosed 1006\nfire redial\nopened",
			when: `refuse #3 401 session ended`, then: []string{"hangup 2", `emit parley connection {"state":"waiting","reason":"refused"`, "renew"}, never: append(lost, "arm redial")},
		{name: "its user goes on", given: refused, when: "login 5 v u", then: []string{"save demo v u", `mirror {"token":"u"}`, "settle 5", "dial 3"}, never: lost},
		{name: "and what waited is sent", given: refused + "login 5 v u\nopened", when: `reply #4 {"user":` + visitor + `,"chats":{}}`,
			then: []string{"send 3 {\"id\":\"#2\""}, never: lost},
		{name: "another user does not", given: refused, when: "login 5 w u", then: []string{`reject 5 409`}, never: []string{"dial"}},
		{name: "a hint has it ask again", given: refused + "page visible\nopened", when: "refuse #4 401 session ended", then: []string{"renew"}, never: lost},
		{name: "a hint meanwhile is of no account", given: refused + "page visible", when: "login 5 v u", then: []string{"hangup 3", "dial 4"}},
		{name: "without another session it is over", given: refused, when: "logout 5", then: []string{"persist #2 null", "reject 3 401", "clear", `"logged":false`, "drop", "settle 5"}, never: []string{"dial 3"}},
		{name: "a server that is not ready is no end", given: "renewable 9\n" + logged + "closed 1006\nfire redial\nopened", when: `refuse #2 503 starting`, then: []string{"arm redial"}, never: []string{"renew"}},
		{name: "nor is a login that is refused a renewal", given: "renewable 9\n" + opening, when: `refuse #1 401 unknown token`, then: []string{"reject 2 401"}, never: []string{"renew"}},
		{name: "a restored session stays without a chat", given: "renewable 2\ninit 1 v t\nopened", when: `reply #1 {"user":` + visitor + `,"chats":{}}`, then: []string{`"logged":true`, "settle 1"}, never: []string{"clear"}},
	})
}

func TestLogout(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "logged --logout--> ready, what waits is rejected", given: chatting + "send 4 c hi\nsearch 5 c", when: `logout 6`,
			then:  []string{`send 1 {"id":"#5","event":"session:close"}`, "hangup 1", "persist #3 null", "reject 4 401 ICF.Lobby.close was called", "reject 5 401", "clear", `mirror {"logged":false`, "drop", "settle 6"},
			never: []string{"arm redial"}},
		{name: "connecting --logout--> ready", given: opening, when: `logout 3`, then: []string{"hangup 1", "reject 2 401", "settle 3"}},
		{name: "while the connection is lost", given: logged + "closed 1006", when: `logout 3`, then: []string{"disarm redial", "settle 3"}, never: []string{"send", "hangup"}},
		{name: "ready: nothing to end, and fine", given: ready, when: `logout 2`, then: []string{"settle 2"}},
		{name: "then another user can come", given: chatting + "logout 4", when: `login 5 w u`, then: []string{"dial 2"}},
		{name: "who has none of the chats", given: chatting + "logout 4\nlogin 5 w u", when: `opened`, then: []string{`"token":"u","inParts":true,"lines":true,"chats":{}`}},
		{name: "the conversation can be read on", given: chatting + "logout 4", when: "api 5 GET /chats/c/history", then: []string{"[x-hyper-appId=demo x-hyper-token=t]"}},
		{name: "the survey as well, and after a second call", given: chatting + "logout 4\nlogout 5", when: "api 6 GET /surveys/1?sourceType=ticket", then: []string{"x-hyper-token=t"}},
		{name: "nothing else goes with the old token", given: chatting + "logout 4", when: "api 5 GET /agents/available", then: []string{"fetch 5"}, never: []string{"x-hyper-token"}},
		{name: "nor does anything that is no reading", given: chatting + "logout 4", when: "api 5 POST /chats/c/messages", then: []string{"fetch 5"}, never: []string{"x-hyper-token"}},
		{name: "the next user's token is that user's", given: chatting + "logout 4\nlogin 5 w u", when: "api 6 GET /chats/c", then: []string{"x-hyper-token=u"}},
		{name: "REST calls outlive it", given: logged + "api 3 GET /x\nlogout 4", when: `fetched 3 200 1`, then: []string{`settle 3 {"data":1}`}},
	})
}
