package rest

import (
	"net/http"
	"strings"
)

// PublicBase is the server's address as who asks has it, such as
// https://chat.example.com. A proxy in front that takes TLS off says so in
// X-Forwarded-Proto, and passes the host on. Whoever makes these up gets wrong
// addresses into the own answer only.
func PublicBase(r *http.Request) string {
	scheme := "http"
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	if r.TLS != nil || strings.EqualFold(strings.TrimSpace(first), "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
