package server_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// sent uploads a text file to a chat and gives its id.
func sent(w *servertest.World, p *servertest.Peer, chatID, name string, content io.Reader) string {
	w.T.Helper()
	a := w.Upload(servertest.As(p.Login), servertest.File{Fields: map[string]string{"chatId": chatID}, Name: name, Kind: "text/plain", Content: content})
	require.Equal(w.T, 200, a.Status, a.Body)
	return a.Text("media", "id")
}

// The archive has what the export has, and the content of the files in it: of the user's own
// chats all, of others' those that they sent.
func TestExportUserWithFiles(t *testing.T) {
	t.Parallel()
	w := servertest.On(t, storetest.Engine(t, t.TempDir()), server.Limits{})
	visitor, agent, id := w.Conversation(t)
	one, same := sent(w, visitor, id, "a:b?.txt", strings.NewReader("the first")), sent(w, visitor, id, "a:b?.txt", strings.NewReader("the second"))
	gone, theirs := sent(w, visitor, id, "gone.txt", strings.NewReader("gone")), sent(w, agent, id, `..\..\CON.txt`, strings.NewReader("of the agent"))
	long := sent(w, visitor, id, strings.Repeat("ä", 100)+".txt", strings.NewReader("long"))
	removed, err := roomsOf(w).Media.Erase(t.Context(), "demo", gone)
	require.NoError(t, err)
	require.True(t, removed)

	path := "/users/" + visitor.Login.ID + "/export"
	w.Rest("GET", path+".zip", servertest.As(visitor.Login), "").RequireRefused(403, "privacy.selfExport")
	w.Rest("GET", path+".zip", servertest.As(agent.Login), "").RequireRefused(403, "")
	status, header, archive := w.Download(path+".zip", servertest.Secret())
	require.Equal(t, 200, status)
	assert.Equal(t, "application/zip", header.Get("Content-Type"))
	assert.Contains(t, header.Get("Content-Disposition"), "user-"+visitor.Login.ID+".zip")
	files := unzipped(t, archive)
	assert.JSONEq(t, w.Rest("GET", path, servertest.Secret(), "").Body, files["user.json"])
	delete(files, "user.json")
	assert.Equal(t, map[string]string{
		"files/" + one + "-a_b_.txt": "the first", "files/" + same + "-a_b_.txt": "the second", "files/" + theirs + "-CON.txt": "of the agent",
		"files/" + long + "-" + strings.Repeat("ä", 58) + ".txt": "long",
	}, files)

	_, _, archive = w.Download("/users/"+agent.Login.ID+"/export.zip", servertest.Secret())
	files = unzipped(t, archive)
	delete(files, "user.json")
	assert.Equal(t, map[string]string{"files/" + theirs + "-CON.txt": "of the agent"}, files)
}

func unzipped(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range in.File {
		content, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(content)
		require.NoError(t, err)
		require.NotContains(t, files, f.Name)
		files[f.Name] = string(text)
	}
	return files
}

// An archive takes no memory that grows with its files, and a user has one at a time.
func TestExportWithFilesIsStreamed(t *testing.T) { // not parallel: it measures the memory of the process
	w := servertest.New(t, server.Limits{})
	w.Set(`{"privacy":{"selfExport":true}}`)
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	const files, size = 10, 20 << 20
	for range files {
		sent(w, visitor, id, "zeros.txt", io.LimitReader(strings.NewReader(strings.Repeat("zero ", size/5)), size))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.HTTP.URL+"/v1/users/"+visitor.Login.ID+"/export.zip", nil)
	require.NoError(t, err)
	r.Header = servertest.As(visitor.Login)
	begin := func() *http.Response {
		answer, err := new(http.Transport).RoundTrip(r)
		require.NoError(t, err)
		return answer
	}
	before := used()
	answer := begin()
	require.Equal(t, 200, answer.StatusCode)
	second := begin()
	assert.Equal(t, 429, second.StatusCode)
	assert.NotEmpty(t, second.Header.Get("Retry-After"))
	require.NoError(t, second.Body.Close())
	most, read := int64(0), int64(0)
	for piece := int64(size / 2); ; {
		n, err := io.CopyN(io.Discard, answer.Body, piece)
		read, most = read+n, max(most, used()-before)
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
	}
	require.NoError(t, answer.Body.Close())
	runtime.KeepAlive(w)
	t.Logf("%d bytes of archive took %d bytes of memory", read, most)
	assert.Greater(t, read, int64(files*size))
	assert.Less(t, most, read/3, "which is what the store keeps for a while, however large the archive")
}

// Whatever a file is called, it is in its folder of the archive, and any system can store it.
func TestArchivedName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.txt": "files/id-a.txt", "../../etc/passwd": "files/id-.._.._etc_passwd", `..\x`: "files/id-.._x", "C:x": "files/id-C_x", "a\x00\n": "files/id-a__",
		"dots. . ": "files/id-dots", strings.Repeat("x", 200) + ".pdf": "files/id-" + strings.Repeat("x", 116) + ".pdf", "": "files/id-",
	} {
		assert.Equal(t, want, server.ArchivedName("id", name))
	}
}
