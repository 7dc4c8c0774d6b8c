package chatstate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

// add folds an entry behind the others.
func add(t *testing.T, f *Folded, e chat.Entry) {
	t.Helper()
	require.NoError(t, f.Apply(f.Next(e), f.Seq+1, time.Unix(0, 0)))
}

func said(f *Folded, sender string) chat.Entry {
	message := MessageJSON("c", len(f.Messages), sender, "text", "hi", 1).Done()
	return fact(chat.EventMessage, `{"message":`+string(message)+`}`)
}

func imports(f *Folded, n int) chat.Entry {
	history := ImportedJSON("c", len(f.Messages), slices.Repeat([]Imported{{Sender: "bot", Kind: "text", Text: "hi"}}, n), 1)
	return fact(chat.EventImport, `{"history":`+string(history)+`}`)
}

func readUpTo(user string, index int) chat.Entry {
	return fact(chat.EventRead, fmt.Sprintf(`{"userId":%q,"message":{"id":%q},"upTo":true}`, user, MessageID("c", index)))
}

// What is unread are the messages that others said and the user has not read, in whatever
// order they read, say and import.
func TestUnread(t *testing.T) {
	f := foldOf(t, `{}`)
	add(t, f, imports(f, 2)) // 0, 1
	add(t, f, said(f, "v"))  // 2
	add(t, f, said(f, "a"))  // 3
	add(t, f, imports(f, 1)) // 4
	add(t, f, said(f, "a"))  // 5
	add(t, f, said(f, "v"))  // 6
	unread := func(user string, last int) bool { return f.HasUnread(user, last) }
	assert.False(t, unread("v", 2), "imported, or their own")
	assert.True(t, unread("v", 3))
	assert.True(t, unread("v", 6))
	assert.True(t, unread("a", 2))
	add(t, f, fact(chat.EventRead, fmt.Sprintf(`{"userId":"v","message":{"id":%q}}`, MessageID("c", 5))))
	assert.True(t, unread("v", 5), "one of two is read")
	add(t, f, readUpTo("v", 4))
	assert.False(t, unread("v", 6))
	add(t, f, said(f, "a")) // 7
	assert.False(t, unread("v", 6))
	assert.True(t, unread("v", 7))
	add(t, f, readUpTo("v", 7))
	assert.False(t, unread("v", 7))
	assert.False(t, unread("v", 0), "nor earlier ones")
	assert.True(t, unread("a", 6), "the other has read nothing")
	var readers []int
	for _, r := range f.reads {
		assert.Equal(t, "v", r.user)
		readers = append(readers, r.index)
	}
	assert.ElementsMatch(t, []int{3, 5, 7}, readers)
}

// Whether there is something unread is cheap to ask in a long chat, however often.
func TestUnreadOfLongChatsIsCheap(t *testing.T) {
	f := foldOf(t, `{}`)
	for range 100 {
		add(t, f, imports(f, 1000))
	}
	for range 1000 {
		add(t, f, said(f, "v"))
	}
	last := len(f.Messages) - 1
	cost := testing.AllocsPerRun(1, func() { assert.False(t, f.HasUnread("v", last)) })
	t.Logf("%.0f allocations", cost)
	assert.Less(t, cost, 10.0)
}
