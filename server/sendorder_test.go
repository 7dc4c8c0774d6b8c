package server_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/servertest"
)

// setRoom makes the store of chats full, or gives it room again.
func setRoom(w *servertest.World, full bool) {
	w.T.Helper()
	stream, err := w.Engine.JS.Stream(w.T.Context(), chatlog.Stream)
	require.NoError(w.T, err)
	config := stream.CachedInfo().Config
	config.Discard, config.MaxBytes = jetstream.DiscardNew, -1
	if full {
		config.MaxBytes = 1
	}
	_, err = w.Engine.JS.UpdateStream(w.T.Context(), config)
	require.NoError(w.T, err)
}

// While the store is full nothing gets past what could not be stored.
func TestOrderAcrossAFullStore(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	p := w.Open(t, w.Visitor("Vera"))
	id := p.NewChat()
	say := func(request, text string) *wire.Error {
		p.Mu.Lock()
		before := len(p.Frames)
		p.Mu.Unlock()
		p.PostAs(request, chat.EventMessage, servertest.Obj("chatId", id, "message", text))
		return p.Find("reply", func(i int, f wire.Frame) bool { return i >= before && f.ID == request }).Error
	}
	require.Nil(t, say("r1", "1"))
	setRoom(w, true)
	refused := say("r2", "2")
	require.NotNil(t, refused)
	assert.True(t, refused.Retryable(), refused.Message)
	setRoom(w, false)
	refused = say("r3", "3")
	require.NotNil(t, refused)
	assert.True(t, refused.Retryable())
	assert.Contains(t, refused.Message, "r2")
	require.Nil(t, say("r2", "2"))
	require.Nil(t, say("r3", "3"))
	var texts []any
	for _, m := range w.Rest("GET", "/chats/"+id+"/messages", servertest.Secret(), "").JSON["messages"].([]any) {
		texts = append(texts, servertest.Dig(m, "message"))
	}
	assert.Equal(t, []any{"1", "2", "3"}, texts)
}
