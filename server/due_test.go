package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

func TestWhenAChatNeedsTheServer(t *testing.T) {
	const said = 4e9 // in the future, so that it differs from soon
	invite := fact(chat.EventAssign, `{"attempt":1,"agent":{"id":"a"},"expiresAt":4000000050}`)
	message := fact(chat.EventMessage, `{"message":{"id":"c.1","created":4000000000}}`)
	later := fact(chat.EventMessage, `{"message":{"id":"c.2","created":4000000100}}`)
	alert := fact(chat.EventExpiryAlert, `{"chatId":"c","timeLeft":20}`)
	handOver := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"room":"2"}`)
	expires := ChatSettings{ExpireAfter: 200, ExpiryAlert: 20}
	soon := dueRecord{At: -1}
	for _, tc := range []struct {
		name    string
		set     ChatSettings
		entries []chat.Entry
		due     dueRecord
	}{
		{"never expires", ChatSettings{ExpiryAlert: 20}, []chat.Entry{message}, dueRecord{}},
		{"to be announced", expires, []chat.Entry{message}, dueRecord{At: said + 180}},
		{"announced", expires, []chat.Entry{message, alert}, dueRecord{At: said + 200}},
		{"a message after that", expires, []chat.Entry{message, alert, later}, dueRecord{At: said + 280}},
		{"an older message after that", expires, []chat.Entry{later, alert, message}, dueRecord{At: said + 280}},
		{"without an announcement", ChatSettings{ExpireAfter: 200}, []chat.Entry{message}, dueRecord{At: said + 200}},
		{"an announcement longer than the silence", ChatSettings{ExpireAfter: 200, ExpiryAlert: 200}, []chat.Entry{message}, dueRecord{At: said + 200}},
		{"invited", expires, []chat.Entry{message, invite}, dueRecord{At: said + 50, Agent: "a"}},
		{"invited, expires before", ChatSettings{ExpireAfter: 30}, []chat.Entry{message, invite}, dueRecord{At: said + 30, Agent: "a"}},
		{"invited, never expires", ChatSettings{}, []chat.Entry{message, invite}, dueRecord{At: said + 50, Agent: "a"}},
		{"rejected", expires, []chat.Entry{message, invite, fact(eventReject, `{"userId":"a"}`)}, soon},
		{"handed over", expires, []chat.Entry{message, handOver}, soon},
		{"closed", expires, []chat.Entry{message, fact(chat.EventClose, `{}`)}, soon},
		{"closed, with its ticket", expires, []chat.Entry{message, fact(chat.EventClose, `{}`), fact(chat.EventInfo, `{}`)}, dueRecord{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := foldOf(t, `{}`, tc.entries...).state
			due := dueOf(now.life, now.chat, tc.set)
			if tc.due == soon {
				assert.InDelta(t, unixSeconds(time.Now())+1, due.At, 1)
				return
			}
			assert.Equal(t, tc.due, due)
		})
	}
}
