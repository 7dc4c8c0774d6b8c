package rest

import (
	"maps"
	"net/http"
	"time"

	"parley/core/wire"
	"parley/server/internal/op"
)

func reply(w http.ResponseWriter, status int, data []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(data) // if it fails the client is gone
}

func refuse(w http.ResponseWriter, err *wire.Error) {
	reply(w, err.Code, wire.NewObject(nil).Raw("error", err.Append(nil)).Done())
}

// sendFile writes a file for as long as the client goes on reading. If it ends early
// the client notices by the Content-Length.
func sendFile(w http.ResponseWriter, f *op.File) {
	defer func() { _ = f.Content.Close() }()
	maps.Copy(w.Header(), f.Header)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	control, part := http.NewResponseController(w), make([]byte, 64<<10)
	for {
		n, err := f.Content.Read(part)
		_ = control.SetWriteDeadline(time.Now().Add(stalledAfter))
		if _, gone := w.Write(part[:n]); gone != nil || err != nil {
			return
		}
	}
}
