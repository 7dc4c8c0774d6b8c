package routing

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/settings"
	"parley/server/internal/statetest"
)

func TestWhenAChatNeedsTheServer(t *testing.T) {
	const written = 4e9 // of the message: in the future, so that it differs from soon
	invite := statetest.Fact(chat.EventAssign, `{"attempt":1,"agent":{"id":"a"},"expiresAt":4000000050}`)
	message := statetest.Fact(chat.EventMessage, `{"message":{"id":"c.1","created":4000000000}}`)
	later := statetest.Fact(chat.EventMessage, `{"message":{"id":"c.2","created":4000000100}}`)
	alert := statetest.Fact(chat.EventExpiryAlert, `{"chatId":"c","timeLeft":20}`)
	handOver := statetest.Fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"room":"2"}`)
	closed, ticket := statetest.Fact(chat.EventClose, `{}`), statetest.Fact(chat.EventInfo, `{}`)
	expires := settings.ChatSettings{ExpireAfter: 200, ExpiryAlert: 20}
	soon := index.Due{At: -1}
	for _, tc := range []struct {
		name    string
		set     settings.ChatSettings
		entries []chat.Entry
		due     index.Due
	}{
		{"never expires", settings.ChatSettings{ExpiryAlert: 20}, []chat.Entry{message}, index.Due{}},
		{"to be announced", expires, []chat.Entry{message}, index.Due{At: written + 180}},
		{"announced", expires, []chat.Entry{message, alert}, index.Due{At: written + 200}},
		{"a message after that", expires, []chat.Entry{message, alert, later}, index.Due{At: written + 280}},
		{"an older message after that", expires, []chat.Entry{later, alert, message}, index.Due{At: written + 280}},
		{"without an announcement", settings.ChatSettings{ExpireAfter: 200}, []chat.Entry{message}, index.Due{At: written + 200}},
		{"an announcement as early as the last message", settings.ChatSettings{ExpireAfter: 200, ExpiryAlert: 200},
			[]chat.Entry{message}, index.Due{At: written + 200}},
		{"invited", expires, []chat.Entry{message, invite}, index.Due{At: written + 50, Agent: "a"}},
		{"invited, expires before", settings.ChatSettings{ExpireAfter: 30}, []chat.Entry{message, invite}, index.Due{At: written + 30, Agent: "a"}},
		{"invited, never expires", settings.ChatSettings{}, []chat.Entry{message, invite}, index.Due{At: written + 50, Agent: "a"}},
		{"rejected", expires, []chat.Entry{message, invite, statetest.Fact(chatstate.EventReject, `{"userId":"a"}`)}, soon},
		{"handed over", expires, []chat.Entry{message, handOver}, soon},
		{"closed", expires, []chat.Entry{message, closed}, soon},
		{"closed, with its ticket", expires, []chat.Entry{message, closed, ticket}, index.Due{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := statetest.Fold(t, `{}`, tc.entries...).State
			due := dueOf(now.Lifecycle, now.Chat, tc.set)
			if tc.due == soon {
				assert.InDelta(t, ids.Unix(time.Now())+1, due.At, 1)
				return
			}
			assert.Equal(t, tc.due, due)
		})
	}
}
