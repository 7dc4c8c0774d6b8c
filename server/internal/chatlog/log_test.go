package chatlog

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// spy counts the calls of a log's hooks.
type spy struct {
	mu       sync.Mutex
	next     []chatstate.Next // of BeforeAppend
	confirms int
	appended []string // events
	entries  []uint64
	refuse   error // by BeforeAppend
}

func (s *spy) hooks() Hooks {
	return Hooks{
		BeforeAppend: func(_ context.Context, _ *chatstate.Folded, next chatstate.Next) (func(), error) {
			s.next = append(s.next, next)
			return func() { s.confirms++ }, s.refuse
		},
		Appended: func(_ context.Context, _ ids.Key, event string, _ *chatstate.State) {
			s.appended = append(s.appended, event)
		},
		OnEntry: func(_ ids.Key, seq uint64, _ string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.entries = append(s.entries, seq)
		},
		OnStored: func(ids.Key, string, uint64) {},
		Order:    func() uint64 { return 0 },
		Indexed:  map[string]bool{chat.EventCreate: true, chat.EventClose: true},
	}
}

// open opens the log of a node that does not follow the others. As the server's start does, it
// waits for a cluster that has no leaders yet.
func open(t *testing.T, e *store.Engine, node string, chats int) (l *Log, s *spy) {
	t.Helper()
	s = &spy{}
	require.Eventually(t, func() bool {
		var err error
		l, err = Open(t.Context(), e, node, chats, slog.New(slog.DiscardHandler), s.hooks())
		if !store.IsElecting(err) {
			require.NoError(t, err)
		}
		return err == nil
	}, 3*storetest.WaitFor, storetest.Tick)
	return l, s
}

func keyOf(id string) ids.Key { return ids.Key{App: "demo", ID: id} }

// create appends a chat's first entry.
func create(t *testing.T, l *Log, id string) {
	t.Helper()
	data := `{"chatId":"` + id + `","chat":{"id":"` + id + `","status":"waiting","creator":"v","room":"1"},"user":{"id":"v"}}`
	_, err := l.Append(t.Context(), keyOf(id), Act{By: "v", ID: "create", Event: chat.EventCreate}, dataOf(data))
	require.NoError(t, err)
}

func dataOf(data string) func(*chatstate.Folded) (wire.Raw, error) {
	return func(*chatstate.Folded) (wire.Raw, error) { return wire.Raw(data), nil }
}

// message makes the next message of a chat.
func message(f *chatstate.Folded) (wire.Raw, error) {
	return wire.Raw(fmt.Sprintf(`{"message":{"id":"c.%d"}}`, len(f.Messages)+1)), nil
}

// A request is carried out once: repeated, it gets the entry that it has made.
func TestAppendTwice(t *testing.T) {
	t.Parallel()
	l, hooks := open(t, storetest.Engine(t, t.TempDir()), "n", 10)
	create(t, l, "c")
	act := Act{By: "v", ID: "1", Event: chat.EventMessage}
	first, err := l.Append(t.Context(), keyOf("c"), act, message)
	require.NoError(t, err)
	again, err := l.Append(t.Context(), keyOf("c"), act, message)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Len(t, again.State.Messages, 1)
	assert.True(t, l.Has(t.Context(), keyOf("c"), "v", "1"))

	_, err = l.Append(t.Context(), keyOf("c"), Act{By: "v", ID: "1", Event: chat.EventClose}, dataOf(`{}`))
	storetest.RequireCode(t, 409, err)
	assert.Equal(t, []string{chat.EventCreate}, hooks.appended, "a message is not indexed")
}

// What an entry makes of the chat is computed once for each append: BeforeAppend gets
// it, and it is the chat afterwards.
func TestAppendFoldsOnce(t *testing.T) {
	t.Parallel()
	l, hooks := open(t, storetest.Engine(t, t.TempDir()), "n", 10)
	create(t, l, "c")
	o, err := l.Append(t.Context(), keyOf("c"), Act{By: "v", Event: chat.EventClose}, dataOf(`{}`))
	require.NoError(t, err)
	require.Len(t, hooks.next, 2, "one for each append")
	next := hooks.next[1]
	next.Chat.Seq = o.Record.Seq
	assert.Equal(t, next.Chat, o.State.Chat)
	assert.Equal(t, next.Lifecycle, o.State.Lifecycle)
	assert.Equal(t, 2, hooks.confirms)
	assert.Contains(t, hooks.entries, o.Record.Seq)
}

// An entry is made again from the newer chat when another node was first.
func TestAppendConflict(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	l, hooks := open(t, e, "one", 10)
	other, _ := open(t, e, "other", 10)
	create(t, l, "c")
	_, err := other.Append(t.Context(), keyOf("c"), Act{By: "a", Event: chat.EventMessage}, message)
	require.NoError(t, err)
	seen := func(f *chatstate.Folded) (wire.Raw, error) {
		return wire.Raw(fmt.Sprintf(`{"messages":%d}`, len(f.Messages))), nil
	}
	o, err := l.Append(t.Context(), keyOf("c"), Act{By: "v", Event: chat.EventExpiryAlert}, seen)
	require.NoError(t, err)
	assert.Equal(t, `{"messages":1}`, string(o.Record.Data))
	assert.Len(t, hooks.next, 3, "the create, the conflict, the append")
	assert.Equal(t, 2, hooks.confirms, "not of the conflict")
}

