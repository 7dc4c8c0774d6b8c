package index

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// An agent's invitations are those of the records as they are now.
func TestInvitedTo(t *testing.T) {
	timers := newTimers(func(ids.Key) {})
	defer timers.Stop()
	later := ids.Unix(time.Now().Add(time.Hour))
	put := func(name, agent string) {
		timers.changed(name, store.Record[Due]{Value: Due{At: later, Agent: agent}, Exists: true})
	}
	invited := func(app, agent string) (chats []string) {
		for _, key := range timers.InvitedTo(ids.Key{App: app, ID: agent}) {
			assert.Equal(t, app, key.App)
			chats = append(chats, key.ID)
		}
		return chats
	}
	put("shop.1", "a")
	put("shop.2", "a")
	put("shop.3", "")
	put("other.1", "a")
	assert.ElementsMatch(t, []string{"1", "2"}, invited("shop", "a"))
	assert.Equal(t, []string{"1"}, invited("other", "a"))

	put("shop.1", "b")
	timers.changed("shop.2", store.Record[Due]{Value: Due{Agent: "a"}})
	put("shop.3", "")
	assert.Empty(t, invited("shop", "a"))
	assert.Equal(t, []string{"1"}, invited("shop", "b"))
	put("shop.1", "")
	assert.Empty(t, invited("shop", "b"))
	assert.Len(t, timers.invited, 1, "nothing is kept of those who are not invited")
	assert.Len(t, timers.agents, 1)
}

func TestWhatARecordCovers(t *testing.T) {
	for _, tc := range []struct {
		stored, need Due
		covers       bool
	}{
		{Due{}, Due{}, true},
		{Due{}, Due{At: 5}, false},
		{Due{At: 5}, Due{}, true},
		{Due{At: 5}, Due{At: 5}, true},
		{Due{At: 5}, Due{At: 4}, false},
		{Due{At: 5, Agent: "a"}, Due{At: 6}, true},
		{Due{At: 5}, Due{At: 6, Agent: "a"}, false},
		{Due{At: 5, Agent: "b"}, Due{At: 6, Agent: "a"}, false},
		{Due{At: 5, Agent: "a"}, Due{At: 6, Agent: "a"}, true},
	} {
		assert.Equal(t, tc.covers, tc.stored.Covers(tc.need), "%+v for %+v", tc.stored, tc.need)
	}
}
