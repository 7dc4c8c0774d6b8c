package chatlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// numbered makes messages by these requests, each with its number in the chat.
func numbered(requests ...string) (messages []Message) {
	for _, id := range requests {
		messages = append(messages, Message{
			Act: Act{By: "v", ID: id, Event: chat.EventMessage},
			Build: func(f *chatstate.Folded, earlier int) (wire.Raw, error) {
				if id == "refused" {
					return nil, wire.Errorf(wire.ChatClosed, "refused")
				}
				return wire.Raw(fmt.Sprintf(`{"message":{"id":"c.%d","created":1}}`, len(f.Messages)+earlier+1)), nil
			},
		})
	}
	return messages
}

// numbers gives the numbers that the results tell, 0 for a refusal.
func numbers(t *testing.T, results []Appended) (list []int) {
	t.Helper()
	for _, r := range results {
		n := 0
		if r.Err == nil {
			_, err := fmt.Sscanf(string(r.Record.Data), `{"message":{"id":"c.%d"`, &n)
			require.NoError(t, err)
		}
		list = append(list, n)
	}
	return list
}

// Messages that are appended together have the results of messages that were appended
// one after the other.
func TestAppendMessages(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	l, hooks := open(t, e, "one", 10)
	other, _ := open(t, e, "other", 10)
	create(t, l, "c")
	for _, step := range []struct {
		name     string
		before   func()
		requests []string
		want     []int
	}{
		{"one", nil, []string{"1"}, []int{1}},
		{"several", nil, []string{"2", "3", "4"}, []int{2, 3, 4}},
		{"again, as a whole", nil, []string{"2", "3", "4"}, []int{2, 3, 4}},
		{"some of them again", nil, []string{"4", "5", "1", "6", "7"}, []int{4, 5, 1, 6, 7}},
		{"twice in one", nil, []string{"8", "9", "8", "10", "10"}, []int{8, 9, 8, 10, 10}},
		{"a refusal holds up nobody", nil, []string{"11", "refused", "12", "13"}, []int{11, 0, 12, 13}},
		{"refusals around", nil, []string{"refused", "14", "refused"}, []int{0, 14, 0}},
		{"without an id there is no again", nil, []string{"", "", ""}, []int{15, 16, 17}},
		{"another node was first", func() {
			assert.Equal(t, []int{18, 19}, numbers(t, other.AppendMessages(t.Context(), keyOf("c"), numbered("a", "b"))))
		}, []string{"20", "21", "a"}, []int{20, 21, 18}},
		{"deadlines may be earlier", func() {
			l.DeadlinesChanged()
			hooks.next = nil
		}, []string{"22", "23", "24"}, []int{22, 23, 24}},
	} {
		if step.before != nil {
			step.before()
		}
		results := l.AppendMessages(t.Context(), keyOf("c"), numbered(step.requests...))
		assert.Equal(t, step.want, numbers(t, results), step.name)
		for _, r := range results {
			if r.Err == nil && r.Record.EventID != "a" { // the other node has reported that one
				assert.Contains(t, hooks.entries, r.Record.Seq, step.name)
			}
		}
	}
	assert.Len(t, hooks.next, 1, "the first message may bring a deadline forward")
	_, now, err := other.ViewLatest(t.Context(), keyOf("c"))
	require.NoError(t, err)
	assert.Len(t, now.Messages, 24)

	results := l.AppendMessages(t.Context(), keyOf("unknown"), numbered("1", "2"))
	require.Len(t, results, 2)
	storetest.RequireCode(t, 404, results[1].Err)
}

// After an error for which the client asks again nothing is carried out.
func TestAppendMessagesEnds(t *testing.T) {
	t.Parallel()
	l, hooks := open(t, storetest.Engine(t, t.TempDir()), "n", 10)
	create(t, l, "c")
	l.DeadlinesChanged()
	hooks.refuse = errors.New("not now")
	results := l.AppendMessages(t.Context(), keyOf("c"), numbered("1", "2", "3"))
	require.Len(t, results, 1)
	require.Error(t, results[0].Err)
	hooks.refuse = nil
	assert.Equal(t, []int{1, 2, 3}, numbers(t, l.AppendMessages(t.Context(), keyOf("c"), numbered("1", "2", "3"))))
}

