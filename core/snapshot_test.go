package core

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

// The replica is at position 10, and a push may have announced a later one. What
// was known when the server was asked is highWater.
func TestJudge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		resumed   bool   // the server only says where a replay begins
		seq       uint64 // of the snapshot
		highWater uint64
		stale     bool   // something was missed
		announced uint64 // the highest position that a push announced, 0 if none
		verdict   verdict
	}{
		{name: "a replay from where the chat is", resumed: true, seq: 10, highWater: 10, verdict: resumes},
		{name: "a replay from elsewhere", resumed: true, seq: 9, highWater: 10, verdict: misplaced},
		{name: "a replay for a chat that has missed something", resumed: true, seq: 10, highWater: 10, stale: true, verdict: misplaced},
		{name: "older than the chat, and so was the question", seq: 8, highWater: 8, verdict: outdated},
		{name: "older than the chat, and than what was known at the question", seq: 8, highWater: 10, verdict: rewound},
		{name: "older than any push, and than what was known at the question", seq: 12, highWater: 15, stale: true, announced: 15, verdict: untrue},
		{name: "older than a push that came after the question", seq: 12, highWater: 10, stale: true, announced: 15, verdict: overtaken},
		{name: "as new as the push", seq: 15, highWater: 15, stale: true, announced: 15, verdict: current},
		{name: "newer than the chat", seq: 12, highWater: 10, verdict: current},
		{name: "the same as the chat", seq: 10, highWater: 10, verdict: current},
		{name: "of another connection, on which all is asked for again", seq: 8, highWater: 1<<64 - 1, verdict: rewound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			old := &replica{Chat: chat.Chat{ID: "c", Seq: 10}, stale: tc.stale, announced: tc.announced}
			assert.Equal(t, tc.verdict, snapshot{seq: tc.seq, resumed: tc.resumed}.judge(old, tc.highWater))
		})
	}
}
