package server_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// A loss of power takes the last messages, which the disk did not have yet. What comes then
// gets no position of theirs: so those who have them notice that they have what the log has
// not, and load the chat again.
func TestPositionsAfterALossOfPower(t *testing.T) {
	t.Parallel()
	dir, cut := t.TempDir(), filepath.Join(t.TempDir(), "cut")
	w := servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	v := w.Visitor("Vera")
	visitor := w.Open(t, v)
	chatID := visitor.NewChat()
	for _, text := range []string{"kept", "lost", "lost too"} {
		visitor.Say(chatID, text)
	}
	seen := visitor.Position(chatID)
	require.NoError(t, os.CopyFS(filepath.Join(cut, "nats"), os.DirFS(filepath.Join(dir, "nats"))))
	cutLog(t, cut, "lost")

	e := storetest.Engine(t, cut)
	again := servertest.On(t, e, server.Limits{})
	other := again.Open(t, v)
	other.Say(chatID, "new")
	other.Say(chatID, "newer")
	assert.Greater(t, other.Position(chatID), seen)
	now := servertest.Dig(again.Dial(t).OpenSession(v, map[string]uint64{chatID: seen}), "chats", chatID).(servertest.Object)
	assert.Equal(t, false, now["resumed"])
	var texts []any
	for _, m := range now["history"].([]any) {
		texts = append(texts, servertest.Dig(m, "message"))
	}
	assert.Equal(t, []any{"kept", "new", "newer"}, texts)
	last := other.Position(chatID)
	again.Close()
	storetest.Close(t, e)

	third := servertest.On(t, storetest.Engine(t, cut), server.Limits{})
	peer := third.Open(t, v)
	peer.Say(chatID, "on")
	assert.Greater(t, peer.Position(chatID), last)
}

// cutLog makes of a copy of a server's data what a loss of power leaves: the log of the chats
// ends before the first message with a text, and the system was started again.
func cutLog(t *testing.T, dir, text string) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", "PARLEY_CHATS", "msgs", "*.blk"))
	require.NoError(t, err)
	require.Len(t, blocks, 1)
	content, err := os.ReadFile(blocks[0])
	require.NoError(t, err)
	at := bytes.Index(content, []byte(text))
	require.Positive(t, at)
	require.NoError(t, os.Truncate(blocks[0], int64(at)))
	_ = os.Remove(filepath.Join(filepath.Dir(blocks[0]), "index.db"))

	name := filepath.Join(dir, "nats", "positions.json")
	said := map[string]any{}
	record, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(record, &said))
	said["boot"] = "another"
	require.NoError(t, os.WriteFile(name, servertest.JSON(said), 0o600))
}