// When one in the middle cannot be stored, those before it are stored and pushed, and those
// behind it are not.
func TestAppendMessagesUpToAFullStream(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	l, hooks := open(t, e, "n", 10)
	require.NoError(t, l.Follow(t.Context()))
	create(t, l, "c")
	limit := func(bytes int32) {
		stream, err := e.JS.Stream(t.Context(), Stream)
		require.NoError(t, err)
		config := stream.CachedInfo().Config
		config.MaxMsgSize = bytes
		_, err = e.JS.UpdateStream(t.Context(), config)
		require.NoError(t, err)
	}
	limit(1000)
	messages := numbered("1", "2", "3", "long", "5", "6")
	messages[3].Build = func(f *chatstate.Folded, earlier int) (wire.Raw, error) {
		return wire.Raw(fmt.Sprintf(`{"message":{"id":"c.%d","text":%q}}`, len(f.Messages)+earlier+1, strings.Repeat("x", 1000))), nil
	}
	results := l.AppendMessages(t.Context(), keyOf("c"), messages)
	assert.Equal(t, []int{1, 2, 3, 0}, numbers(t, results))
	storetest.RequireCode(t, 503, results[3].Err)
	for _, r := range results[:3] {
		require.Eventually(t, func() bool { return hooks.hasEntry(r.Record.Seq) }, storetest.WaitFor, storetest.Tick)
	}
	limit(-1)
	assert.Equal(t, []int{4, 5, 6}, numbers(t, l.AppendMessages(t.Context(), keyOf("c"), messages[3:])))
}

// Without messages there are no results, also while the chat is busy.
func TestAppendNoMessages(t *testing.T) {
	t.Parallel()
	l, _ := open(t, storetest.Engine(t, t.TempDir()), "n", 10)
	create(t, l, "c")
	f := l.cached(keyOf("c"))
	require.NoError(t, f.lock(t.Context()))
	defer f.unlock()
	ended, end := context.WithCancel(t.Context())
	end()
	assert.Empty(t, l.AppendMessages(ended, keyOf("c"), nil))
}

// On a NATS server another node may give the stream more copies at any time: there each
// message waits for the one before it.
func TestMessagesOfANATSServerAreNotGrouped(t *testing.T) {
	t.Parallel()
	e, err := store.Start(t.Context(), store.Options{URL: storetest.NATS(t, true).ClientURL()})
	require.NoError(t, err)
	t.Cleanup(func() { storetest.Close(t, e) })
	l, _ := open(t, e, "n", 10)
	create(t, l, "c")
	assert.Empty(t, l.entriesOf(l.cached(keyOf("c")), numbered("1", "2")))
	assert.Equal(t, []int{1, 2}, numbers(t, l.AppendMessages(t.Context(), keyOf("c"), numbered("1", "2"))))
}

// repeated appends messages as clients do: what has no result, or one that asks for it, is sent again.
func repeated(t *testing.T, l *Log, messages []Message) (results []Appended) {
	for begun := time.Now(); len(results) < len(messages) && time.Since(begun) < storetest.WaitFor; {
		for _, r := range l.AppendMessages(t.Context(), keyOf("c"), messages[len(results):]) {
			if ids.MustRepeat(r.Err) {
				t.Log(r.Err)
				break
			}
			results = append(results, r)
		}
	}
	return results
}

// Nodes that append to one chat at the same time keep one order, in which those of each
// are in theirs.
func TestAppendMessagesOfSeveralNodes(t *testing.T) {
	t.Parallel()
	for name, engines := range map[string][]*store.Engine{
		"one copy": slices.Repeat([]*store.Engine{storetest.Engine(t, t.TempDir())}, 3), "three copies": storetest.Cluster(t),
	} {
		first, _ := open(t, engines[0], "first", 10)
		create(t, first, "c")
		const calls, together = 10, 5
		var nodes sync.WaitGroup
		for n, e := range engines {
			l, _ := open(t, e, fmt.Sprint(n), 10)
			nodes.Go(func() {
				last := 0
				for call := range calls {
					var requests []string
					for i := range together {
						requests = append(requests, fmt.Sprintf("%d.%d.%d", n, call, i))
					}
					for _, number := range numbers(t, repeated(t, l, numbered(requests...))) {
						assert.Greater(t, number, last, name)
						last = number
					}
				}
			})
		}
		nodes.Wait()
		_, now, err := first.ViewLatest(t.Context(), keyOf("c"))
		require.NoError(t, err)
		require.Len(t, now.Messages, len(engines)*calls*together, name)
		for i, m := range now.Messages {
			assert.Equal(t, fmt.Sprintf("c.%d", i+1), messageID(m), name)
		}
	}
}

func messageID(m wire.Raw) string {
	id, _ := wire.String(wire.Member(m, "id"))
	return id
}
