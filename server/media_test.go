package server_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/servertest"
)

var (
	pdfBytes = []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")
)

// storedFiles counts the files in the store.
func storedFiles(w *servertest.World) int {
	w.T.Helper()
	files, err := w.Engine.JS.ObjectStore(w.T.Context(), "parley_media")
	require.NoError(w.T, err)
	list, err := files.List(w.T.Context())
	if err != nil {
		return 0
	}
	return len(list)
}

// A file becomes a message, for the others and for the sender's other tabs, and
// all users of the chat can fetch it.
func TestMedia(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	file := servertest.File{Fields: map[string]string{"chatId": id, "senderId": visitor.Login.ID, "eventId": "upload-1"}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}
	a := w.Upload(servertest.As(visitor.Login), file)
	require.Equal(t, 200, a.Status, a.Body)
	stored := a.JSON["media"].(servertest.Object)
	assert.Equal(t, "cat.png", stored["name"])
	assert.EqualValues(t, len(servertest.PngBytes), stored["size"])
	assert.Equal(t, visitor.Login.ID, stored["senderId"])
	assert.Equal(t, "/media/"+stored["id"].(string), stored["url"])
	assert.Equal(t, servertest.Obj("id", stored["id"], "url", stored["url"], "type", "image/png", "name", "cat.png", "size", stored["size"]),
		servertest.Dig(a.JSON, "message", "message"))
	for _, p := range []*servertest.Peer{agent, visitor} {
		f := p.NextFrame(chat.EventMessage)
		assert.Equal(t, a.JSON["message"], servertest.Dig(servertest.Parsed(f.Data), "message"))
		assert.EqualValues(t, a.JSON["seq"], f.Seq)
		if p == visitor {
			assert.Equal(t, "upload-1", f.EventID)
		}
	}

	file.Content = bytes.NewReader(servertest.PngBytes)
	again := w.Upload(servertest.As(visitor.Login), file)
	assert.Equal(t, a.JSON, again.JSON, "the same upload again has its effect once")
	assert.Equal(t, 1, storedFiles(w))

	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	file.Content = io.MultiReader(bytes.NewReader(servertest.PngBytes), io.LimitReader(servertest.Zeros{}, 4<<20)) // read to its end, else the answer is lost
	assert.Equal(t, a.JSON, w.Upload(servertest.As(visitor.Login), file).JSON, "also when the chat has been closed meanwhile")

	path := stored["url"].(string)
	given := w.Rest("GET", path+"/address", servertest.As(agent.Login), "")
	address, found := strings.CutPrefix(given.Text("url"), w.HTTP.URL+"/v1")
	require.True(t, found, given.Body)
	for name, get := range map[string]func() (int, http.Header, []byte){
		"by header":  func() (int, http.Header, []byte) { return w.Download(path, servertest.As(agent.Login)) },
		"by secret":  func() (int, http.Header, []byte) { return w.Download(path, servertest.Secret()) },
		"by address": func() (int, http.Header, []byte) { return w.Download(address, nil) },
		"by id": func() (int, http.Header, []byte) {
			return w.Download("/media?id="+stored["id"].(string), servertest.As(visitor.Login))
		},
	} {
		status, header, content := get()
		require.Equal(t, 200, status, name)
		assert.Equal(t, servertest.PngBytes, content, name)
		assert.Equal(t, "image/png", header.Get("Content-Type"))
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		assert.Equal(t, `inline; filename=cat.png`, header.Get("Content-Disposition"))
		assert.Contains(t, header.Get("Content-Security-Policy"), "sandbox")
	}
	for _, query := range []string{"?appId=demo&token=" + visitor.Login.Token, "?appId=demo&secret=demo-secret", "?signed=demo.1.2"} {
		w.Rest("GET", path+query, nil, "").RequireRefused(401, "")
	}
	w.Rest("GET", path+"-other?"+address[strings.Index(address, "?")+1:], nil, "").RequireRefused(401, "signed")
	other := servertest.On(t, w.Engine, server.Limits{})
	status, header, content := other.Download(address, http.Header{"Range": {"bytes=1-3"}})
	assert.Equal(t, 206, status)
	assert.Equal(t, "private, no-store", header.Get("Cache-Control"))
	assert.Equal(t, "PNG", string(content), "a part, by an address that another server has given")
	status, _, content = other.Download(path, servertest.As(agent.Login))
	assert.Equal(t, 200, status)
	assert.Equal(t, servertest.PngBytes, content, "another server on the same engine has it")

	w.Rest("GET", path, servertest.As(w.Visitor("Paul")), "").RequireRefused(403, "not in chat")
	w.Rest("GET", path, servertest.App(), "").RequireRefused(401, "session")
	w.Rest("GET", "/media/"+id+"-unknown", servertest.As(agent.Login), "").RequireRefused(404, "unknown file")
	w.Rest("GET", "/media/unknown", servertest.As(agent.Login), "").RequireRefused(404, "unknown file")
	w.Rest("GET", "/media", servertest.As(agent.Login), "").RequireRefused(403, "secret")
}

