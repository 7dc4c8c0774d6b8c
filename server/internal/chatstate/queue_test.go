package chatstate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

// The entry at 10 n is made at the time 100 n.
func TestPlace(t *testing.T) {
	join := fact(chat.EventJoin, `{"user":`+agent+`,"mode":""}`)
	watch := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
	enter := fact(EventEnqueue, `{"chatId":"c"}`)
	for _, tc := range []struct {
		name    string
		entries []chat.Entry
		queued  bool
		want    QueueState
	}{
		{"new", nil, false, QueueState{WaitingSince: 100}},
		{"--enter--> queued", []chat.Entry{enter}, true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedSeq: 20, EnqueuedAt: 200}},
		{"once is enough", []chat.Entry{enter, enter}, true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedSeq: 20, EnqueuedAt: 200}},
		{"an invitation changes nothing", []chat.Entry{enter, fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`}`), fact(EventReject, `{"userId":"a"}`)},
			true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedSeq: 20, EnqueuedAt: 200}},
		{"queued --watcher joins--> queued", []chat.Entry{enter, watch}, true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedSeq: 20, EnqueuedAt: 200}},
		{"queued --agent joins--> answered", []chat.Entry{enter, join}, false, QueueState{WaitingSince: 100, EnqueuedSeq: 20, EnqueuedAt: 200, AnsweredAt: 300}},
		{"queued --intervene--> answered", []chat.Entry{enter, fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[]}`)},
			false, QueueState{WaitingSince: 100, EnqueuedSeq: 20, EnqueuedAt: 200, AnsweredAt: 300}},
		{"queued --close--> none", []chat.Entry{enter, fact(chat.EventClose, `{}`)}, false, QueueState{WaitingSince: 100, EnqueuedSeq: 20, EnqueuedAt: 200}},
		{"active --last agent leaves--> none", []chat.Entry{join, fact(chat.EventLeave, `{"userId":"a"}`)}, false, QueueState{WaitingSince: 300}},
		{"active --last agent leaves into the queue--> queued", []chat.Entry{enter, join, fact(chat.EventLeave, `{"userId":"a","inQueue":true}`)},
			true, QueueState{WaitingSince: 400, Enqueued: true, EnqueuedSeq: 40, EnqueuedAt: 400}},
		{"active --transfer--> soon", []chat.Entry{join, fact(chat.EventTransfer, `{"leaving":["a"],"room":"2","inQueue":true}`)},
			false, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedSeq: 30, EnqueuedAt: 300}},
		{"then --leave--> queued", []chat.Entry{join, fact(chat.EventTransfer, `{"leaving":["a"],"room":"2","inQueue":true}`), fact(chat.EventLeave, `{"userId":"a"}`)},
			true, QueueState{WaitingSince: 400, Enqueued: true, EnqueuedSeq: 30, EnqueuedAt: 300}},
		{"queued --transfer--> at the end of the other room", []chat.Entry{enter, fact(chat.EventTransfer, `{"leaving":[],"room":"2","inQueue":true}`)},
			true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedSeq: 30, EnqueuedAt: 300}},
		{"the visitor goes and comes", []chat.Entry{enter, fact(chat.EventLeave, `{"userId":"v"}`), fact(chat.EventJoin, `{"user":`+vera+`,"mode":""}`)},
			true, QueueState{WaitingSince: 100, Enqueued: true, EnqueuedSeq: 20, EnqueuedAt: 200}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := foldOf(t, `{}`, tc.entries...)
			assert.Equal(t, tc.queued, f.Queued())
			tc.want.CreatedAt = 100
			assert.Equal(t, tc.want, f.Queue)
		})
	}
}
