package core_test

import "testing"

// A stored request is sent while it is being stored, and later requests do not overtake
// it.
func TestStoredAndSent(t *testing.T) {
	t.Parallel()
	const offline = chatting + "closed 1006\n"
	check(t, []edge{
		{name: "sent, given to the store, and emitted", given: chatting, when: "send 4 c one", then: []string{`send 1 {"id":"#3"`, "persist #3", `"state":"pending"`, `created 4 #3 "one" v`}},
		{name: "its record can wait for the answer, as the server was heard a moment ago", given: chatting, when: "send 4 c one", then: []string{onItsWay}},
		{name: "but not when it was not", given: chatting + "after 1s\n", when: "send 4 c one", then: []string{"persist #3"}, never: []string{onItsWay}},
		{name: "nor without a connection", given: offline, when: "send 4 c one", then: []string{"persist #3"}, never: []string{onItsWay}},
		{name: "nor when it waits behind one that is deferred", given: chatting + "send 4 c one\nrefuse #3 503 full\n", when: "send 5 c two", then: []string{"persist #4"}, never: []string{onItsWay}},
		{name: "what comes after it goes after it", given: chatting + "send 4 c one", when: "activity 5 c writing", then: []string{"users:activity"}, never: []string{`send 1 {"id":"#3"`}},
		{name: "without a connection it is stored", given: offline, when: "send 4 c one", then: []string{"persist #3", `created 4 #3 "one" v`}, never: []string{"send"}},
		{name: "and goes with the next one, in order", given: offline + "send 4 c one\nactivity 5 c writing\nsend 6 c two\nfire redial\nopened", when: `reply #5 {"user":` + visitor + `,"chats":{"c":{"id":"c","resumed":true,"seq":11}}}`,
			then: []string{`send 2 {"id":"#3"`, "users:activity", `send 2 {"id":"#4"`}, never: []string{"persist"}},
		{name: "an import too", given: chatting, when: "import 4 c []", then: []string{"history:import", "persist #3"}},
		{name: "a read", given: chatting, when: "read 5 c m", then: []string{"messages:read", "persist #3"}},
		{name: "a close", given: chatting, when: "close 6 c", then: []string{"chats:close", "persist #3"}},
		{name: "answered: its deletion can wait", given: chatting + "send 4 c one", when: `reply #3 {"message":{"id":"c.12"},"seq":12,"prev":11}`, then: []string{"persist #3", "settle 4"}, never: []string{"at once"}},
		{name: "discarded: its deletion cannot", given: offline + "send 4 c one", when: "discard 5 #3", then: []string{"persist #3 null at once", `"state":"discarded"`, "reject 4", "settle 5"}},
		{name: "nor when it was refused", given: chatting + "send 4 c one", when: "refuse #3 403 no", then: []string{"persist #3 null at once", "reject 4 403"}},
		{name: "too late to discard it: it is sent", given: chatting + "send 4 c one", when: "discard 5 #3", then: []string{"reject 5 409"}, never: []string{"persist"}},
		{name: "tried again after a refusal: stored again, and sent", given: chatting + "send 4 c one\nrefuse #3 403 no", when: "retry 5 #3", then: []string{`send 1 {"id":"#3"`, "persist #3"}},
	})
}
