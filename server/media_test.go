package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
)

var (
	pdfBytes = []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")
)

// stored counts the files in the store.
func storedFiles(w *world) int {
	w.t.Helper()
	list, err := roomsOf(w).Media.Objects.List(context.Background())
	if err != nil {
		return 0
	}
	return len(list)
}

// A file becomes a message, for the others and for the sender's other tabs, and
// whoever is in the chat can fetch it.
func TestMedia(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	file := sent{map[string]string{"chatId": id, "senderId": visitor.l.id, "eventId": "upload-1"}, "cat.png", "image/png", bytes.NewReader(pngBytes)}
	a := w.upload(as(visitor.l), file)
	require.Equal(t, 200, a.status, a.body)
	stored := a.json["media"].(object)
	assert.Equal(t, "cat.png", stored["name"])
	assert.EqualValues(t, len(pngBytes), stored["size"])
	assert.Equal(t, visitor.l.id, stored["senderId"])
	assert.Equal(t, "/media/"+stored["id"].(string), stored["url"])
	assert.Equal(t, obj("id", stored["id"], "url", stored["url"], "type", "image/png", "name", "cat.png", "size", stored["size"]),
		dig(a.json, "message", "message"))
	for _, p := range []*peer{agent, visitor} {
		f := p.nextFrame(chat.EventMessage)
		assert.Equal(t, a.json["message"], dig(parsed(f.Data), "message"))
		assert.EqualValues(t, a.json["seq"], f.Seq)
		if p == visitor {
			assert.Equal(t, "upload-1", f.EventID)
		}
	}

	file.content = bytes.NewReader(pngBytes)
	again := w.upload(as(visitor.l), file)
	assert.Equal(t, a.json, again.json, "the same upload again has its effect once")
	assert.Equal(t, 1, storedFiles(w))

	agent.ask(chat.EventClose, obj("chatId", id))
	file.content = io.MultiReader(bytes.NewReader(pngBytes), io.LimitReader(zeros{}, 4<<20)) // read to its end, else the answer is lost
	assert.Equal(t, a.json, w.upload(as(visitor.l), file).json, "also when the chat has been closed meanwhile")

	path := stored["url"].(string)
	inURL := "?appId=demo&token=" + visitor.l.token
	for name, get := range map[string]func() (int, http.Header, []byte){
		"by header": func() (int, http.Header, []byte) { return w.download(path, as(agent.l)) },
		"by query":  func() (int, http.Header, []byte) { return w.download(path+inURL, nil) },
		"by secret": func() (int, http.Header, []byte) { return w.download(path+"?appId=demo&secret=demo-secret", nil) },
		"by id":     func() (int, http.Header, []byte) { return w.download("/media"+inURL+"&id="+stored["id"].(string), nil) },
	} {
		status, header, content := get()
		require.Equal(t, 200, status, name)
		assert.Equal(t, pngBytes, content, name)
		assert.Equal(t, "image/png", header.Get("Content-Type"))
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		assert.Equal(t, `inline; filename=cat.png`, header.Get("Content-Disposition"))
		assert.Contains(t, header.Get("Content-Security-Policy"), "sandbox")
	}
	other := worldOn(t, w.engine, Limits{})
	status, _, content := other.download(path, as(agent.l))
	assert.Equal(t, 200, status)
	assert.Equal(t, pngBytes, content, "another server on the same engine has it")

	w.rest("GET", path, as(w.visitor("Paul")), "").requireRefused(403, "not in chat")
	w.rest("GET", path, app(), "").requireRefused(401, "session")
	w.rest("GET", "/media/"+id+"-unknown", as(agent.l), "").requireRefused(404, "unknown file")
	w.rest("GET", "/media/unknown", as(agent.l), "").requireRefused(404, "unknown file")
	w.rest("GET", "/media", as(agent.l), "").requireRefused(400, "id")
}

