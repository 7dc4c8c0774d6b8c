package main

import (
	"io"
	"net/http"
	"sync/atomic"
)

// chatHandler passes requests to the running chat server. While there is none, it
// answers 503. The files for pages are served at all times.
type chatHandler struct {
	mux  *http.ServeMux
	chat atomic.Pointer[http.Handler]
}

func newChatHandler(assets http.Handler) *chatHandler {
	h := &chatHandler{mux: http.NewServeMux()}
	h.mux.HandleFunc("/v1/", h.toChat)
	h.mux.HandleFunc("/healthz", h.toChat)
	h.mux.Handle("/", assets)
	return h
}

// use sets the handler of the running chat server. nil means that no server runs.
func (h *chatHandler) use(chat http.Handler) {
	if chat == nil {
		h.chat.Store(nil)
		return
	}
	h.chat.Store(&chat)
}

func (h *chatHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

func (h *chatHandler) toChat(w http.ResponseWriter, r *http.Request) {
	if chat := h.chat.Load(); chat != nil {
		(*chat).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `{"error":{"code":503,"message":"the server is restarting; try again"}}`)
}
