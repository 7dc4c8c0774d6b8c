package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"parley/server"
	"parley/server/servertest"
)

// picture is a PNG of that many bytes, which cannot be compressed and has no two equal parts.
func picture(bytes int) []byte {
	p := make([]byte, bytes)
	_, _ = rand.NewChaCha8([32]byte{}).Read(p)
	copy(p, servertest.PngBytes)
	return p
}

// slowLink is a connection over which bytes come and go at a bounded rate.
type slowLink struct {
	net.Conn
	link *rate.Limiter
	t    *testing.T
}

func (s slowLink) Read(b []byte) (int, error) {
	b = b[:min(len(b), s.link.Burst())]
	if err := s.link.WaitN(s.t.Context(), len(b)); err != nil {
		return 0, err
	}
	return s.Conn.Read(b)
}

func (s slowLink) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		part := b[:min(len(b), s.link.Burst())]
		if err = s.link.WaitN(s.t.Context(), len(part)); err == nil {
			var written int
			written, err = s.Conn.Write(part)
			n, b = n+written, b[written:]
		}
	}
	return n, err
}

// slowClient is an HTTP client behind a slow link. Little is under way at a time, so
// that the server feels how slow it is.
func slowClient(t *testing.T, bytesPerSecond int) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(64 << 10)
		}
		return slowLink{c, rate.NewLimiter(rate.Limit(bytesPerSecond), 16<<10), t}, err
	}}}
}

// A download ends when it is done, however long that takes: the store's own time-out for
// a request is 5 s. An upload likewise.
func TestSlowLinks(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	content := picture(12 << 20)
	file := servertest.File{Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png"}

	w.Client = slowClient(t, 2<<20)
	file.Content = bytes.NewReader(content)
	begin := time.Now()
	a := w.Upload(servertest.As(visitor.Login), file)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Greater(t, time.Since(begin), 5*time.Second, "the link was not slow")

	begin = time.Now()
	status, _, got := w.Download(a.Text("media", "url"), servertest.As(visitor.Login))
	assert.Equal(t, 200, status)
	assert.Greater(t, time.Since(begin), 5*time.Second, "the link was not slow")
	assert.Equal(t, sha256.Sum256(content), sha256.Sum256(got))
}

// A file is stored in full chunks, whatever the pieces in which it comes.
func TestUploadsAreStoredInFullChunks(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	a := w.Upload(servertest.As(visitor.Login), servertest.File{
		Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(picture(20 << 20)),
	})
	require.Equal(t, 200, a.Status, a.Body)
	chunks, err := w.Engine.JS.Stream(t.Context(), "OBJ_parley_media")
	require.NoError(t, err)
	info, err := chunks.Info(t.Context(), jetstream.WithSubjectFilter("$O.parley_media.C.>"))
	require.NoError(t, err)
	for _, messages := range info.State.Subjects {
		assert.EqualValues(t, 160, messages)
	}
}

// A download that was cut goes on where it ended, by Range and If-Range (RFC 9110 section 14).
func TestPartsOfFiles(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	content := picture(300_001) // chunks of 131,072 bytes: two full ones and a part
	a := w.Upload(servertest.As(visitor.Login), servertest.File{
		Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(content),
	})
	path := a.Text("media", "url")
	_, header, _ := w.Download(path, servertest.As(visitor.Login))
	tag := header.Get("Etag")
	require.NotEmpty(t, tag)
	for _, tc := range []struct {
		name, asked, ifRange string
		status               int
		from, to             int // of the bytes that come
	}{
		{"the beginning", "bytes=0-9", "", 206, 0, 10},
		{"over the border of two chunks", "bytes=131070-131075", "", 206, 131070, 131076},
		{"the rest", "bytes=200000-", tag, 206, 200000, 300001},
		{"the last bytes", "bytes=-5", "", 206, 299996, 300001},
		{"of another content", "bytes=5-", `"other"`, 200, 0, 300001},
		{"many parts are the whole", "bytes=9-9,1-1,5-5", "", 200, 0, 300001},
		{"another unit", "pages=1-2", "", 200, 0, 300001},
		{"behind the end", "bytes=300001-", "", 416, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := servertest.As(visitor.Login)
			h.Set("Range", tc.asked)
			if tc.ifRange != "" {
				h.Set("If-Range", tc.ifRange)
			}
			status, header, got := w.Download(path, h)
			require.Equal(t, tc.status, status)
			if status == 416 {
				return
			}
			assert.Equal(t, "bytes", header.Get("Accept-Ranges"))
			assert.True(t, bytes.Equal(content[tc.from:tc.to], got), "%d bytes", len(got))
		})
	}
	h := servertest.As(visitor.Login)
	h.Set("If-None-Match", tag)
	status, _, _ := w.Download(path, h)
	assert.Equal(t, 304, status)
}