func TestMediaRefused(t *testing.T) {
	w := newWorld(t, Limits{})
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{"media":{"maxBytes":100000}}`)))
	visitor, agent, id := w.conversation(t)
	in := map[string]string{"chatId": id}
	html := "<!doctype html><script>alert(1)</script>"
	for _, c := range []struct {
		name  string
		file  sent
		code  int
		about string
	}{
		{"extension", sent{in, "run.exe", "image/png", bytes.NewReader(pngBytes)}, 403, "File type is not allowed"},
		{"no extension", sent{in, "png", "image/png", bytes.NewReader(pngBytes)}, 403, "File type is not allowed"},
		{"svg", sent{in, "a.svg", "image/svg+xml", strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)}, 403, "File type is not allowed"},
		{"html called png", sent{in, "a.png", "image/png", strings.NewReader(html)}, 403, "File type is not allowed"},
		{"html called text", sent{in, "a.txt", "text/plain", strings.NewReader(html)}, 403, "File type is not allowed"},
		{"html called pdf", sent{in, "a.pdf", "application/pdf", strings.NewReader(html)}, 403, "File type is not allowed"},
		{"pdf called png", sent{in, "a.png", "image/png", bytes.NewReader(pdfBytes)}, 403, "File type is not allowed"},
		{"declared as html", sent{in, "a.png", "text/html", bytes.NewReader(pngBytes)}, 403, "File type is not allowed"},
		{"program called text", sent{in, "a.txt", "", strings.NewReader("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00>\x00")}, 403, "File type is not allowed"},
		{"empty", sent{in, "a.png", "image/png", strings.NewReader("")}, 400, "empty"},
		{"too large", sent{in, "a.png", "image/png", io.MultiReader(bytes.NewReader(pngBytes), io.LimitReader(zeros{}, 1<<20))}, 413, "100000 bytes"},
		{"no file", sent{in, "", "", nil}, 400, "media: must be given"},
		{"no chat", sent{nil, "a.png", "image/png", bytes.NewReader(pngBytes)}, 400, "chatId"},
		{"another sender", sent{map[string]string{"chatId": id, "senderId": agent.l.id}, "a.png", "image/png", bytes.NewReader(pngBytes)}, 403, "not of"},
		{"bad eventId", sent{map[string]string{"chatId": id, "eventId": "ä"}, "a.png", "image/png", bytes.NewReader(pngBytes)}, 400, "eventId"},
		{"field too long", sent{map[string]string{"chatId": strings.Repeat("x", 5000)}, "a.png", "image/png", bytes.NewReader(pngBytes)}, 413, "chatId"},
	} {
		t.Run(c.name, func(t *testing.T) { w.upload(as(visitor.l), c.file).requireRefused(c.code, c.about) })
	}
	w.upload(as(w.visitor("Paul")), sent{in, "a.png", "image/png", bytes.NewReader(pngBytes)}).requireRefused(403, "not in chat")
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{"media":{"active":false}}`)))
	w.upload(as(visitor.l), sent{in, "a.png", "image/png", bytes.NewReader(pngBytes)}).requireRefused(403, "cannot be sent")
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{}`)))
	agent.ask(chat.EventClose, obj("chatId", id))
	w.upload(as(visitor.l), sent{in, "a.png", "image/png", bytes.NewReader(pngBytes)}).requireRefused(410, "closed")
	assert.Zero(t, storedFiles(w), "nothing is left of what was refused")
	assert.NotContains(t, visitor.events(), chat.EventMessage)
}

// Clients learn the rules when they connect, so that they need not send what
// would be refused.
func TestMediaRules(t *testing.T) {
	w := newWorld(t, Limits{})
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{"media":{"maxBytes":5,"types":["png"]}}`)))
	opened := w.dial(t).ask(wire.EventOpen, obj("appId", "demo", "token", w.visitor("Vera").token))
	assert.Equal(t, obj("active", true, "maxBytes", 5.0, "types", []any{"png"}), dig(opened, "limits", "media"))
}
