package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// logBytes is what the logs of all chats take in the store.
func logBytes(t *testing.T, w *servertest.World) int {
	t.Helper()
	stream, err := w.Engine.JS.Stream(t.Context(), chatlog.Stream)
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	return int(info.State.Bytes)
}

// That a message was read takes the message's id, however long that is, and once for each
// reader. Everybody gets the message all the same.
func TestReadsTakeNoRoomOfMessages(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	w.Set(`{"quotas":{"chatBytes":65536}}`)
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventRead)
	visitor, agent, id := w.Conversation(t)
	text := strings.Repeat("long ", 2000)
	visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{servertest.Obj("sender", "assistant", "message", text)}))
	var said []string
	for {
		f := visitor.Reply(visitor.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", text)))
		if f.Error != nil {
			require.EqualValues(t, wire.CodeTooLarge, f.Error.Code)
			break
		}
		said = append(said, servertest.Dig(servertest.Parsed(f.Data), "message", "id").(string))
	}
	require.Greater(t, len(said), 3)
	full := logBytes(t, w)
	said = append(said, id+".1")
	for reader, other := range map[*servertest.Peer]*servertest.Peer{agent: visitor, visitor: agent} { // also of their own, and of what was imported
		for _, messageID := range said {
			reader.Ask(chat.EventRead, servertest.Obj("messageId", messageID))
			read := other.Next(chat.EventRead)
			assert.Equal(t, []any{messageID, text, reader.Login.ID}, []any{servertest.Dig(read, "message", "id"), servertest.Dig(read, "message", "message"), read["userId"]})
			reader.Ask(chat.EventRead, servertest.Obj("messageId", messageID))
		}
	}
	each := (logBytes(t, w) - full) / len(said) / 2
	t.Logf("a mark of a message of %d bytes: %d bytes", len(text), each)
	assert.Less(t, each, 500)
	posted := g.Wait(chat.EventRead, 2*len(said))
	assert.Equal(t, text, servertest.Dig(posted[0].Data, "message", "message"))
}

// Logs that have whole messages in their marks are read as ever.
func TestReadsOfOlderLogs(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	message := servertest.Dig(visitor.Say(id, "hello"), "message")
	data := wire.NewObject(nil).Str("chatId", id).Str("userId", agent.Login.ID).Raw("message", wire.Raw(servertest.JSON(message))).Done()
	entry := chat.Entry{Event: chat.EventRead, EventID: "r1", By: agent.Login.ID, Data: data}
	_, err := w.Engine.JS.Publish(context.Background(), chatlog.SubjectPrefix+"demo."+id, entry.Append(nil), jetstream.WithExpectStream(chatlog.Stream))
	require.NoError(t, err)
	other := servertest.On(t, w.Engine, server.Limits{})
	list := other.Rest("GET", "/chats/"+id+"/messages", servertest.As(visitor.Login), "").JSON["messages"].([]any)
	assert.Equal(t, []any{agent.Login.ID}, servertest.Dig(list[0], "readBy"))
}
