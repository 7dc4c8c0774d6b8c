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
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// ErrNotPublic is in the error of a request to an address that is not public.
var ErrNotPublic = ssrf.ErrProhibitedIP

const (
	maxHeader   = 64 << 10
	idlePerHost = 4
)

// IsPrivate tells whether a host is certainly not public: it is written as such an address, or
// is a name of this machine. To what other names lead, a Client sees when it connects.
func IsPrivate(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && publicOnly.SafeAddr(address) != nil
}

var publicOnly = ssrf.New(ssrf.WithAnyPort())

// Why says why a target could not be reached, for who named it: without the addresses of the
// connection, one of which is the server's own.
func Why(err error) string {
	var failed *net.OpError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return err.Error()
}

// Client makes a client that takes no longer than this to connect. private allows
// addresses that are not public.
func Client(private bool, connectWithin time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: connectWithin}
	if !private {
		dialer.Control = publicOnly.Safe
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
