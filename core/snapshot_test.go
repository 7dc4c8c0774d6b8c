package core

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

// The held chat is at position 10, and a push may have told of a later one. What
// was known when the server was asked is reach.
func TestJudge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		resumed bool   // the server only says where a replay begins
		seq     uint64 // of the snapshot
		reach   uint64
		behind  bool   // something was missed
		told    uint64 // the furthest position that a push told of, 0 if none
		verdict verdict
	}{
		{name: "a replay from where the chat is", resumed: true, seq: 10, reach: 10, verdict: resumes},
		{name: "a replay from elsewhere", resumed: true, seq: 9, reach: 10, verdict: misplaced},
		{name: "a replay for a chat that has missed something", resumed: true, seq: 10, reach: 10, behind: true, verdict: misplaced},
		{name: "older than the chat, and so was the question", seq: 8, reach: 8, verdict: outdated},
		{name: "older than the chat, and than what was known at the question", seq: 8, reach: 10, verdict: rewound},
		{name: "older than any push, and than what was known at the question", seq: 12, reach: 15, behind: true, told: 15, verdict: untrue},
		{name: "older than a push that came after the question", seq: 12, reach: 10, behind: true, told: 15, verdict: overtaken},
		{name: "as new as the push", seq: 15, reach: 15, behind: true, told: 15, verdict: current},
		{name: "newer than the chat", seq: 12, reach: 10, verdict: current},
		{name: "the same as the chat", seq: 10, reach: 10, verdict: current},
		{name: "of another connection, on which all is asked for again", seq: 8, reach: 1<<64 - 1, verdict: rewound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			old := &replica{Chat: chat.Chat{ID: "c", Seq: 10}, stale: tc.behind, announced: tc.told}
			assert.Equal(t, tc.verdict, snapshot{seq: tc.seq, resumed: tc.resumed}.judge(old, tc.reach))
		})
	}
}
