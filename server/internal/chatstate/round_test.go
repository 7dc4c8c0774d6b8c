package chatstate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/core/wire"
)

func TestRound(t *testing.T) {
	invite := func(attempt, to string) chat.Entry {
		return fact(chat.EventAssign, `{"chatId":"c","attempt":`+attempt+`,"agent":{"id":"`+to+`"}}`)
	}
	reject := fact(EventReject, `{"userId":"a"}`)
	handOver := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"invitation":{"agent":`+lead+`}}`)
	toRoom := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"room":"2"}`)
	away := chat.Entry{Event: chat.EventLeave, By: chat.System, Data: wire.Raw(`{"userId":"v"}`)}
	back := fact(chat.EventJoin, `{"user":`+vera+`}`)
	join := func(user string) chat.Entry { return fact(chat.EventJoin, `{"user":`+user+`}`) }
	watch := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
	alone, closed := fact(chat.EventAlone, `{}`), fact(chat.EventClose, `{}`)
	visitorLeaves := fact(chat.EventLeave, `{"userId":"v"}`)
	lost := fact(chat.EventLeave, `{"userId":"a","reason":"lost","searching":true}`)
	for _, tc := range []struct {
		name             string
		entries          []chat.Entry
		running, pending bool
		attempted        []string
		rejected         []string
	}{
		{"(none)", nil, false, false, nil, nil},
		{"(none) --assign--> invited", []chat.Entry{invite("1", "a")}, true, true, []string{"a"}, nil},
		{"invited --assign--> invited", []chat.Entry{invite("1", "a"), invite("2", "l")}, true, true, []string{"a", "l"}, nil},
		{"invited --reject--> between", []chat.Entry{invite("1", "a"), reject}, true, false, []string{"a"}, []string{"a"}},
		{"between --assign--> invited",
			[]chat.Entry{invite("1", "a"), reject, invite("2", "l")}, true, true, []string{"a", "l"}, []string{"a"}},
		{"invited --join--> (none)", []chat.Entry{invite("1", "a"), join(agent)}, false, false, []string{"a"}, nil},
		{"invited --watch--> invited", []chat.Entry{invite("1", "a"), watch}, true, true, []string{"a"}, nil},
		{"invited --alone--> (none)", []chat.Entry{invite("1", "a"), alone}, false, false, []string{"a"}, nil},
		{"invited --close--> (none)", []chat.Entry{invite("1", "a"), closed}, false, false, []string{"a"}, nil},
		{"invited --visitor away--> between, as if not invited",
			[]chat.Entry{invite("1", "a"), invite("2", "l"), away}, true, false, []string{"a"}, nil},
		{"between --visitor back--> between", []chat.Entry{invite("1", "a"), away, back}, true, false, []string{}, nil},
		{"invited --visitor away--> invited, with an agent there",
			[]chat.Entry{join(lead), handOver, away}, true, true, []string{"l"}, nil},
		{"invited --visitor leaves--> invited", []chat.Entry{invite("1", "a"), visitorLeaves}, true, true, []string{"a"}, nil},
		{"invited --transfer to an agent--> invited", []chat.Entry{invite("1", "a"), handOver}, true, true, []string{"l"}, nil},
		{"invited --transfer to a room--> between", []chat.Entry{invite("1", "l"), toRoom}, true, false, nil, []string{"a"}},
		{"between --assign--> invited, after a transfer",
			[]chat.Entry{toRoom, invite("1", "l")}, true, true, []string{"l"}, []string{"a"}},
		{"(none) --lost agent, searching--> between", []chat.Entry{join(agent), lost}, true, false, nil, nil},
		{"invited --lost agent, searching--> invited", []chat.Entry{join(agent), handOver, lost}, true, true, []string{"l"}, nil},
		{"a new round forgets the old", []chat.Entry{invite("1", "a"), reject, alone, invite("1", "l")}, true, true, []string{"l"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := foldOf(t, `{}`, tc.entries...).Round
			assert.Equal(t, tc.running, r.Running, "running")
			assert.Equal(t, tc.pending, r.Pending, "pending")
			assert.Equal(t, tc.attempted, r.Attempted)
			assert.Equal(t, tc.rejected, r.rejected)
		})
	}
}

// Agents who hand a chat over are to leave it from the acceptance on, until they have.
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
		{"to a room, and someone is invited",
			[]chat.Entry{joinA, toRoom, fact(chat.EventAssign, `{"attempt":1,"agent":`+lead+`}`)}, []string{"a"}},
		{"intervened",
			[]chat.Entry{joinA, toRoom, fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[`+agent+`]}`)}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.ElementsMatch(t, tc.leaving, foldOf(t, `{}`, tc.entries...).Round.Leaving)
		})
	}
}
