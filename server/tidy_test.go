package server_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// keptUploads counts the contents that the store has, and the uploads that have not come
// to their end.
func keptUploads(w *servertest.World) (contents, begun int) {
	w.T.Helper()
	stream, err := w.Engine.JS.Stream(w.T.Context(), "OBJ_parley_media")
	require.NoError(w.T, err)
	info, err := stream.Info(w.T.Context(), jetstream.WithSubjectFilter("$O.parley_media.C.>"))
	require.NoError(w.T, err)
	require.NoError(w.T, store.Each(w.T.Context(), w.Engine, uploadRecords(w), ">", func(jetstream.KeyValueEntry) { begun++ }))
	return len(info.State.Subjects), begun
}

// tidyUploads tidies up as if some time had passed.
func tidyUploads(w *servertest.World) {
	w.T.Helper()
	require.NoError(w.T, roomsOf(w).Media.RemoveLeftovers(w.T.Context(), time.Nanosecond, server.TellsOf(w.Server)))
}

// uploadRecords is the bucket of uploads that have not come to their end.
func uploadRecords(w *servertest.World) jetstream.KeyValue {
	w.T.Helper()
	kv, err := w.Engine.JS.KeyValue(w.T.Context(), "parley_uploads")
	require.NoError(w.T, err)
	return kv
}

// pngOf is a picture that goes on as long as its source does.
func pngOf(rest io.Reader) io.Reader {
	return io.MultiReader(bytes.NewReader(servertest.PngBytes), rest)
}

// A server that dies in the middle of an upload leaves no file behind; the upload
// can be tried again, and what was stored is gone after some time.
func TestUploadCutByACrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	vera := w.Visitor("Vera")
	id := w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Text("chat", "id")
	content, more := io.Pipe()
	ended := make(chan struct{})
	dies, die := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		f := chatstate.File{ID: chatstate.NewPartID(id), Type: "image/png", Name: "cat.png"}
		_, err := roomsOf(w).Media.Put(dies, ids.Key{App: "demo", ID: id}, f, content, atMost(1<<30))
		assert.Error(t, err)
	}()
	_, err := io.CopyN(more, pngOf(servertest.Zeros{}), 1<<20)
	require.NoError(t, err)
	require.Eventually(t, func() bool { contents, _ := keptUploads(w); return contents == 1 }, storetest.WaitFor, storetest.Tick)
	crash(w)
	die()
	storetest.Close(t, e)
	require.NoError(t, more.Close())
	<-ended

	w = servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	assert.Zero(t, storedFiles(w))
	assert.Empty(t, w.Rest("GET", "/chats/"+id+"/messages", servertest.As(vera), "").JSON["messages"])
	contents, begun := keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Equal(t, 1, begun)
	require.NoError(t, roomsOf(w).Media.RemoveLeftovers(t.Context(), media.LeftoverAfter, server.TellsOf(w.Server)))
	contents, _ = keptUploads(w)
	assert.Equal(t, 1, contents, "it could go on yet, on another node")

	a := w.Upload(servertest.As(vera), servertest.File{Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: pngOf(io.LimitReader(servertest.Zeros{}, 1<<20))})
	require.Equal(t, 200, a.Status, a.Body)
	contents, _ = keptUploads(w)
	assert.Equal(t, 2, contents)
	tidyUploads(w)
	contents, begun = keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Zero(t, begun)
	assert.Equal(t, 1, storedFiles(w))
	status, _, b := w.Download(a.Text("media", "url"), servertest.As(vera))
	assert.Equal(t, 200, status)
	assert.Len(t, b, len(servertest.PngBytes)+1<<20)
}

// A file without a message is removed, and one with a message stays, however the
// upload ended.
func TestFilesThatNothingTellsOf(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	key := ids.Key{App: "demo", ID: id}
	store := func(id string) {
		_, err := roomsOf(w).Media.Put(t.Context(), key, chatstate.File{ID: id}, bytes.NewReader(servertest.PngBytes), atMost(1<<20))
		require.NoError(t, err)
	}
	told := w.Upload(servertest.As(visitor.Login), servertest.File{Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}).Text("media", "id")
	_, err := uploadRecords(w).Put(t.Context(), "demo."+told, nil) // as if the server had died before it was settled
	require.NoError(t, err)
	store(chatstate.NewPartID(id))
	store(chatstate.NewPartID("nochat"))
	require.Equal(t, 3, storedFiles(w))
	tidyUploads(w)
	assert.Equal(t, 1, storedFiles(w))
	contents, begun := keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Zero(t, begun)
	status, _, _ := w.Download("/media/"+told, servertest.As(agent.Login))
	assert.Equal(t, 200, status)

	// A chat that is closed while the file comes: the refusal takes it along.
	content, more := io.Pipe()
	answered := make(chan servertest.Answer)
	go func() {
		answered <- w.Upload(servertest.As(visitor.Login), servertest.File{Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: content})
	}()
	_, err = io.CopyN(more, pngOf(servertest.Zeros{}), 1<<20)
	require.NoError(t, err)
	require.Eventually(t, func() bool { now, _ := keptUploads(w); return now == 2 }, storetest.WaitFor, storetest.Tick)
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	require.NoError(t, more.Close())
	(<-answered).RequireRefused(410, "closed")
	contents, begun = keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Zero(t, begun)
}

// A client that goes in the middle of an upload leaves nothing, and is no error of the store.
func TestUploadWhoseSenderHasGone(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	content := io.MultiReader(bytes.NewReader(servertest.PngBytes), iotest.ErrReader(io.ErrUnexpectedEOF))
	_, err := roomsOf(w).Media.Put(t.Context(), ids.Key{App: "demo", ID: "chat"}, chatstate.File{ID: chatstate.NewPartID("chat")}, content, atMost(1<<20))
	storetest.RequireCode(t, 400, err)
	contents, begun := keptUploads(w)
	assert.Zero(t, contents)
	assert.Zero(t, begun)
}

// atMost allows a file of so many bytes.
func atMost(bytes int64) media.Allowance {
	const plenty = 1 << 40
	return media.Allowance{FileBytes: bytes, Announced: -1, App: chatstate.FileCount{Count: plenty, Bytes: plenty}}
}
