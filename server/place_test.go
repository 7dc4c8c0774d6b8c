package server

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

// The entry at 10 n is made at the time 100 n.
func TestPlace(t *testing.T) {
	join := fact(chat.EventJoin, `{"user":`+agent+`,"mode":""}`)
	watch := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
	enter := fact(eventEnqueue, `{"chatId":"c"}`)
	for _, tc := range []struct {
		name    string
		entries []chat.Entry
		queued  bool
		want    place
	}{
		{"new", nil, false, place{since: 100}},
		{"--enter--> queued", []chat.Entry{enter}, true, place{since: 100, queued: true, entered: 20, at: 200}},
		{"once is enough", []chat.Entry{enter, enter}, true, place{since: 100, queued: true, entered: 20, at: 200}},
		{"an invitation changes nothing", []chat.Entry{enter, fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`}`), fact(eventReject, `{"userId":"a"}`)},
			true, place{since: 100, queued: true, entered: 20, at: 200}},
		{"queued --watcher joins--> queued", []chat.Entry{enter, watch}, true, place{since: 100, queued: true, entered: 20, at: 200}},
		{"queued --agent joins--> answered", []chat.Entry{enter, join}, false, place{since: 100, entered: 20, at: 200, answered: 300}},
		{"queued --intervene--> answered", []chat.Entry{enter, fact(chat.EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[]}`)},
			false, place{since: 100, entered: 20, at: 200, answered: 300}},
		{"queued --close--> none", []chat.Entry{enter, fact(chat.EventClose, `{}`)}, false, place{since: 100, entered: 20, at: 200}},
		{"active --last agent leaves--> none", []chat.Entry{join, fact(chat.EventLeave, `{"userId":"a"}`)}, false, place{since: 300}},
		{"active --last agent leaves into the queue--> queued", []chat.Entry{enter, join, fact(chat.EventLeave, `{"userId":"a","inQueue":true}`)},
			true, place{since: 400, queued: true, entered: 40, at: 400}},
		{"active --transfer--> soon", []chat.Entry{join, fact(chat.EventTransfer, `{"leaving":["a"],"room":"2","inQueue":true}`)},
			false, place{since: 100, queued: true, entered: 30, at: 300}},
		{"then --leave--> queued", []chat.Entry{join, fact(chat.EventTransfer, `{"leaving":["a"],"room":"2","inQueue":true}`), fact(chat.EventLeave, `{"userId":"a"}`)},
			true, place{since: 400, queued: true, entered: 30, at: 300}},
		{"queued --transfer--> at the end of the other room", []chat.Entry{enter, fact(chat.EventTransfer, `{"leaving":[],"room":"2","inQueue":true}`)},
			true, place{since: 100, queued: true, entered: 30, at: 300}},
		{"the visitor goes and comes", []chat.Entry{enter, fact(chat.EventLeave, `{"userId":"v"}`), fact(chat.EventJoin, `{"user":`+vera+`,"mode":""}`)},
			true, place{since: 100, queued: true, entered: 20, at: 200}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := foldOf(t, `{}`, tc.entries...)
			assert.Equal(t, tc.queued, f.queued())
			tc.want.created = 100
			assert.Equal(t, tc.want, f.place)
		})
	}
}
