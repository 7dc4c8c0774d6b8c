// Package outbound makes the HTTP clients by which the server reaches addresses that apps
// name: targets of webhooks, and providers by which agents log in.
//
// Floor 1: it imports nothing of Parley.
//
// Whoever names such an address must not reach the server's own network by it. So a client
// connects to public addresses only, unless the operator allows others: it checks each
// address that a name resolves to, for each connection. It follows no redirects and uses
// no proxy, since these would evade the check.
package outbound

import (
	"net"
	"net/http"
	"time"

	"code.dny.dev/ssrf"
)

// ErrNotPublic is in the error of a request to an address that is not public.
var ErrNotPublic = ssrf.ErrProhibitedIP

const (
	maxHeader   = 64 << 10
	idlePerHost = 4
)

// Client makes a client that takes no longer than this to connect. private allows
// addresses that are not public.
func Client(private bool, connectWithin time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: connectWithin}
	if !private {
		dialer.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    connectWithin,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    idlePerHost,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: maxHeader,
		},
	}
}
