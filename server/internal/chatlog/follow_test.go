package chatlog

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

func (s *spy) hasEntry(seq uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.entries, seq)
}

// consumers counts who has the stream's entries delivered.
func consumers(t *testing.T, e *store.Engine) int {
	t.Helper()
	stream, err := e.JS.Stream(t.Context(), Stream)
	require.NoError(t, err)
	return stream.CachedInfo().State.Consumers
}

// A node that is alone on its engine has no entries delivered, until another one joins.
func TestFollowAlone(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	l, hooks := open(t, e, "one", 10)
	stored := 0
	l.OnStored = func(ids.Key, string, uint64) { stored++ }
	require.NoError(t, l.Follow(t.Context()))
	create(t, l, "c")
	_, err := l.Append(t.Context(), keyOf("c"), Act{By: "v", Event: chat.EventMessage}, message)
	require.NoError(t, err)
	assert.Equal(t, 1, stored, "of the create; a message is not indexed")
	assert.Equal(t, 0, consumers(t, e))

	other, _ := open(t, e, "other", 10)
	assert.Equal(t, 1, consumers(t, e), "before the other one can append")
	o, err := other.Append(t.Context(), keyOf("c"), Act{By: "a", Event: chat.EventMessage}, message)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return hooks.hasEntry(o.Record.Seq) }, storetest.WaitFor, storetest.Tick)
	require.NoError(t, other.Follow(t.Context()))
	assert.Equal(t, 2, consumers(t, e))
}

// The log reports an entry once the stream has it, also if its append was not confirmed.
func TestFollowAfterAnUnconfirmedAppend(t *testing.T) {
	t.Parallel()
	l, hooks := open(t, storetest.Engine(t, t.TempDir()), "one", 10)
	require.NoError(t, l.Follow(t.Context()))
	create(t, l, "c")
	ctx, cancel := context.WithCancel(t.Context())
	l.BeforeAppend = func(context.Context, *chatstate.Folded, chatstate.Next) (func(), error) {
		cancel()
		return func() {}, nil
	}
	_, err := l.Append(ctx, keyOf("c"), Act{By: "v", Event: chat.EventClose}, dataOf(`{}`))
	storetest.RequireCode(t, 504, err)
	require.Eventually(t, func() bool { return hooks.hasEntry(2) }, storetest.WaitFor, storetest.Tick)
	_, now, err := l.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	assert.Equal(t, chat.Closed, now.Chat.Status)
}

// A node that could not begin to follow goes back to when it first was to.
func TestFollowFromTheFirstTry(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	l, _ := open(t, e, "one", 10)
	require.NoError(t, l.Follow(t.Context()))
	require.NoError(t, e.JS.DeleteStream(t.Context(), Stream))
	from := func() time.Time {
		l.following.mu.Lock()
		defer l.following.mu.Unlock()
		return l.following.from
	}
	l.notAlone()
	first := from()
	assert.WithinRange(t, first, time.Now().Add(-2*followOverlap), time.Now())
	l.tryAgain()
	assert.Equal(t, first, from())
}
