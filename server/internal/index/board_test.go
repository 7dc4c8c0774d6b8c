package index

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/statetest"
	"parley/server/internal/store"
)

// Who comes to a queue goes behind all who are there, also those of a node whose clock is an hour ahead.
func TestOrderOfABoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Board{apps: map[string]*appBoard{}, removing: map[string]bool{}, onChange: func(BoardChange) {}}
		now := uint64(time.Now().UnixMicro())
		assert.Equal(t, []uint64{now, now + 1}, []uint64{b.Order(), b.Order()})
		ahead := uint64(time.Now().Add(time.Hour).UnixMicro())
		b.changed("demo.c", store.Record[OpenChat]{Value: OpenChat{Seq: 1, EnqueuedOrder: ahead}})
		assert.Equal(t, ahead+1, b.Order())
		<-time.After(2 * time.Hour)
		assert.Equal(t, uint64(time.Now().UnixMicro()), b.Order())
	})
}

// A queue has the same order in whichever way its chats came into it.
func TestQueueOrder(t *testing.T) {
	a := newAppBoard()
	put := func(id string, r OpenChat) { a.replace(id, a.chats[id], r) }
	chatIn := func(room string, priority float64, enqueued uint64) OpenChat {
		return OpenChat{Seq: enqueued, Room: room, Priority: priority, EnqueuedOrder: enqueued, Visitor: "v"}
	}
	queue := func(room string) (ids []string) {
		for _, c := range a.queues[room] {
			ids = append(ids, c.ID)
		}
		return ids
	}
	put("a", chatIn("1", 0, 30))
	put("b", chatIn("1", 0, 10))
	put("c", chatIn("1", 2, 40))
	put("d", chatIn("1", -1, 5))
	put("e", chatIn("2", 0, 1))
	front := chatIn("1", 0, 60)
	front.AtFront = true
	put("f", front)
	assert.Equal(t, []string{"c", "f", "b", "a", "d"}, queue("1"), "the front of a priority goes first")
	put("f", OpenChat{})
	assert.Equal(t, []string{"c", "b", "a", "d"}, queue("1"))
	assert.Equal(t, []string{"e"}, queue("2"))

	away := chatIn("1", 0, 10)
	away.Visitor = ""
	put("b", away)
	assert.Equal(t, []string{"c", "a", "d"}, queue("1"), "a chat whose visitor is away is left out")
	put("b", chatIn("1", 0, 10))
	assert.Equal(t, []string{"c", "b", "a", "d"}, queue("1"), "and has its position again when they are back")
	put("e", chatIn("1", 0, 50))
	assert.Equal(t, []string{"c", "b", "a", "e", "d"}, queue("1"), "from another room")
	assert.Empty(t, queue("2"))
	answered := OpenChat{Seq: 60, Room: "1", EnqueuedAt: 100, AnsweredAt: 160, Visitor: "v", Agents: []string{"x"}}
	put("c", answered)
	put("a", OpenChat{})
	assert.Equal(t, []string{"b", "e", "d"}, queue("1"))
	assert.Equal(t, map[string]int{"x": 1}, a.busy)
	assert.Equal(t, []Wait{{100, 160}}, a.waits["1"])
	put("c", answered)
	assert.Len(t, a.waits["1"], 1, "known already")
	put("c", OpenChat{})
	assert.Empty(t, a.busy)
}

func TestWaitingTime(t *testing.T) {
	for _, tc := range []struct {
		name     string
		waits    []Wait
		position int
		want     float64
	}{
		{"nothing is known", nil, 2, 120},
		{"one", []Wait{{100, 130}}, 1, 30},
		{"one after the other: who was behind was not the first", []Wait{{100, 130}, {100, 160}, {100, 190}}, 3, 90},
		{"a quiet hour between them does not count", []Wait{{100, 130}, {4000, 4010}}, 1, 20},
		{"two agents at the same time", []Wait{{100, 130}, {100, 130}}, 2, 30},
		{"rounded", []Wait{{100, 110.4}}, 1, 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var kept []Wait
			for _, w := range slices.Backward(tc.waits) { // in any order
				kept = addWait(kept, w)
			}
			assert.Equal(t, tc.want, WaitingTime(kept, tc.position))
		})
	}
	var many []Wait
	for n := range 2 * waitsKept {
		many = addWait(many, Wait{float64(n), float64(n + 1)})
	}
	require.Len(t, many, waitsKept)
	assert.Equal(t, float64(2*waitsKept-1), many[waitsKept-1].enqueuedAt, "the latest are kept")
}

// What the board has of a chat comes back from its record.
func TestOpenChatRecord(t *testing.T) {
	invite := statetest.Fact(chat.EventAssign, `{"attempt":1,"agent":`+statetest.Agent+`}`)
	f := statetest.Fold(t, `{}`, statetest.Fact(chatstate.EventEnqueue, `{"chatId":"c"}`), invite)
	r := SummaryOf(&f.State)
	assert.Equal(t, OpenChat{
		Seq: 30, Room: "1", Status: "waiting", CreatedAt: 100, WaitingSince: 100,
		EnqueuedOrder: 20, EnqueuedAt: 200, Visitor: "v", Invited: "a",
	}, r)
	data, err := json.Marshal(r)
	require.NoError(t, err)
	var back OpenChat
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, r, back)
	assert.JSONEq(t, `{"seq":30,"room":"1","status":"waiting","created":100,"since":100,"entered":20,"queued":200,"visitor":"v","invited":"a","node":""}`,
		string(data), "nodes of other versions read it")
}
