package core_test

import "testing"

// A stored request is in the store before it is sent, and later requests do not
// overtake it.
func TestStoredFirst(t *testing.T) {
	t.Parallel()
	const writing = chatting + "slow\nsend 4 c one\n"
	check(t, []edge{
		{name: "emitted, and given to the store", given: chatting + "slow", when: "send 4 c one", then: []string{"persist #3", `"state":"pending"`, `created 4 #3 "one" v`}, never: []string{"send"}},
		{name: "then sent", given: writing, when: "stored 1", then: []string{`send 1 {"id":"#3"`}, never: []string{"created"}},
		{name: "once", given: writing + "stored 1", when: "stored 1"},
		{name: "what comes after it waits", given: writing, when: "activity 5 c writing", never: []string{"send"}},
		{name: "and goes with it, in order", given: writing + "activity 5 c writing\nsend 6 c two", when: "stored 1",
			then: []string{`send 1 {"id":"#3"`, "users:activity"}, never: []string{`send 1 {"id":"#4"`}},
		{name: "writes are done with up to one", given: writing + "send 5 c two", when: "stored 2", then: []string{`send 1 {"id":"#3"`, `send 1 {"id":"#4"`}},
		{name: "a later write stands for itself", given: writing + "stored 1\nsend 5 c two", when: "activity 6 c writing", never: []string{"send"}},
		{name: "a number that was never given", given: writing, when: "stored 9", then: []string{"send 1"}},
		{name: "does not count for the next", given: writing + "stored 9", when: "send 5 c two", then: []string{"persist #4"}, never: []string{"send"}},
		{name: "a new connection does not go before the store", given: writing + "closed 1006\nfire redial\nopened", when: `reply #4 {"user":` + visitor + `,"chats":{"c":{"id":"c","resumed":true,"seq":11}}}`,
			never: []string{`send 2 {"id":"#3"`}},
		{name: "a page that is left waits no longer", given: writing, when: "page hidden", then: []string{`send 1 {"id":"#3"`}},
		{name: "discarded before it was stored", given: writing + "discard 5 #3", when: "stored 1"},
		{name: "and its record is removed", given: writing, when: "discard 5 #3", then: []string{"persist #3 null at once", `"state":"discarded"`, "reject 4", "settle 5"}},
		{name: "an import, a read and a close too", given: chatting + "slow\nimport 4 c []\nread 5 c m\nclose 6 c", when: "stored 3", then: []string{"history:import", "messages:read", "chats:close"}},
		{name: "a removal is a write too, that what comes after it waits for", given: writing + "discard 5 #3\nactivity 6 c writing", when: "stored 2", then: []string{"users:activity"}},
		{name: "tried again after a refusal: stored again", given: chatting + "send 4 c one\nrefuse #3 403 no\nslow", when: "retry 5 #3", then: []string{"persist #3"}, never: []string{"send"}},
		{name: "and sent", given: chatting + "send 4 c one\nrefuse #3 403 no\nslow\nretry 5 #3", when: "stored 3", then: []string{`send 1 {"id":"#3"`}},
	})
}
