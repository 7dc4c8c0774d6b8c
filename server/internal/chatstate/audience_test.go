package chatstate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

const (
	vera  = `{"id":"v","name":"Vera"}`
	agent = `{"id":"a","name":"Agent","nickname":"","providerId":"a"}`
	lead  = `{"id":"l","name":"Lead","nickname":"","providerId":"l"}`
)

// foldOf folds entries whose positions are 10, 20, 30 ...
func foldOf(t *testing.T, config string, entries ...chat.Entry) *Folded {
	t.Helper()
	f := NewFolded(ids.Key{App: "demo", ID: "c"})
	first := `{"chatId":"c","chat":{"id":"c","status":"waiting","creator":"v","room":"1"},"user":` + vera + `,"config":` + config + `}`
	for i, e := range append([]chat.Entry{{Event: chat.EventCreate, Data: wire.Raw(first)}}, entries...) {
		e.Seq = uint64(10 * (i + 1))
		require.NoError(t, f.Apply(f.Next(e), e.Seq, time.Unix(int64(100*(i+1)), 0)))
	}
	return f
}

func fact(event, data string) chat.Entry { return chat.Entry{Event: event, Data: wire.Raw(data)} }

func TestWhoSeesWhat(t *testing.T) {
	joinA := fact(chat.EventJoin, `{"user":`+agent+`,"mode":""}`)
	watchL := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
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
		{"watcher joins, told", `{"historyWatch":true}`, nil, watchL, true, true},
		{"watcher leaves", `{}`, []chat.Entry{watchL}, fact(chat.EventLeave, `{"userId":"l"}`), false, true},
		{"watcher leaves, told", `{"historyWatch":true}`, []chat.Entry{watchL}, fact(chat.EventLeave, `{"userId":"l"}`), true, true},
		{"agent leaves", `{}`, []chat.Entry{joinA}, fact(chat.EventLeave, `{"userId":"a"}`), true, true},
		{"watcher takes part, then leaves", `{}`, []chat.Entry{watchL, fact(chat.EventJoin, `{"user":`+lead+`}`)}, fact(chat.EventLeave, `{"userId":"l"}`), true, true},
		{"intervention", `{}`, []chat.Entry{joinA, watchL}, fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[`+agent+`]}`), true, true},
		{"invitation", `{}`, nil, fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`}`), false, false},
		{"rejection", `{}`, nil, fact(EventReject, `{"userId":"a"}`), false, false},
		{"comes into the queue", `{}`, nil, fact(EventEnqueue, `{"chatId":"c"}`), false, false},
		{"rests in the queue", `{}`, nil, fact(EventCooldown, `{"chatId":"c","until":1}`), false, false},
		{"left alone", `{}`, nil, fact(chat.EventAlone, `{}`), true, true},
		{"a search is over while an agent is there", `{}`, []chat.Entry{joinA}, fact(chat.EventAlone, `{}`), false, false},
		{"transfer to a room", `{}`, []chat.Entry{joinA}, fact(chat.EventTransfer, `{"leaving":["a"],"room":"2"}`), true, true},
		{"transfer to an agent", `{}`, []chat.Entry{joinA}, fact(chat.EventTransfer, `{"leaving":["a"],"invitation":{"agent":`+lead+`}}`), false, false},
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

func TestRound(t *testing.T) {
	invite := func(attempt, to string) chat.Entry {
		return fact(chat.EventAssign, `{"chatId":"c","attempt":`+attempt+`,"agent":{"id":"`+to+`"}}`)
	}
	reject := fact(EventReject, `{"userId":"a"}`)
	handOver := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"invitation":{"agent":`+lead+`}}`)
	toRoom := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"room":"2"}`)
	away := chat.Entry{Event: chat.EventLeave, By: chat.System, Data: wire.Raw(`{"userId":"v"}`)}
	back := fact(chat.EventJoin, `{"user":`+vera+`}`)
	for _, tc := range []struct {
		name         string
		entries      []chat.Entry
		running, out bool
		tried        []string
		rejected     []string
	}{
		{"(none)", nil, false, false, nil, nil},
		{"(none) --assign--> invited", []chat.Entry{invite("1", "a")}, true, true, []string{"a"}, nil},
		{"invited --assign--> invited", []chat.Entry{invite("1", "a"), invite("2", "l")}, true, true, []string{"a", "l"}, nil},
		{"invited --reject--> between", []chat.Entry{invite("1", "a"), reject}, true, false, []string{"a"}, []string{"a"}},
		{"between --assign--> invited", []chat.Entry{invite("1", "a"), reject, invite("2", "l")}, true, true, []string{"a", "l"}, []string{"a"}},
		{"invited --join--> (none)", []chat.Entry{invite("1", "a"), fact(chat.EventJoin, `{"user":`+agent+`}`)}, false, false, []string{"a"}, nil},
		{"invited --watch--> invited", []chat.Entry{invite("1", "a"), fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)}, true, true, []string{"a"}, nil},
		{"invited --alone--> (none)", []chat.Entry{invite("1", "a"), fact(chat.EventAlone, `{}`)}, false, false, []string{"a"}, nil},
		{"invited --close--> (none)", []chat.Entry{invite("1", "a"), fact(chat.EventClose, `{}`)}, false, false, []string{"a"}, nil},
		{"invited --visitor away--> between, as if not invited", []chat.Entry{invite("1", "a"), invite("2", "l"), away}, true, false, []string{"a"}, nil},
		{"between --visitor back--> between", []chat.Entry{invite("1", "a"), away, back}, true, false, []string{}, nil},
		{"invited --visitor away--> invited, with an agent there", []chat.Entry{fact(chat.EventJoin, `{"user":`+lead+`}`), handOver, away}, true, true, []string{"l"}, nil},
		{"invited --visitor leaves--> invited", []chat.Entry{invite("1", "a"), fact(chat.EventLeave, `{"userId":"v"}`)}, true, true, []string{"a"}, nil},
		{"invited --transfer to an agent--> invited", []chat.Entry{invite("1", "a"), handOver}, true, true, []string{"l"}, nil},
		{"invited --transfer to a room--> between", []chat.Entry{invite("1", "l"), toRoom}, true, false, nil, []string{"a"}},
		{"between --assign--> invited, after a transfer", []chat.Entry{toRoom, invite("1", "l")}, true, true, []string{"l"}, []string{"a"}},
		{"a new round forgets the old", []chat.Entry{invite("1", "a"), reject, fact(chat.EventAlone, `{}`), invite("1", "l")}, true, true, []string{"l"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := foldOf(t, `{}`, tc.entries...).Round
			assert.Equal(t, tc.running, r.Running, "running")
			assert.Equal(t, tc.out, r.Pending, "out")
			assert.Equal(t, tc.tried, r.Attempted)
			assert.Equal(t, tc.rejected, r.rejected)
		})
	}
}

// Who hands a chat over is to leave from the acceptance on, until he has.
func TestWhoIsToLeave(t *testing.T) {
	joinA, joinL := fact(chat.EventJoin, `{"user":`+agent+`}`), fact(chat.EventJoin, `{"user":`+lead+`}`)
	leaveA := fact(chat.EventLeave, `{"userId":"a"}`)
	handOver := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"invitation":{"agent":`+lead+`}}`)
	toRoom := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"room":"2"}`)
	for _, tc := range []struct {
		name    string
		entries []chat.Entry
		leaving []string
	}{
		{"invited", []chat.Entry{joinA, handOver}, nil},
		{"accepted", []chat.Entry{joinA, handOver, joinL}, []string{"a"}},
		{"another agent joins", []chat.Entry{joinA, handOver, fact(chat.EventJoin, `{"user":{"id":"b","providerId":"b"}}`)}, nil},
		{"has left", []chat.Entry{joinA, handOver, joinL, leaveA}, []string{}},
		{"left before it was accepted", []chat.Entry{joinA, handOver, leaveA, joinL}, nil},
		{"to a room", []chat.Entry{joinA, toRoom}, []string{"a"}},
		{"to a room, and someone is invited", []chat.Entry{joinA, toRoom, fact(chat.EventAssign, `{"attempt":1,"agent":`+lead+`}`)}, []string{"a"}},
		{"intervened", []chat.Entry{joinA, toRoom, fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[`+agent+`]}`)}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.ElementsMatch(t, tc.leaving, foldOf(t, `{}`, tc.entries...).Round.Leaving)
		})
	}
}