func TestMediaRefused(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{"media":{"maxBytes":100000}}`)))
	visitor, agent, id := w.Conversation(t)
	in := map[string]string{"chatId": id}
	html := "<!doctype html><script>alert(1)</script>"
	for _, c := range []struct {
		name  string
		file  servertest.File
		code  int
		about string
	}{
		{"extension", servertest.File{Fields: in, Name: "run.exe", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}, 403, "File type is not allowed"},
		{"no extension and no type", servertest.File{Fields: in, Name: "png", Content: strings.NewReader(html)}, 403, "File type is not allowed"},
		{"svg", servertest.File{Fields: in, Name: "a.svg", Kind: "image/svg+xml", Content: strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)}, 403, "File type is not allowed"},
		{"html called png", servertest.File{Fields: in, Name: "a.png", Kind: "image/png", Content: strings.NewReader(html)}, 403, "File type is not allowed"},
		{"html called text", servertest.File{Fields: in, Name: "a.txt", Kind: "text/plain", Content: strings.NewReader(html)}, 403, "File type is not allowed"},
		{"html called pdf", servertest.File{Fields: in, Name: "a.pdf", Kind: "application/pdf", Content: strings.NewReader(html)}, 403, "File type is not allowed"},
		{"pdf called png", servertest.File{Fields: in, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(pdfBytes)}, 403, "File type is not allowed"},
		{"declared as html", servertest.File{Fields: in, Name: "a.png", Kind: "text/html", Content: bytes.NewReader(servertest.PngBytes)}, 403, "File type is not allowed"},
		{"program called text", servertest.File{Fields: in, Name: "a.txt", Kind: "", Content: strings.NewReader("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00>\x00")}, 403, "File type is not allowed"},
		{"empty", servertest.File{Fields: in, Name: "a.png", Kind: "image/png", Content: strings.NewReader("")}, 400, "empty"},
		{"too large", servertest.File{Fields: in, Name: "a.png", Kind: "image/png", Content: io.MultiReader(bytes.NewReader(servertest.PngBytes), io.LimitReader(servertest.Zeros{}, 1<<20))}, 413, "100000 bytes"},
		{"no file", servertest.File{Fields: in, Name: "", Kind: "", Content: nil}, 400, "media: must be given"},
		{"no chat", servertest.File{Fields: nil, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}, 400, "chatId"},
		{"another sender", servertest.File{Fields: map[string]string{"chatId": id, "senderId": agent.Login.ID}, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}, 403, "not of"},
		{"bad eventId", servertest.File{Fields: map[string]string{"chatId": id, "eventId": "ä"}, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}, 400, "eventId"},
		{"field too long", servertest.File{Fields: map[string]string{"chatId": strings.Repeat("x", 5000)}, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}, 413, "chatId"},
	} {
		t.Run(c.name, func(t *testing.T) { w.Upload(servertest.As(visitor.Login), c.file).RequireRefused(c.code, c.about) })
	}
	w.Upload(servertest.As(w.Visitor("Paul")), servertest.File{Fields: in, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}).RequireRefused(403, "not in chat")
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{"media":{"active":false}}`)))
	w.Upload(servertest.As(visitor.Login), servertest.File{Fields: in, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}).RequireRefused(403, "cannot be sent")
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{}`)))
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	w.Upload(servertest.As(visitor.Login), servertest.File{Fields: in, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}).RequireRefused(410, "closed")
	assert.Zero(t, storedFiles(w), "nothing is left of what was refused")
	assert.NotContains(t, visitor.Events(), chat.EventMessage)
}

// Clients learn the rules when they connect, so that they need not send what
// would be refused.
func TestMediaRules(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{"media":{"maxBytes":5,"types":["png"]}}`)))
	opened := w.Dial(t).Ask(wire.EventOpen, servertest.Obj("appId", "demo", "token", w.Visitor("Vera").Token))
	assert.Equal(t, servertest.Obj("active", true, "maxBytes", 5.0, "types", []any{"png"}), servertest.Dig(opened, "limits", "media"))
}
