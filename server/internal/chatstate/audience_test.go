package chatstate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/core/wire"
)

func TestWhoSeesWhat(t *testing.T) {
	joinA := fact(chat.EventJoin, `{"user":`+agent+`,"mode":""}`)
	watchL := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
	leaveL := fact(chat.EventLeave, `{"userId":"l"}`)
	intervention := fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[`+agent+`]}`)
	handOver := fact(chat.EventTransfer, `{"leaving":["a"],"invitation":{"agent":`+lead+`}}`)
	for _, tc := range []struct {
		name     string
		config   string
		before   []chat.Entry
		entry    chat.Entry
		visitors bool
		staff    bool
	}{
		{"agent joins", `{}`, nil, joinA, true, true},
		{"watcher joins", `{}`, nil, watchL, false, true},
		{"watcher joins, with historyWatch", `{"historyWatch":true}`, nil, watchL, true, true},
		{"watcher leaves", `{}`, []chat.Entry{watchL}, leaveL, false, true},
		{"watcher leaves, with historyWatch", `{"historyWatch":true}`, []chat.Entry{watchL}, leaveL, true, true},
		{"agent leaves", `{}`, []chat.Entry{joinA}, fact(chat.EventLeave, `{"userId":"a"}`), true, true},
		{"watcher takes part, then leaves", `{}`, []chat.Entry{watchL, fact(chat.EventJoin, `{"user":`+lead+`}`)}, leaveL, true, true},
		{"intervention", `{}`, []chat.Entry{joinA, watchL}, intervention, true, true},
		{"invitation", `{}`, nil, fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`}`), false, false},
		{"rejection", `{}`, nil, fact(EventReject, `{"userId":"a"}`), false, false},
		{"comes into the queue", `{}`, nil, fact(EventEnqueue, `{"chatId":"c"}`), false, false},
		{"cools down in the queue", `{}`, nil, fact(EventCooldown, `{"chatId":"c","until":1}`), false, false},
		{"left alone", `{}`, nil, fact(chat.EventAlone, `{}`), true, true},
		{"a search is over while an agent is there", `{}`, []chat.Entry{joinA}, fact(chat.EventAlone, `{}`), false, false},
		{"transfer to a room", `{}`, []chat.Entry{joinA}, fact(chat.EventTransfer, `{"leaving":["a"],"room":"2"}`), true, true},
		{"transfer to an agent", `{}`, []chat.Entry{joinA}, handOver, false, false},
		{"close", `{}`, nil, fact(chat.EventClose, `{}`), true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := foldOf(t, tc.config, append(tc.before, tc.entry, fact(chat.EventMessage, `{"message":{"id":"c.1"}}`))...)
			r, next := f.Log[len(f.Log)-2], f.Log[len(f.Log)-1]
			assert.Equal(t, [audiences]bool{visitors: tc.visitors, Staff: tc.staff}, r.VisibleTo)
			for a, sees := range r.VisibleTo {
				if sees {
					assert.Equal(t, r.Seq, next.Prev[a], "the chain goes on from it")
				} else {
					assert.Equal(t, r.Prev[a], next.Prev[a], "the chain goes past it")
				}
			}
		})
	}
}

func TestRemovesAndJoining(t *testing.T) {
	intervention := fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[`+agent+`]}`)
	assert.True(t, Removes(intervention, "a"))
	assert.False(t, Removes(intervention, "v"))
	assert.Equal(t, "l", JoiningUser(intervention))
	leave := fact(chat.EventLeave, `{"userId":"a","user":`+agent+`}`)
	assert.True(t, Removes(leave, "a"))
	assert.False(t, Removes(leave, "v"))
	assert.Equal(t, "", JoiningUser(leave))
	assert.False(t, Removes(chat.Entry{Event: chat.EventLeave, By: chat.System, Data: wire.Raw(`{"userId":"v"}`)}, "v"), "is away")
	assert.Equal(t, "a", JoiningUser(fact(chat.EventJoin, `{"user":`+agent+`}`)))
}
