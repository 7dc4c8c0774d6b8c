package chatstate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

// When a chat is left alone, when its visitor hears of it, and who did not want it. The
// entry at 10 n is made at the time 100 n.
func TestLeftAlone(t *testing.T) {
	nobody, alone := fact(chat.EventAlone, `{"nobody":true}`), fact(chat.EventAlone, `{}`)
	join := fact(chat.EventJoin, `{"user":`+agent+`,"mode":""}`)
	leave := fact(chat.EventLeave, `{"userId":"a"}`)
	invite := fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`,"interval":10,"expiresAt":300}`)
	again := fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`,"interval":10,"expiresAt":400,"again":true}`)
	longer := fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`,"interval":1000,"expiresAt":1200}`)
	last := fact(chat.EventAssign, `{"attempt":3,"maxAttempts":3,"agent":`+agent+`,"interval":10,"expiresAt":300}`)
	next := fact(chat.EventAssign, `{"attempt":2,"agent":`+lead+`,"interval":1000,"expiresAt":1300}`)
	rest := fact(EventCooldown, `{"until":0}`)
	for _, tc := range []struct {
		name                    string
		entries                 []chat.Entry
		leftAlone, told, a, sup bool // told: the round that runs is one that the visitor hears of; a, sup: the agents declined
	}{
		{"nobody has searched", nil, false, true, false, false},
		{"a search finds nobody", []chat.Entry{nobody}, true, false, false, false},
		{"an invitation runs out", []chat.Entry{invite, alone}, true, false, true, false},
		{"enough agents were asked", []chat.Entry{last, alone}, true, false, true, true},
		{"it is rejected", []chat.Entry{longer, fact(EventReject, `{"userId":"a"}`), alone}, true, false, true, false},
		{"it is taken back", []chat.Entry{longer, next}, false, true, false, false},
		{"the search ends early", []chat.Entry{longer, alone}, true, false, false, false},
		{"offered again", []chat.Entry{nobody, again}, false, false, false, false},
		{"offered again in vain", []chat.Entry{nobody, again, rest}, true, false, true, false},
		{"searched for meanwhile", []chat.Entry{nobody, again, fact(EventSought, `{}`)}, false, true, false, false},
		{"searched for anew", []chat.Entry{nobody, longer}, false, true, false, false},
		{"an agent comes", []chat.Entry{invite, alone, join}, false, true, false, false},
		{"the last agent leaves", []chat.Entry{join, leave}, true, false, true, false},
		{"the last agent leaves into the queue", []chat.Entry{join, fact(chat.EventLeave, `{"userId":"a","inQueue":true}`)}, false, false, true, false},
		{"the last agent is lost", []chat.Entry{join, fact(chat.EventLeave, `{"userId":"a","reason":"lost","searching":true}`)}, false, true, false, false},
		{"the visitor is gone", []chat.Entry{nobody, {Event: chat.EventLeave, By: chat.System, Data: []byte(`{"userId":"v"}`)}}, false, false, false, false},
		{"closed", []chat.Entry{nobody, fact(chat.EventClose, `{}`)}, false, true, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := foldOf(t, `{}`, tc.entries...)
			assert.Equal(t, tc.leftAlone, f.LeftAlone())
			assert.Equal(t, tc.told, !f.Round.Alone)
			assert.Equal(t, tc.a, f.Declined("a", 0, 0))
			assert.Equal(t, tc.sup, f.Declined("l", 0, 0))
			assert.False(t, f.Declined("a", 1e9, 0), "who comes on duty later has declined nothing")
			assert.False(t, f.Declined("l", 0, 1e9), "nor has who gets room later, unless they were asked")
			r, found := f.CurrentRound()
			assert.Equal(t, f.LeftAlone(), found && r.Invited.Again && !f.Round.Running)
		})
	}
}
