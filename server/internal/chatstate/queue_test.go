package chatstate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

// The entry at 10 n is made at the time 100 n.
func TestQueueState(t *testing.T) {
	join := fact(chat.EventJoin, `{"user":`+agent+`,"mode":""}`)
	watch := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
	enter := fact(EventEnqueue, `{"chatId":"c"}`)
	second := QueueState{WaitingSince: 100, Enqueued: true, EnqueuedOrder: 20, EnqueuedAt: 200} // by the entry after the first
	answered := QueueState{WaitingSince: 100, EnqueuedOrder: 20, EnqueuedAt: 200, AnsweredAt: 300}
	invite := fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`}`)
	intervene := fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[]}`)
	ordered := enter
	ordered.Order = 7000
	transfer := fact(chat.EventTransfer, `{"leaving":["a"],"room":"2","inQueue":true}`)
	leave := fact(chat.EventLeave, `{"userId":"a"}`)
	for _, tc := range []struct {
		name    string
		entries []chat.Entry
		queued  bool
		want    QueueState
	}{
		{"new", nil, false, QueueState{WaitingSince: 100}},
		{"--enter--> queued", []chat.Entry{enter}, true, second},
		{"--enter, with an order over all chats--> queued", []chat.Entry{ordered},
			true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedOrder: 7000, EnqueuedAt: 200}},
		{"once is enough", []chat.Entry{enter, enter}, true, second},
		{"an invitation changes nothing", []chat.Entry{enter, invite, fact(EventReject, `{"userId":"a"}`)}, true, second},
		{"queued --watcher joins--> queued", []chat.Entry{enter, watch}, true, second},
		{"queued --agent joins--> answered", []chat.Entry{enter, join}, false, answered},
		{"queued --intervene--> answered", []chat.Entry{enter, intervene}, false, answered},
		{"queued --close--> none", []chat.Entry{enter, fact(chat.EventClose, `{}`)},
			false, QueueState{WaitingSince: 100, EnqueuedOrder: 20, EnqueuedAt: 200}},
		{"active --last agent leaves--> none", []chat.Entry{join, leave}, false, QueueState{WaitingSince: 300}},
		{"active --last agent leaves into the queue--> queued", []chat.Entry{enter, join, fact(chat.EventLeave, `{"userId":"a","inQueue":true}`)},
			true, QueueState{WaitingSince: 400, Enqueued: true, EnqueuedOrder: 40, EnqueuedAt: 400}},
		{"active --last agent is lost--> at the front, by the first wait",
			[]chat.Entry{enter, join, fact(chat.EventLeave, `{"userId":"a","reason":"lost","inQueue":true}`)},
			true, QueueState{WaitingSince: 400, Enqueued: true, AtFront: true, EnqueuedOrder: 20, EnqueuedAt: 400}},
		{"active --last agent is lost--> at the front, the first time in the queue",
			[]chat.Entry{join, fact(chat.EventLeave, `{"userId":"a","reason":"lost","inQueue":true}`)},
			true, QueueState{WaitingSince: 300, Enqueued: true, AtFront: true, EnqueuedOrder: 30, EnqueuedAt: 300}},
		{"active --transfer--> soon", []chat.Entry{join, transfer},
			false, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedOrder: 30, EnqueuedAt: 300}},
		{"then --leave--> queued", []chat.Entry{join, transfer, leave},
			true, QueueState{WaitingSince: 400, Enqueued: true, EnqueuedOrder: 30, EnqueuedAt: 300}},
		{"queued --transfer--> at the end of the other room",
			[]chat.Entry{enter, fact(chat.EventTransfer, `{"leaving":[],"room":"2","inQueue":true}`)},
			true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedOrder: 30, EnqueuedAt: 300}},
		{"the visitor goes and comes",
			[]chat.Entry{enter, fact(chat.EventLeave, `{"userId":"v"}`), fact(chat.EventJoin, `{"user":`+vera+`,"mode":""}`)},
			true, second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := foldOf(t, `{}`, tc.entries...)
			assert.Equal(t, tc.queued, f.Queued())
			tc.want.CreatedAt = 100
			assert.Equal(t, tc.want, f.Queue)
		})
	}
}
