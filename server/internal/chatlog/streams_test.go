package chatlog

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

// chatIn gives the id of a chat that the n-th stream has.
func chatIn(t *testing.T, l *Log, n int) string {
	t.Helper()
	for i := range 1000 {
		if id := fmt.Sprint("c", i); l.placeOf(keyOf(id)) == n {
			return id
		}
	}
	require.FailNow(t, "no chat is in the stream")
	return ""
}

// A stored chat is looked for in the same stream for good.
func TestStreamsOfChats(t *testing.T) {
	t.Parallel()
	l := &Log{}
	for n := range 16 {
		l.parts = append(l.parts, partOf(n))
	}
	for id, stream := range map[string]string{"a": "PARLEY_CHATS_11", "b": "PARLEY_CHATS_14", "x": "PARLEY_CHATS"} {
		name, subject := l.find(ids.Key{App: "demo", ID: id})
		assert.Equal(t, stream, name, id)
		key, found := KeyOf(subject)
		assert.True(t, found)
		assert.Equal(t, keyOf(id), key)
	}
	held, numbers := make([]int, 16), map[uint64]bool{}
	for range 16_000 {
		k := keyOf(ids.New())
		held[l.placeOf(k)]++
		numbers[l.NumberOf(k, 7)] = true
	}
	assert.Greater(t, slices.Min(held), 800)
	assert.Less(t, slices.Max(held), 1200)
	assert.Len(t, numbers, 16)
	for _, subject := range []string{"parley.chat", "parley.chat.$positions", "parley.chat3.$positions", "other.demo.c"} {
		_, found := KeyOf(subject)
		assert.False(t, found, subject)
	}
}

// Chats that are spread over streams are there as those of one are, for each node and after a restart; how many streams there
// are stays as it was when the store was made.
func TestSpreadOverStreams(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Spread(t, dir, 3)
	one, _ := open(t, e, "one", 100)
	require.NoError(t, one.Follow(t.Context()))
	other, heard := open(t, e, "other", 100)
	require.NoError(t, other.Follow(t.Context()))
	began := time.Now()
	var all []ids.Key
	for n := range 3 {
		id := chatIn(t, one, n)
		all = append(all, keyOf(id))
		create(t, one, id)
		o, err := one.Append(t.Context(), keyOf(id), Act{By: "v", Event: chat.EventMessage}, message)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return heard.hasEntry(o.Record.Seq) }, storetest.WaitFor, storetest.Tick)
		f, _, err := other.View(t.Context(), keyOf(id), o.Record.Seq)
		require.NoError(t, err)
		assert.Len(t, f.Messages, 1)
	}
	ends, err := one.Ends(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []uint64{2, 2, 2}, ends)
	since, err := one.ChatsSince(t.Context(), began)
	require.NoError(t, err)
	assert.ElementsMatch(t, all, since)
	storetest.Close(t, e)

	e = storetest.Spread(t, dir, 4)
	_, err = Open(t.Context(), e, "again", 10, slog.New(slog.DiscardHandler), Hooks{})
	require.ErrorContains(t, err, "has 3 streams of chats")
	require.ErrorContains(t, err, "-chat-streams says 4")
	storetest.Close(t, e)

	e = storetest.Spread(t, dir, 0)
	again, _ := open(t, e, "again", 10)
	assert.Equal(t, []string{"PARLEY_CHATS", "PARLEY_CHATS_1", "PARLEY_CHATS_2"}, again.Streams())
	names, err := again.Chats(t.Context())
	require.NoError(t, err)
	assert.Len(t, names, 3)
	for _, k := range all {
		assert.Contains(t, names, k.Name())
		assert.False(t, strings.HasPrefix(k.Name(), "parley"))
		f, _, err := again.View(t.Context(), k, 0)
		require.NoError(t, err)
		assert.Len(t, f.Messages, 1)
	}
	removed, err := again.RemoveAll(t.Context(), "demo")
	require.NoError(t, err)
	assert.Equal(t, 6, removed)
}

// A first start that was interrupted is made up for, and of nodes that begin together one decides.
func TestStreamsThatAreMissing(t *testing.T) {
	t.Parallel()
	e := storetest.Spread(t, t.TempDir(), 3)
	_, err := e.JS.CreateStream(t.Context(), configOf(e, partOf(1), 2))
	require.NoError(t, err)
	_, err = Open(t.Context(), e, "other", 10, slog.New(slog.DiscardHandler), Hooks{})
	require.ErrorContains(t, err, "has 2 streams of chats")
	e.ChatStreams = 0
	l, _ := open(t, e, "n", 10)
	assert.Equal(t, []string{"PARLEY_CHATS", "PARLEY_CHATS_1"}, l.Streams())
}
