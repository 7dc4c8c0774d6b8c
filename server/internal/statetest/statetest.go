// Package statetest folds chats for tests.
package statetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// Who is in the chats, as JSON: the visitor, an agent and a supervisor.
const (
	Vera  = `{"id":"v","name":"Vera"}`
	Agent = `{"id":"a","name":"Agent","nickname":"","providerId":"a"}`
	Lead  = `{"id":"l","name":"Lead","nickname":"","providerId":"l"}`
)

// Fold makes the chat "c" of the app "demo" in room 1, which Vera has created, with
// a config as JSON, and folds entries. Their positions are 20, 30, 40 ..., and the
// times 10 times as many unix seconds.
func Fold(t testing.TB, config string, entries ...chat.Entry) *chatstate.Folded {
	t.Helper()
	f := chatstate.NewFolded(ids.Key{App: "demo", ID: "c"})
	first := `{"chatId":"c","chat":{"id":"c","status":"waiting","creator":"v","room":"1"},"user":` + Vera + `,"config":` + config + `}`
	for i, e := range append([]chat.Entry{{Event: chat.EventCreate, Data: wire.Raw(first)}}, entries...) {
		e.Seq = uint64(10 * (i + 1))
		require.NoError(t, f.Apply(f.Next(e), e.Seq, time.Unix(int64(100*(i+1)), 0)))
	}
	return f
}

// Fact is an entry with JSON as its data.
func Fact(event, data string) chat.Entry { return chat.Entry{Event: event, Data: wire.Raw(data)} }
