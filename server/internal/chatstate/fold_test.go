package chatstate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

const (
	vera  = `{"id":"v","name":"Vera"}`
	agent = `{"id":"a","name":"Agent","nickname":"","providerId":"a"}`
	lead  = `{"id":"l","name":"Lead","nickname":"","providerId":"l"}`
)

// foldOf folds entries whose positions are 10, 20, 30 ...
func foldOf(t *testing.T, config string, entries ...chat.Entry) *Folded {
	t.Helper()
	f := NewFolded(ids.Key{App: "demo", ID: "c"})
	first := `{"chatId":"c","chat":{"id":"c","status":"waiting","creator":"v","room":"1"},"user":` + vera + `,"config":` + config + `}`
	for i, e := range append([]chat.Entry{{Event: chat.EventCreate, Data: wire.Raw(first)}}, entries...) {
		e.Seq = uint64(10 * (i + 1))
		require.NoError(t, f.Apply(f.Next(e), e.Seq, time.Unix(int64(100*(i+1)), 0)))
	}
	return f
}

func fact(event, data string) chat.Entry { return chat.Entry{Event: event, Data: wire.Raw(data)} }

func TestStateAtAnEarlierPosition(t *testing.T) {
	watch := fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`)
	f := foldOf(t, `{}`, fact(chat.EventJoin, `{"user":`+agent+`}`), watch, fact(chat.EventClose, `{}`))
	now := f.Snapshot()
	past := now.At(20)
	assert.Equal(t, chat.Active, past.Chat.Status)
	assert.True(t, past.Chat.Users.Has("a"))
	assert.False(t, InChat(past.Chat, "l"))
	assert.Equal(t, [audiences]uint64{20, 20}, past.last)
	assert.Equal(t, [audiences]uint64{40, 40}, now.last)
	assert.True(t, now.ShowsEntry(Staff, 30))
	assert.False(t, now.ShowsEntry(visitors, 30), "withheld")
	assert.False(t, now.ShowsEntry(visitors, 25), "no such position")
	assert.Len(t, now.RecordsAfter(20), 2)
	assert.Len(t, now.RecordsAfter(99), 0)
}

// Next computes an entry once: it changes nothing, and Apply takes in just what it
// computed, under the position that the log gives.
func TestNextThenApply(t *testing.T) {
	for _, e := range []chat.Entry{
		fact(chat.EventMessage, `{"message":{"id":"c.1","created":150}}`),
		fact(chat.EventJoin, `{"user":`+agent+`}`),
		fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`}`),
		fact(chat.EventClose, `{}`),
	} {
		t.Run(e.Event, func(t *testing.T) {
			f := foldOf(t, `{}`)
			before := f.Snapshot()
			next := f.Next(e)
			require.NoError(t, next.Err)
			assert.Equal(t, before, f.Snapshot(), "Next changes nothing")

			require.NoError(t, f.Apply(next, 77, time.Unix(200, 0)))
			assert.Equal(t, uint64(77), f.Seq)
			assert.Equal(t, uint64(77), f.Latest().Seq)
			assert.Equal(t, next.Lifecycle, f.Lifecycle)
			next.Chat.Seq = 77
			assert.Equal(t, next.Chat, f.Chat)
		})
	}
}

// An entry that cannot be read keeps its position and changes nothing else.
func TestEntryThatCannotBeRead(t *testing.T) {
	for name, e := range map[string]chat.Entry{
		"not for the chat":      fact(chat.EventJoin, `{"user":5}`),
		"not for the round":     fact(chat.EventAssign, `{"agent":5}`),
		"not for the messages":  fact(chat.EventRead, `{"message":5}`),
		"not for the queue":     fact(EventEnqueue, `{"maxAttempts":"many"}`),
		"not for the cool-down": fact(EventCooldown, `[]`),
	} {
		t.Run(name, func(t *testing.T) {
			f := foldOf(t, `{}`)
			before := f.Snapshot()
			require.Error(t, f.Apply(f.Next(e), 77, time.Unix(200, 0)))
			after := f.Snapshot()
			assert.Equal(t, uint64(77), after.Seq)
			assert.Len(t, after.Log, len(before.Log)+1)
			assert.Equal(t, before.Chat.Users, after.Chat.Users)
			assert.Equal(t, before.Lifecycle, after.Lifecycle)
			assert.Equal(t, before.Queue, after.Queue)
			assert.Equal(t, before.Messages, after.Messages)
		})
	}
}
