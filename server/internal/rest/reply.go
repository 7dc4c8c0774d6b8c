package rest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

func reply(w http.ResponseWriter, status int, data []byte) {
	replyAs(w, "application/json; charset=utf-8", status, data)
}

func replyAs(w http.ResponseWriter, contentType string, status int, data []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(data) // if it fails the client is gone
}

func refuse(w http.ResponseWriter, err *wire.Error) {
	if err.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatUint(err.RetryAfter, 10))
	}
	said := err.Append(nil)
	if id := w.Header().Get("X-Request-Id"); id != "" { // by which the operator finds it in the log
		said = append(wire.AppendString(append(said[:len(said)-1], `,"requestId":`...), id), '}')
	}
	reply(w, err.Code, wire.NewObject(nil).Raw("error", said).Done())
}

// fullWithin is how long a client may take to hear that there are too many requests: until
// then theirs takes memory as well.
const fullWithin = time.Second

// RefuseFull refuses a request before anything is read of its body, as too many are under way.
func RefuseFull(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fullWithin))
	allowAllOrigins(w)
	err := wire.Errorf(wire.ServerFull, "too many requests are under way, from this address or in all; try again in 2 s")
	err.RetryAfter = 2
	refuse(w, err)
}

// sendFile writes a file, or the part of it that the client asks for (RFC 9110 section
// 14), for as long as the client goes on reading. If it ends early the client notices by
// the Content-Length, and can ask for the rest.
func (h *Handler) sendFile(w http.ResponseWriter, r *http.Request, f *op.File) {
	maps.Copy(w.Header(), f.Header)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// Of many parts in any order each could cost as much as the file; other units are ignored (RFC 9110 section 14.2).
	if asked := r.Header.Get("Range"); strings.Contains(asked, ",") || !strings.HasPrefix(asked, "bytes=") {
		r.Header.Del("Range")
	}
	content := &checkedContent{ReadSeeker: f.Content}
	http.ServeContent(pacedWriter{w, http.NewResponseController(w), media.NewPace(), r.Context()}, r, "", time.Time{}, content)
	if content.err != nil {
		h.options.Logger.Error("download ended early", "path", r.URL.Path, "error", content.err)
	}
}

// streamBuffer is how much of a stream is in memory.
const streamBuffer = 64 << 10

// sendStream writes a stream for as long as the client goes on reading. The error says why
// it has not begun; a client that is gone is none.
func sendStream(w http.ResponseWriter, r *http.Request, s *op.Stream) error {
	reading, end, err := s.Begin()
	if err != nil {
		return err
	}
	defer end()
	control := http.NewResponseController(w)
	defer context.AfterFunc(reading, func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) })() // ends a write that waits
	maps.Copy(w.Header(), s.Header)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return nil
	}
	to := bufio.NewWriterSize(pacedWriter{w, control, media.NewPace(), reading}, streamBuffer)
	s.Write(to)
	_ = to.Flush()
	return nil
}

// checkedContent keeps the error of reading a file, which http.ServeContent does not give.
type checkedContent struct {
	io.ReadSeeker
	err error
}

func (c *checkedContent) Read(b []byte) (int, error) {
	n, err := c.ReadSeeker.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// pacedWriter is a response whose writing fails when the client reads it too slowly
// (media.Pace), and when ctx has ended.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	pace    *media.Pace
	ctx     context.Context
}

func (p pacedWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.pace.Until()) // fails only if the connection is gone
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.ResponseWriter.Write(b)
	p.pace.Moved(n)
	return n, err
}
