package presence

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

func TestTakes(t *testing.T) {
	for _, tc := range []struct {
		name           string
		named, account []string
		want           bool
	}{
		{"no rooms at all", nil, nil, true},
		{"a room of the account", nil, []string{"1", "2"}, true},
		{"not a room of the account", nil, []string{"2"}, false},
		{"a room that they named", []string{"1"}, []string{"2"}, true},
		{"not a room that they named", []string{"2"}, []string{"1"}, false},
		{"they named none", []string{}, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, Availability{Rooms: tc.named}.Takes(tc.account, "1"))
		})
	}
}

func TestUntilDue(t *testing.T) {
	u := NewUsers(nil, nil, "node", Options{}.WithDefaults(), Hooks{}, nil)
	for _, tc := range []struct {
		name     string
		notified bool
		grace    time.Duration
		want     time.Duration
		ends     bool
	}{
		{"the agents are notified first", false, time.Minute, time.Second, true},
		{"a grace that is shorter", false, 100 * time.Millisecond, 100 * time.Millisecond, true},
		{"no grace, agents not notified yet", false, 0, time.Second, true},
		{"notified, then gone", true, time.Minute, time.Minute, true},
		{"notified, then never gone", true, 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // its clock stands still
				wait, ends := u.untilDue(&absence{since: time.Now(), notified: tc.notified}, tc.grace)
				assert.Equal(t, tc.want, wait)
				assert.Equal(t, tc.ends, ends)
			})
		})
	}
}

// An absence that has ended is forgotten; a newer one of the same user stays.
func TestForget(t *testing.T) {
	u := NewUsers(nil, nil, "node", Options{}.WithDefaults(), Hooks{}, nil)
	vera := ids.Key{App: "demo", ID: "vera"}
	u.Disconnected(vera, false, nil)
	_, lost := u.LostSince(vera)
	assert.False(t, lost, "without a live chat nobody misses them")
	u.Disconnected(vera, false, []ids.Key{{App: "demo", ID: "chat"}})
	first := u.lost[vera]
	u.Disconnected(vera, false, []ids.Key{{App: "demo", ID: "chat"}})
	u.forget(vera, first)
	_, lost = u.LostSince(vera)
	assert.True(t, lost)
	u.forget(vera, u.lost[vera])
	_, lost = u.LostSince(vera)
	assert.False(t, lost)
}

func TestTheNodeWithTheLowestIDScans(t *testing.T) {
	u := NewUsers(nil, nil, "b", Options{}.WithDefaults(), Hooks{}, nil)
	nodes := func(names ...string) map[string]store.Record[nodeRecord] {
		others := map[string]store.Record[nodeRecord]{}
		for _, name := range names {
			others[name] = store.Record[nodeRecord]{}
		}
		return others
	}
	assert.True(t, u.isLowest(nodes()))
	assert.True(t, u.isLowest(nodes("c", "d")))
	assert.False(t, u.isLowest(nodes("a", "c")))
	assert.True(t, containsAll(nodes("a", "c"), nodes("a")), "a node that has come is no reason to scan")
	assert.False(t, containsAll(nodes("a"), nodes("a", "c")), "one that has gone is")
}
