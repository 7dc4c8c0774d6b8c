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

func TestFormerUsers(t *testing.T) {
	joinA := fact(chat.EventJoin, `{"user":`+agent+`,"mode":""}`)
	leaveA := fact(chat.EventLeave, `{"userId":"a"}`)
	watchL := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
	leaveL := fact(chat.EventLeave, `{"userId":"l"}`)
	intervention := fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[`+agent+`]}`)
	for _, tc := range []struct {
		name            string
		log             []chat.Entry
		visitors, staff string
	}{
		{"nobody has left", []chat.Entry{joinA}, "", ""},
		{"an agent has left", []chat.Entry{joinA, leaveA}, "[" + agent + "]", "[" + agent + "]"},
		{"an agent is back", []chat.Entry{joinA, leaveA, joinA}, "", ""},
		{"an agent was twice in the chat", []chat.Entry{joinA, leaveA, joinA, leaveA}, "[" + agent + "]", "[" + agent + "]"},
		{"a watcher has left", []chat.Entry{watchL, leaveL}, "", "[" + lead + "]"},
		{"a supervisor took over and left", []chat.Entry{joinA, intervention, leaveL}, "[" + agent + "," + lead + "]", "[" + agent + "," + lead + "]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := foldOf(t, `{}`, tc.log...)
			for to, expected := range map[Audience]string{visitors: tc.visitors, Staff: tc.staff} {
				_, inParts := f.HistoryInParts(Everything)
				for way, data := range map[string]wire.Raw{"whole": f.JSON(to, Everything).Done(), "in parts": inParts(to).Done()} {
					former := wire.Member(data, "formerUsers")
					if expected == "" {
						assert.Nil(t, former, way)
					} else {
						assert.JSONEq(t, expected, string(former), way)
					}
				}
				assert.Nil(t, wire.Member(f.JSON(to, Related{Users: true}).Done(), "formerUsers"), "a list has none")
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