// BeforeAppend is called for a message only if deadlines may be earlier than stored:
// after they changed, and when the chat's expiry has been announced.
func TestBeforeAppendOfMessages(t *testing.T) {
	t.Parallel()
	l, hooks := open(t, storetest.Engine(t, t.TempDir()), "n", 10)
	create(t, l, "c")
	calls := func(event string, build func(*chatstate.Folded) (wire.Raw, error)) int {
		before := len(hooks.next)
		_, err := l.Append(t.Context(), keyOf("c"), Act{By: "v", Event: event}, build)
		require.NoError(t, err)
		return len(hooks.next) - before
	}
	assert.Equal(t, 0, calls(chat.EventMessage, message))
	l.DeadlinesChanged()
	assert.Equal(t, 1, calls(chat.EventMessage, message), "deadlines have changed")
	assert.Equal(t, 0, calls(chat.EventMessage, message))
	assert.Equal(t, 1, calls(chat.EventExpiryAlert, dataOf(`{}`)), "not a message")
	assert.Equal(t, 1, calls(chat.EventMessage, message), "the expiry has been announced")
	assert.Equal(t, 0, calls(chat.EventMessage, message))
}

// What cannot be appended leaves the chat as it is.
func TestAppendRefused(t *testing.T) {
	t.Parallel()
	l, hooks := open(t, storetest.Engine(t, t.TempDir()), "n", 10)
	create(t, l, "c")
	o, err := l.Append(t.Context(), keyOf("c"), Act{By: "v", Event: chat.EventClose}, func(*chatstate.Folded) (wire.Raw, error) { return nil, ErrNothing })
	require.NoError(t, err)
	assert.Zero(t, o.Record.Seq)
	hooks.refuse = ids.ErrUnavailable("not now")
	_, err = l.Append(t.Context(), keyOf("c"), Act{By: "v", Event: chat.EventClose}, dataOf(`{}`))
	storetest.RequireCode(t, 503, err)
	_, now, err := l.ViewLatest(t.Context(), keyOf("c"))
	require.NoError(t, err)
	assert.Equal(t, chat.Waiting, now.Chat.Status)
}

// Chats that fell out of the cache are not counted, and are read from the log again.
func TestTinyCache(t *testing.T) {
	t.Parallel()
	l, _ := open(t, storetest.Engine(t, t.TempDir()), "n", 1)
	for n := range 4 {
		id := fmt.Sprint("c", n)
		create(t, l, id)
		for range 30 {
			_, err := l.Append(t.Context(), keyOf(id), Act{By: "v", Event: chat.EventMessage}, message)
			require.NoError(t, err)
		}
	}
	var cachedNow int64
	for _, f := range l.cache.Values() {
		cachedNow += f.bytes.Load()
	}
	assert.Equal(t, cachedNow, l.cachedBytes.Load())
	assert.Equal(t, 1, l.cache.Len())
	_, now, err := l.View(t.Context(), keyOf("c0"), 0)
	require.NoError(t, err)
	assert.Len(t, now.Messages, 30)
}

// Ids cost nothing to make up: those of no chat push none out of the cache.
func TestUnknownChatsPushNoneOut(t *testing.T) {
	t.Parallel()
	l, _ := open(t, storetest.Engine(t, t.TempDir()), "n", 4)
	create(t, l, "c")
	for n := range 2000 {
		key := keyOf(fmt.Sprint("none", n))
		_, _, err := l.View(t.Context(), key, 0)
		storetest.RequireCode(t, wire.CodeNotFound, err)
		_, known := l.Cached(key, 0)
		require.False(t, known)
	}
	_, known := l.Cached(keyOf("c"), 0)
	assert.True(t, known)
	assert.Equal(t, 1, l.cache.Len())
	assert.Equal(t, maxUnproven, l.unproven.Len())
}

// The cache has dropped a chat, and has not yet reported that. An append to the chat then
// reaches everybody who has read it again meanwhile.
func TestAppendWhileTheCacheDropsTheChat(t *testing.T) {
	t.Parallel()
	l, _ := open(t, storetest.Engine(t, t.TempDir()), "n", 10)
	create(t, l, "c")
	dropped := l.cached(keyOf("c"))
	l.cache.Remove(keyOf("c"))
	dropped.evicted.Store(false)
	_, _, err := l.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	o, err := l.appendLocked(t.Context(), dropped, Act{By: "v", ID: "1", Event: chat.EventMessage}, message)
	require.NoError(t, err)
	_, now, err := l.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	assert.Equal(t, o.Record.Seq, now.Seq)
}

// A node that is behind gives somebody who has a later entry the chat with that entry. A
// position that the log does not have is no reason to wait.
func TestViewForSomebodyWhoKnowsMore(t *testing.T) {
	e := storetest.Engine(t, t.TempDir())
	one, _ := open(t, e, "one", 10)
	behind, _ := open(t, e, "behind", 10)
	create(t, one, "c")
	_, was, err := behind.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	o, err := one.Append(t.Context(), keyOf("c"), Act{By: "v", ID: "m", Event: chat.EventMessage}, message)
	require.NoError(t, err)
	_, now, err := behind.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	require.Equal(t, was.Seq, now.Seq, "it is behind")
	for _, seen := range []uint64{o.Record.Seq, o.Record.Seq + 1000} {
		_, now, err = behind.ViewFor(t.Context(), keyOf("c"), seen)
		require.NoError(t, err)
		assert.Equal(t, o.Record.Seq, now.Seq)
	}
}