func TestWhoIsAway(t *testing.T) {
	gone := chat.Entry{Event: chat.EventLeave, By: chat.System, Data: wire.Raw(`{"userId":"v"}`)}
	left := chat.Entry{Event: chat.EventLeave, By: "v", Data: wire.Raw(`{"userId":"v"}`)}
	joinA := fact(chat.EventJoin, `{"user":`+agent+`}`)
	for _, tc := range []struct {
		name    string
		entries []chat.Entry
		away    bool
	}{
		{"is there", []chat.Entry{joinA}, false},
		{"lost", []chat.Entry{joinA, gone}, true},
		{"lost, and the agent leaves", []chat.Entry{joinA, gone, {Event: chat.EventLeave, By: "a", Data: wire.Raw(`{"userId":"a"}`)}}, true},
		{"left", []chat.Entry{joinA, left}, false},
		{"left, and an agent leaves", []chat.Entry{joinA, left, {Event: chat.EventLeave, By: "a", Data: wire.Raw(`{"userId":"a"}`)}}, false},
		{"back", []chat.Entry{gone, fact(chat.EventJoin, `{"user":`+vera+`}`)}, false},
		{"lost, and an agent joins", []chat.Entry{gone, joinA}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := foldOf(t, `{}`, tc.entries...).State
			assert.Equal(t, tc.away, now.Away)
			assert.Equal(t, tc.away || now.Chat.Users.Has("v"), now.HasMember("v"))
			assert.False(t, now.HasMember("x"))
		})
	}
}

func TestStateAtAnEarlierPosition(t *testing.T) {
	f := foldOf(t, `{}`, fact(chat.EventJoin, `{"user":`+agent+`}`), fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`), fact(chat.EventClose, `{}`))
	now := f.Snapshot()
	past := now.At(20)
	assert.Equal(t, chat.Active, past.Chat.Status)
	assert.True(t, past.Chat.Users.Has("a"))
	assert.False(t, InChat(past.Chat, "l"))
	assert.Equal(t, [audiences]uint64{20, 20}, past.last)
	assert.Equal(t, [audiences]uint64{40, 40}, now.last)
	assert.True(t, now.ShowsEntry(Staff, 30))
	assert.False(t, now.ShowsEntry(visitors, 30), "withheld")
	assert.False(t, now.ShowsEntry(visitors, 25), "no such position")
	assert.Len(t, now.RecordsAfter(20), 2)
	assert.Len(t, now.RecordsAfter(99), 0)
}
