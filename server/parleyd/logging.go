package main

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	"parley/server"
)

// logger makes the log as the options say.
func (c config) logger(to io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.logLevel}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}

// logged writes a line for each request that was answered, if the options say so. It has
// no query, which may hold what is secret, and nothing of a body.
func (c config) logged(next http.Handler, to *slog.Logger) http.Handler {
	if !c.accessLog {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx, traceID := server.NoteTrace(r.Context())
		r = r.WithContext(ctx)
		answer := &answer{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			line := []any{
				"method", r.Method, "path", r.URL.Path, "status", answer.status, "bytes", answer.bytes,
				"took", time.Since(began).Round(time.Microsecond).String(), "client", server.ClientOf(r), "requestId", server.RequestID(r),
			}
			if *traceID != "" {
				line = append(line, "traceId", *traceID)
			}
			to.Info("request", line...)
		}()
		next.ServeHTTP(answer, r)
	})
}

// answer notes what is written.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
