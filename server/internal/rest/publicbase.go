package rest

import (
	"net/http"
	"strings"
)

// PublicBase is the server's address as the client of a request sees it, such as
// https://chat.example.com. A proxy that terminates TLS sets X-Forwarded-Proto and
// passes the Host on. A client that makes these up gets wrong addresses in its own
// reply only.
func PublicBase(r *http.Request) string {
	scheme := "http"
	proto, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	if r.TLS != nil || strings.EqualFold(strings.TrimSpace(proto), "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
