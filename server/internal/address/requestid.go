package address

import (
	"context"
	"crypto/rand"
	"net/http"
)

// requestIDHeader names a request, in the answer too.
const requestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// RequestID is the name of a request in the log and in the answer; "" if Handler is not
// around what serves it.
func RequestID(r *http.Request) string {
	id, _ := r.Context().Value(requestIDKey{}).(string)
	return id
}

// withRequestID names a request, and says the name in the answer.
func (o Options) withRequestID(ctx context.Context, w http.ResponseWriter, r *http.Request) context.Context {
	id := o.requestIDOf(r)
	w.Header().Set(requestIDHeader, id)
	return context.WithValue(ctx, requestIDKey{}, id)
}

// requestIDOf takes over the name that a trusted proxy gives, and makes one else: what
// strangers write must not stand for anything in the log.
func (o Options) requestIDOf(r *http.Request) string {
	if said := r.Header.Get(requestIDHeader); isName(said) && o.TrustedProxies.Has(peer(r)) {
		return said
	}
	return rand.Text()
}

// traceparentHeader names the trace that a request is a part of (W3C Trace Context).
const traceparentHeader = "Traceparent"

type traceparentKey struct{}

// Traceparent is what a trusted proxy says of the trace, if its word counts
// (Options.FollowTraces); else "".
func Traceparent(r *http.Request) string {
	said, _ := r.Context().Value(traceparentKey{}).(string)
	return said
}

// withTraceparent keeps what a trusted proxy says of the trace. Of several lines the client
// may have written one.
func (o Options) withTraceparent(ctx context.Context, r *http.Request) context.Context {
	said := r.Header.Values(traceparentHeader)
	if !o.FollowTraces || len(said) != 1 || !o.TrustedProxies.Has(peer(r)) {
		return ctx
	}
	return context.WithValue(ctx, traceparentKey{}, said[0])
}

// longestName is as long as what proxies make.
const longestName = 64

// isName tells whether a name is short, and of printable ASCII without blanks.
func isName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= longestName
}
