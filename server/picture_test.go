package server_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"net/http"
	"path"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// noise is a picture that packs badly.
func noise(width, height int) image.Image {
	made := image.NewNRGBA(image.Rect(0, 0, width, height))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range made.Pix {
		made.Pix[i] = byte(random.Uint32())
	}
	return made
}

func pngPicture(t testing.TB, width, height int) []byte {
	t.Helper()
	var to bytes.Buffer
	require.NoError(t, png.Encode(&to, noise(width, height)))
	return to.Bytes()
}

func jpegPicture(t testing.TB) []byte {
	t.Helper()
	var to bytes.Buffer
	require.NoError(t, jpeg.Encode(&to, noise(96, 96), nil))
	return to.Bytes()
}

func pictureBody(content []byte) string {
	return `{"picture":"` + base64.StdEncoding.EncodeToString(content) + `"}`
}

// What agents have as a picture goes with their name to visitors and colleagues, and is read
// by its address alone.
func TestPictureOfAnAgent(t *testing.T) {
	t.Parallel()
	w := servertest.On(t, storetest.Engine(t, t.TempDir()), server.Limits{})
	login := w.Agent("agent1")
	self, lead, own := servertest.As(login), servertest.As(w.Agent("lead")), "/agents/"+login.ID+"/picture"
	assert.NotContains(t, w.Rest("GET", "/agents", self, "").Body, "picture", "without one the member is missing")

	first := jpegPicture(t)
	at := w.Rest("PUT", own, self, pictureBody(first)).Text("agent", "picture")
	status, header, content := w.Download(at, http.Header{})
	require.Equal(t, 200, status)
	assert.Equal(t, first, content)
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin",
		"Cache-Control": "private, max-age=604800, immutable", "Content-Security-Policy": "sandbox; default-src 'none'",
	} {
		assert.Equal(t, want, header.Get(name), name)
	}
	assert.Equal(t, at, w.Rest("GET", "/users/"+login.ID, self, "").Text("user", "picture"))

	visitor, agent, id := w.Conversation(t)
	require.Equal(t, login.ID, agent.Login.ID)
	users := w.Rest("GET", "/chats/"+id+"/users", servertest.As(visitor.Login), "")
	assert.Contains(t, users.Body, at)

	second := pngPicture(t, 64, 64)
	next := w.Rest("PUT", own, lead, pictureBody(second)).Text("agent", "picture")
	assert.NotEqual(t, at, next)
	w.Rest("GET", at, http.Header{}, "").RequireRefused(404, "unknown file")
	contents, begun := keptUploads(w)
	assert.Equal(t, [2]int{1, 0}, [2]int{contents, begun}, "the one before is gone")
	tidyUploads(w)
	status, _, content = w.Download(next, http.Header{})
	require.Equal(t, 200, status)
	assert.Equal(t, second, content)

	_, _, archive := w.Download("/users/"+login.ID+"/export.zip", servertest.Secret())
	assert.Equal(t, string(second), unzipped(t, archive)["files/"+path.Base(next)+"-picture.png"])
	assert.JSONEq(t, `{"media":[]}`, w.Rest("GET", "/media", servertest.Secret(), "").Body, "it is no file of a chat")

	assert.NotContains(t, w.Rest("DELETE", own, self, "").Body, `"picture"`)
	require.Equal(t, 200, w.Rest("DELETE", own, self, "").Status, "also where there is none")
	w.Rest("GET", next, http.Header{}, "").RequireRefused(404, "unknown file")

	last := w.Rest("PUT", own, self, pictureBody(first)).Text("agent", "picture")
	require.Equal(t, 200, w.Rest("DELETE", "/users/"+login.ID, servertest.Secret(), "").Status)
	w.Rest("GET", last, http.Header{}, "").RequireRefused(404, "unknown file")
	contents, begun = keptUploads(w)
	assert.Equal(t, [2]int{0, 0}, [2]int{contents, begun})
}

// Only small pictures are taken, of agents alone, and from nobody but them and supervisors.
func TestPicturesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	login, other := w.Agent("agent1"), w.Agent("agent2")
	self, own := servertest.As(login), "/agents/"+login.ID+"/picture"
	good := pictureBody(pngPicture(t, 8, 8))
	whole := pngPicture(t, 32, 32)
	for name, c := range map[string]struct {
		body  string
		code  int
		about string
	}{
		"nothing":         {`{}`, 400, "picture"},
		"no base64":       {`{"picture":"not base64!"}`, 400, "base64"},
		"no text":         {`{"picture":7}`, 400, "picture"},
		"a script":        {pictureBody([]byte("<svg xmlns='http://www.w3.org/2000/svg'/>")), 403, "type"},
		"another type":    {pictureBody([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")), 403, "type"},
		"a beginning":     {pictureBody(servertest.PngBytes), 400, "whole"},
		"cut":             {pictureBody(whole[:len(whole)-40]), 400, "whole"},
		"too many bytes":  {pictureBody(make([]byte, 32<<10+1)), 413, "32768"},
		"too many pixels": {pictureBody(blankPicture(t, 513, 1)), 400, "513 by 1 pixels"},
	} {
		t.Run(name, func(t *testing.T) { w.Rest("PUT", own, self, c.body).RequireRefused(c.code, c.about) })
	}
	w.Rest("PUT", own, servertest.As(other), good).RequireRefused(403, "only agents themselves")
	w.Rest("DELETE", own, servertest.As(other), "").RequireRefused(403, "only agents themselves")
	vera := w.Visitor("Vera")
	w.Rest("PUT", "/agents/"+vera.ID+"/picture", servertest.As(vera), good).RequireRefused(403, "only agents")
	w.Rest("PUT", "/agents/"+vera.ID+"/picture", servertest.Secret(), good).RequireRefused(404, "unknown agent")

	// A file of a chat is none, and an address of another app is no way to one.
	id := w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Text("chat", "id")
	sent := w.Upload(servertest.As(vera), servertest.File{
		Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes),
	})
	w.Rest("GET", "/apps/demo/pictures/"+sent.Text("media", "id"), http.Header{}, "").RequireRefused(404, "unknown file")
	at := w.Rest("PUT", own, self, good).Text("agent", "picture")
	mine, _ := w.NewApp("mine")
	w.Rest("GET", "/apps/mine/pictures/"+path.Base(at), http.Header{}, "").RequireRefused(404, "unknown file")
	w.Rest("GET", at, mine, "").RequireRefused(403, "credentials")
	w.Rest("GET", "/media/"+path.Base(at), servertest.As(vera), "").RequireRefused(404, "")
}

func blankPicture(t testing.TB, width, height int) []byte {
	t.Helper()
	var to bytes.Buffer
	require.NoError(t, png.Encode(&to, image.NewGray(image.Rect(0, 0, width, height))))
	return to.Bytes()
}
