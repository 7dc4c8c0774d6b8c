package server

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
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// kept counts the contents that the store has, and the uploads that have not come
// to their end.
func keptUploads(w *world) (contents, begun int) {
	w.t.Helper()
	info, err := roomsOf(w).Media.Chunks.Info(w.t.Context(), jetstream.WithSubjectFilter("$O.parley_media.C.>"))
	require.NoError(w.t, err)
	require.NoError(w.t, store.Each(w.t.Context(), roomsOf(w).Media.Begun, ">", func(jetstream.KeyValueEntry) { begun++ }))
	return len(info.State.Subjects), begun
}

// tidyLater does what is done when some time has passed.
func tidyUploads(w *world) {
	w.t.Helper()
	later := *roomsOf(w).Media
	later.Patience = time.Nanosecond
	require.NoError(w.t, later.Tidy(w.t.Context(), TellsOf(w.server)))
}

// pngOf is a picture that goes on as long as its source does.
func pngOf(rest io.Reader) io.Reader { return io.MultiReader(bytes.NewReader(pngBytes), rest) }

// A server that dies in the middle of an upload leaves no file behind; the upload
// can be tried again, and what was stored is gone after some time.
func TestUploadCutByACrash(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	vera := w.visitor("Vera")
	id := w.rest("POST", "/chats", as(vera), `{"room":"1"}`).text("chat", "id")
	content, more := io.Pipe()
	ended := make(chan struct{})
	dies, die := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		f := chatstate.File{ID: chatstate.NewPartID(id), Type: "image/png", Name: "cat.png"}
		_, err := roomsOf(w).Media.Put(dies, ids.Key{App: "demo", ID: id}, f, &media.Limited{Ctx: dies, Content: content, Most: 1 << 30})
		assert.Error(t, err)
	}()
	_, err := io.CopyN(more, pngOf(zeros{}), 1<<20)
	require.NoError(t, err)
	require.Eventually(t, func() bool { contents, _ := keptUploads(w); return contents == 1 }, storetest.WaitFor, storetest.Tick)
	crash(w)
	die()
	storetest.Close(t, e)
	require.NoError(t, more.Close())
	<-ended

	w = worldOn(t, storetest.Engine(t, dir), Limits{})
	assert.Zero(t, storedFiles(w))
	assert.Empty(t, w.rest("GET", "/chats/"+id+"/messages", as(vera), "").json["messages"])
	contents, begun := keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Equal(t, 1, begun)
	require.NoError(t, roomsOf(w).Media.Tidy(t.Context(), TellsOf(w.server)))
	contents, _ = keptUploads(w)
	assert.Equal(t, 1, contents, "it could go on yet, on another node")

	a := w.upload(as(vera), sent{map[string]string{"chatId": id}, "cat.png", "image/png", pngOf(io.LimitReader(zeros{}, 1<<20))})
	require.Equal(t, 200, a.status, a.body)
	contents, _ = keptUploads(w)
	assert.Equal(t, 2, contents)
	tidyUploads(w)
	contents, begun = keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Zero(t, begun)
	assert.Equal(t, 1, storedFiles(w))
	status, _, b := w.download(a.text("media", "url"), as(vera))
	assert.Equal(t, 200, status)
	assert.Len(t, b, len(pngBytes)+1<<20)
}

// A file that no message tells of goes, one that a message tells of stays, however
// the upload ended.
func TestFilesThatNothingTellsOf(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	key := ids.Key{App: "demo", ID: id}
	store := func(id string) {
		_, err := roomsOf(w).Media.Put(t.Context(), key, chatstate.File{ID: id}, &media.Limited{Ctx: t.Context(), Content: bytes.NewReader(pngBytes), Most: 1 << 20})
		require.NoError(t, err)
	}
	told := w.upload(as(visitor.l), sent{map[string]string{"chatId": id}, "cat.png", "image/png", bytes.NewReader(pngBytes)}).text("media", "id")
	_, err := roomsOf(w).Media.Begun.Put(t.Context(), media.UploadKey("demo", told), nil) // as if the server had died before it was settled
	require.NoError(t, err)
	store(chatstate.NewPartID(id))
	store(chatstate.NewPartID("nochat"))
	require.Equal(t, 3, storedFiles(w))
	tidyUploads(w)
	assert.Equal(t, 1, storedFiles(w))
	contents, begun := keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Zero(t, begun)
	status, _, _ := w.download("/media/"+told, as(agent.l))
	assert.Equal(t, 200, status)

	// A chat that is closed while the file comes: the refusal takes it along.
	content, more := io.Pipe()
	answered := make(chan httpAnswer)
	go func() {
		answered <- w.upload(as(visitor.l), sent{map[string]string{"chatId": id}, "cat.png", "image/png", content})
	}()
	_, err = io.CopyN(more, pngOf(zeros{}), 1<<20)
	require.NoError(t, err)
	require.Eventually(t, func() bool { now, _ := keptUploads(w); return now == 2 }, storetest.WaitFor, storetest.Tick)
	agent.ask(chat.EventClose, obj("chatId", id))
	require.NoError(t, more.Close())
	(<-answered).requireRefused(410, "closed")
	contents, begun = keptUploads(w)
	assert.Equal(t, 1, contents)
	assert.Zero(t, begun)
}

// Who goes in the middle of an upload leaves nothing, and is no fault of the store.
func TestUploadWhoseSenderHasGone(t *testing.T) {
	w := newWorld(t, Limits{})
	content := io.MultiReader(bytes.NewReader(pngBytes), iotest.ErrReader(io.ErrUnexpectedEOF))
	_, err := roomsOf(w).Media.Put(t.Context(), ids.Key{App: "demo", ID: "chat"}, chatstate.File{ID: chatstate.NewPartID("chat")}, &media.Limited{Ctx: t.Context(), Content: content, Most: 1 << 20})
	storetest.RequireCode(t, 400, err)
	contents, begun := keptUploads(w)
	assert.Zero(t, contents)
	assert.Zero(t, begun)
}
