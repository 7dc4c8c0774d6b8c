package server_test

import (
	"testing"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/servertest"
)

// benchLimits let one chat take as many messages as a benchmark sends.
var benchLimits = server.Limits{MessagesPerSecond: 1_000_000, Quotas: server.Quotas{ChatMessages: 1 << 40, ChatBytes: 1 << 40}}

// BenchmarkSend is a visitor who sends, 64 messages under way at a time, and an
// agent who gets them.
func BenchmarkSend(b *testing.B) {
	w := servertest.New(b, benchLimits)
	visitor, _, id := w.Conversation(b)
	b.ResetTimer()
	asked := make([]string, 0, b.N)
	for range b.N {
		if len(asked) >= 64 {
			visitor.Reply(asked[len(asked)-64])
		}
		asked = append(asked, visitor.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", "hello")))
	}
	visitor.Reply(asked[len(asked)-1])
}

// BenchmarkRoundTrip is one message after the other.
func BenchmarkRoundTrip(b *testing.B) {
	w := servertest.New(b, benchLimits)
	visitor, _, id := w.Conversation(b)
	b.ResetTimer()
	for range b.N {
		visitor.Say(id, "hello")
	}
}

// BenchmarkAppend is the log alone.
func BenchmarkAppend(b *testing.B) {
	w := servertest.New(b, server.Limits{})
	visitor := w.Open(b, w.Visitor("Vera"))
	key := ids.Key{App: "demo", ID: visitor.NewChat()}
	visitor.Cut()
	data := []byte(`{"chatId":"x","userId":"v","message":{"id":"x.1","chat":"x","sender":"v","type":"text","message":"hello","created":1700000000}}`)
	b.ResetTimer()
	for range b.N {
		if _, err := roomsOf(w).Log.Append(b.Context(), key, chatlog.Act{By: "v", Event: chat.EventMessage}, func(*chatstate.Folded) (wire.Raw, error) { return data, nil }); err != nil {
			b.Fatal(err)
		}
	}
}
