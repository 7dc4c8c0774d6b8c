package chatlog

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/storetest"
)

// says appends a message of a user.
func says(t *testing.T, l *Log, by, text string) {
	t.Helper()
	_, err := l.Append(t.Context(), keyOf("c"), Act{By: by, ID: "id-" + text, Event: chat.EventMessage}, func(f *chatstate.Folded) (wire.Raw, error) {
		return wire.NewObject(nil).Str("chatId", "c").Str("userId", by).
			Raw("message", chatstate.MessageJSON("c", len(f.Messages), by, "text", text, 1).Done()).Done(), nil
	})
	require.NoError(t, err)
}

// chain gives the positions of a chat's entries, each with the one before it.
func chain(now chatstate.State) (links []string) {
	for _, r := range now.Log {
		links = append(links, fmt.Sprint(r.Seq, "<-", r.Prev[chatstate.Staff], " ", r.Event, " ", r.EventID))
	}
	return links
}

// What a user wrote is in no file after a redaction, and every node has the same chat:
// one that had it before, one that reads it anew, and one that reads it between.
func TestRedact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	l, hooks := open(t, e, "n", 10)
	other, _ := open(t, e, "other", 10)
	create(t, l, "c")
	says(t, l, "v", "Geheimnis-eins")
	says(t, l, "a", "Antwort")
	says(t, l, "v", "Geheimnis-zwei")
	_, before, err := other.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)

	changed, err := l.Redact(t.Context(), keyOf("c"), chat.System, &chatstate.Redaction{About: "v", User: "v"})
	require.NoError(t, err)
	assert.Equal(t, 3, changed, "the create and two messages")
	assert.Zero(t, storetest.Occurrences(t, dir, `"Geheimnis`))
	_, now, err := l.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	assert.Equal(t, append(chain(before), fmt.Sprint(now.Seq, "<-", before.Seq, " ", chat.EventRedact, " ")), chain(now))
	assert.Equal(t, `{"chat":"c","created":1,"id":"c.1","message":"","redacted":true,"sender":"v","type":"text"}`, string(now.Messages[0]))
	assert.Contains(t, string(now.Messages[1]), "Antwort")
	user, _ := now.Chat.Users.Find("v")
	assert.Contains(t, string(user.Raw), chatstate.RemovedName)
	assert.Equal(t, now.Seq, hooks.entries[len(hooks.entries)-1], "connections are notified")

	fresh, _ := open(t, e, "fresh", 10)
	for name, log := range map[string]*Log{"had it before": other, "reads it anew": fresh} {
		f, same, err := log.ViewLatest(t.Context(), keyOf("c"))
		require.NoError(t, err)
		assert.Equal(t, now, same, name)
		assert.True(t, f.HasRecordOf("v", "id-Geheimnis-zwei"), "a repeated request still finds its entry")
	}

	changed, err = other.Redact(t.Context(), keyOf("c"), chat.System, &chatstate.Redaction{About: "v", User: "v"})
	require.NoError(t, err)
	assert.Zero(t, changed, "again")
	changed, err = other.Redact(t.Context(), keyOf("c"), chat.System, &chatstate.Redaction{About: "a", User: "a"})
	require.NoError(t, err)
	assert.Equal(t, 1, changed)
	assert.Zero(t, storetest.Occurrences(t, dir, `"Antwort`), "neither in the older redaction")
	_, now, err = fresh.ViewLatest(t.Context(), keyOf("c"))
	require.NoError(t, err)
	assert.Len(t, now.Messages, 3)
	says(t, l, "v", "weiter")
	_, now, err = fresh.ViewLatest(t.Context(), keyOf("c"))
	require.NoError(t, err)
	assert.Len(t, now.Messages, 4, "the chat goes on")
}

// A redaction that was interrupted before it overwrote anything is finished by the next.
func TestRedactInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	l, _ := open(t, e, "n", 10)
	create(t, l, "c")
	says(t, l, "v", "Geheimnis")
	f := l.cached(keyOf("c"))
	r, err := l.readRewritten(t.Context(), keyOf("c"))
	require.NoError(t, err)
	what := &chatstate.Redaction{About: "v", User: "v"}
	require.Equal(t, 2, r.redact(what))
	require.NoError(t, l.appendRedactions(t.Context(), f, chat.System, what.About, r))
	require.Equal(t, 1, storetest.Occurrences(t, dir, `"Geheimnis"`))

	changed, err := l.Redact(t.Context(), keyOf("c"), chat.System, what)
	require.NoError(t, err)
	assert.Zero(t, changed)
	assert.Zero(t, storetest.Occurrences(t, dir, `"Geheimnis"`))
}

// Of a chat that is removed nothing is left but that it was there, on every node.
func TestRemove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	l, _ := open(t, e, "n", 10)
	other, _ := open(t, e, "other", 10)
	create(t, l, "c")
	says(t, l, "v", "Geheimnis")
	_, before, err := other.View(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	removed, err := l.Remove(t.Context(), keyOf("c"), chat.System)
	require.NoError(t, err)
	assert.Equal(t, 2, removed)
	assert.Zero(t, storetest.Occurrences(t, dir, "Geheimnis"))
	fresh, _ := open(t, e, "fresh", 10)
	for _, log := range []*Log{l, other, fresh} {
		_, _, err := log.ViewLatest(t.Context(), keyOf("c"))
		storetest.RequireCode(t, 404, err)
		_, err = log.Append(t.Context(), keyOf("c"), Act{By: "v", ID: "create", Event: chat.EventCreate}, dataOf(`{}`))
		storetest.RequireCode(t, 404, err)
	}
	last, err := other.Follows(t.Context(), keyOf("c"), 0)
	require.NoError(t, err)
	require.Len(t, last.Log, 1)
	assert.Equal(t, chat.EventRemove, last.Log[0].Event)
	assert.Equal(t, before.Seq, last.Log[0].Prev[chatstate.Staff], "who had the chat sees no gap")
	removed, err = other.Remove(t.Context(), keyOf("c"), chat.System)
	require.NoError(t, err)
	assert.Zero(t, removed)
}
