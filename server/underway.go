package server

import (
	"net/http"

	"parley/server/internal/address"
	"parley/server/internal/limit"
	"parley/server/internal/rest"
)

// LimitRequests bounds the requests of HTTP/2 that are under way: one connection carries a
// hundred, and each may have long headers and a body that does not come. So l has for them
// the bounds that it has for connections. Options.Handler must be around it.
func LimitRequests(l *ConnectionLimit, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor < 2 {
			next.ServeHTTP(w, r)
			return
		}
		end, ok := l.BeginRequest(limit.NetworkOf(address.Client(r)))
		if !ok {
			rest.RefuseFull(w)
			return
		}
		defer end()
		next.ServeHTTP(w, r)
	})
}
