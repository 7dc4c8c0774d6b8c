package chatstate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/core/wire"
)

func TestWhoIsAway(t *testing.T) {
	gone := chat.Entry{Event: chat.EventLeave, By: chat.System, Data: wire.Raw(`{"userId":"v"}`)}
	left := chat.Entry{Event: chat.EventLeave, By: "v", Data: wire.Raw(`{"userId":"v"}`)}
	joinA := fact(chat.EventJoin, `{"user":`+agent+`}`)
	leaveA := chat.Entry{Event: chat.EventLeave, By: "a", Data: wire.Raw(`{"userId":"a"}`)}
	for _, tc := range []struct {
		name    string
		entries []chat.Entry
		away    bool
	}{
		{"is there", []chat.Entry{joinA}, false},
		{"lost", []chat.Entry{joinA, gone}, true},
		{"lost, and the agent leaves", []chat.Entry{joinA, gone, leaveA}, true},
		{"left", []chat.Entry{joinA, left}, false},
		{"left, and an agent leaves", []chat.Entry{joinA, left, leaveA}, false},
		{"back", []chat.Entry{gone, fact(chat.EventJoin, `{"user":`+vera+`}`)}, false},
		{"lost, and an agent joins", []chat.Entry{gone, joinA}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := foldOf(t, `{}`, tc.entries...).State
			assert.Equal(t, tc.away, now.Away)
			assert.Equal(t, tc.away || now.Chat.Users.Has("v"), now.HasMember("v"))
			assert.False(t, now.HasMember("x"))
		})
	}
}
