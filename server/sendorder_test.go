package server

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
)

// setRoom makes the store of chats full, or gives it room again.
func setRoom(w *world, full bool) {
	w.t.Helper()
	stream, err := w.engine.JS.Stream(w.t.Context(), chatlog.Stream)
	require.NoError(w.t, err)
	config := stream.CachedInfo().Config
	config.Discard, config.MaxBytes = jetstream.DiscardNew, -1
	if full {
		config.MaxBytes = 1
	}
	_, err = w.engine.JS.UpdateStream(w.t.Context(), config)
	require.NoError(w.t, err)
}

// While the store is full nothing gets past what could not be stored.
func TestOrderAcrossAFullStore(t *testing.T) {
	w := newWorld(t, Limits{})
	p := w.open(t, w.visitor("Vera"))
	id := p.newChat()
	say := func(request, text string) *wire.Error {
		p.mu.Lock()
		before := len(p.frames)
		p.mu.Unlock()
		p.postAs(request, chat.EventMessage, obj("chatId", id, "message", text))
		return p.find("reply", func(i int, f wire.Frame) bool { return i >= before && f.ID == request }).Error
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
	for _, m := range w.rest("GET", "/chats/"+id+"/messages", secret(), "").json["messages"].([]any) {
		texts = append(texts, dig(m, "message"))
	}
	assert.Equal(t, []any{"1", "2", "3"}, texts)
}
