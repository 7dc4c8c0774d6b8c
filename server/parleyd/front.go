package main

import (
	"io"
	"net/http"
	"sync/atomic"
)

// front leads requests to the chat server of now; while there is none, it says
// that this will pass. The files for pages are always there.
type front struct {
	mux  *http.ServeMux
	chat atomic.Pointer[http.Handler]
}

func newFront(assets http.Handler) *front {
	f := &front{mux: http.NewServeMux()}
	f.mux.HandleFunc("/v1/", f.toChat)
	f.mux.HandleFunc("/healthz", f.toChat)
	f.mux.Handle("/", assets)
	return f
}

// serve sets the chat server, nil if there is none.
func (f *front) serve(chat http.Handler) {
	if chat == nil {
		f.chat.Store(nil)
		return
	}
	f.chat.Store(&chat)
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

func (f *front) toChat(w http.ResponseWriter, r *http.Request) {
	if chat := f.chat.Load(); chat != nil {
		(*chat).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `{"error":{"code":503,"message":"the server starts anew; try again"}}`)
}
