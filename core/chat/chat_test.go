package chat

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

const (
	visitor = `{"id":"v","name":"Visitor"}`
	agent   = `{"id":"a","nickname":"Agent","providerId":"parley"}`
	lead    = `{"id":"l","nickname":"Lead","providerId":"parley"}`
)

func entry(event, data string) Entry { return Entry{Event: event, Data: wire.Raw(data)} }

var create = entry(EventCreate, `{"chatId":"c","chat":{"id":"c","status":"waiting","creator":"v","room":"1"},"user":`+visitor+`}`)

func ids(us Users) []string {
	out := []string{}
	for _, u := range us {
		out = append(out, u.ID)
	}
	return out
}

func fold(t *testing.T, entries ...Entry) Chat {
	var c Chat
	for i, e := range entries {
		e.Seq = uint64(10 * (i + 1))
		var err error
		c, err = Apply(c, e)
		require.NoError(t, err)
	}
	return c
}

func TestApply(t *testing.T) {
	t.Parallel()
	joinA := entry(EventJoin, `{"chatId":"c","user":`+agent+`,"mode":""}`)
	watchL := entry(EventJoin, `{"chatId":"c","user":`+lead+`,"mode":"watch"}`)
	for _, tc := range []struct {
		name     string
		entries  []Entry
		status   Status
		users    []string
		watchers []string
	}{
		{"none --create--> waiting", []Entry{create}, Waiting, []string{"v"}, []string{}},
		{"waiting --join--> active", []Entry{create, joinA}, Active, []string{"v", "a"}, []string{}},
		{"a second join of the same user is one user", []Entry{create, joinA, joinA}, Active, []string{"v", "a"}, []string{}},
		{"waiting --watch--> waiting", []Entry{create, watchL}, Waiting, []string{"v"}, []string{"l"}},
		{"a watcher who joins watches no longer", []Entry{create, watchL, entry(EventJoin, `{"user":`+lead+`,"mode":""}`)}, Active, []string{"v", "l"}, []string{}},
		{"active --leave of the last agent--> waiting", []Entry{create, joinA, entry(EventLeave, `{"userId":"a"}`)}, Waiting, []string{"v"}, []string{}},
		{"active --watcher leaves--> active", []Entry{create, joinA, watchL, entry(EventLeave, `{"userId":"l"}`)}, Active, []string{"v", "a"}, []string{}},
		{"active --intervene--> active", []Entry{create, joinA, watchL, entry(EventIntervene, `{"interventor":`+lead+`,"intervenedUsers":[`+agent+`]}`)}, Active, []string{"v", "l"}, []string{}},
		{"active --message--> active", []Entry{create, joinA, entry(EventMessage, `{}`)}, Active, []string{"v", "a"}, []string{}},
		{"waiting --close--> closed", []Entry{create, entry(EventClose, `{}`)}, Closed, []string{"v"}, []string{}},
		{"closed --leave--> closed", []Entry{create, joinA, entry(EventClose, `{}`), entry(EventLeave, `{"userId":"a"}`)}, Closed, []string{"v"}, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := fold(t, tc.entries...)
			assert.Equal(t, tc.status, c.Status)
			assert.Equal(t, tc.users, ids(c.Users))
			assert.Equal(t, tc.watchers, ids(c.Watchers))
			assert.Equal(t, uint64(10*len(tc.entries)), c.Seq)
		})
	}
}

func TestTransferChangesTheRoom(t *testing.T) {
	t.Parallel()
	c := fold(t, create, entry(EventTransfer, `{"chatId":"c","agentId":"a"}`))
	assert.Equal(t, `"1"`, string(c.Room))
	c = fold(t, create, entry(EventTransfer, `{"chatId":"c","room":"2"}`))
	assert.Equal(t, `"2"`, string(c.Room))
}

func TestApplyTwiceIsOnce(t *testing.T) {
	t.Parallel()
	c := fold(t, create)
	same, err := Apply(c, Entry{Seq: 10, Event: EventClose})
	require.NoError(t, err)
	assert.Equal(t, c, same)
}

func TestApplyLeavesTheOldChatAlone(t *testing.T) {
	t.Parallel()
	before := fold(t, create, entry(EventJoin, `{"user":`+agent+`}`))
	_, err := Apply(before, Entry{Seq: 99, Event: EventLeave, Data: wire.Raw(`{"userId":"v"}`)})
	require.NoError(t, err)
	assert.Equal(t, []string{"v", "a"}, ids(before.Users))
}

func TestApplyRefusesNonsense(t *testing.T) {
	t.Parallel()
	c := fold(t, create)
	for _, e := range []Entry{entry(EventJoin, `{}`), entry(EventJoin, `{"user":{"name":"x"}}`), entry(EventLeave, `{}`), entry(EventLeave, `{"userId":1}`),
		entry(EventIntervene, `{"interventor":1}`), entry(EventCreate, `[]`)} {
		same, err := Apply(c, e)
		assert.ErrorContains(t, err, e.Event)
		assert.Equal(t, c, same)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	open := fold(t, create, entry(EventJoin, `{"user":`+agent+`}`))
	away := fold(t, create, entry(EventLeave, `{"userId":"v"}`), entry(EventJoin, `{"user":`+lead+`,"mode":"watch"}`))
	closed := fold(t, create, entry(EventLeave, `{"userId":"v"}`), entry(EventClose, `{}`))
	for _, tc := range []struct {
		name, user, event string
		chat              Chat
		code              int
	}{
		{"member writes", "v", EventMessage, open, 0},
		{"member reads", "a", EventRead, open, 0},
		{"stranger writes", "x", EventMessage, open, wire.CodeForbidden},
		{"creator writes while gone", "v", EventMessage, away, 0},
		{"creator reads while gone", "v", EventRead, away, 0},
		{"creator leaves while gone", "v", EventLeave, away, wire.CodeForbidden},
		{"watcher writes", "l", EventMessage, away, wire.CodeForbidden},
		{"watcher reads", "l", EventRead, away, 0},
		{"watcher leaves", "l", EventLeave, away, 0},
		{"stranger reads", "x", EventRead, away, wire.CodeForbidden},
		{"stranger leaves", "x", EventLeave, open, wire.CodeForbidden},
		{"anyone closes, as far as the chat knows", "x", EventClose, open, 0},
		{"member writes after close", "v", EventMessage, closed, wire.CodeGone},
		{"close after close", "v", EventClose, closed, wire.CodeGone},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := Check(tc.chat, tc.user, tc.event)
			if tc.code == 0 {
				require.NoError(t, err)
				return
			}
			var refusal *wire.Error
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, tc.code, refusal.Code)
		})
	}
}

func TestEntryRoundTrip(t *testing.T) {
	t.Parallel()
	e := Entry{Seq: 7, Event: EventMessage, EventID: "e\"1", By: System, Data: wire.Raw(`{"a":[1]}`)}
	got, err := ParseEntry(7, e.Append(nil))
	require.NoError(t, err)
	assert.Equal(t, e, got)
	_, err = ParseEntry(1, []byte("nonsense"))
	assert.Error(t, err)
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for s := Unknown; s <= Closed; s++ {
		assert.Equal(t, s, ParseStatus(s.String()))
	}
	assert.Equal(t, "unknown", Status(99).String())
	assert.Equal(t, Unknown, ParseStatus("nonsense"))
}
