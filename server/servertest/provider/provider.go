// Package provider is a provider of OpenID Connect for tests.
package provider

import (
	"net"
	"net/http"

	"github.com/oauth2-proxy/mockoidc"
)

// Start starts a provider on a port of this machine. Each request goes through around, if
// it is not nil. Whoever starts it stops it (Shutdown).
func Start(m *mockoidc.MockOIDC, around func(http.Handler) http.Handler) error {
	for _, middleware := range []func(http.Handler) http.Handler{byHeader, around} {
		if middleware == nil {
			continue
		}
		if err := m.AddMiddleware(middleware); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens at once
	if err != nil {
		return err
	}
	return m.Start(listener, nil)
}

// byHeader takes the client's secret in a header, as most providers do; the library knows
// only forms.
func byHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, secret, given := r.BasicAuth(); given {
			_ = r.ParseForm()
			r.Form.Set("client_id", id)
			r.Form.Set("client_secret", secret)
		}
		next.ServeHTTP(w, r)
	})
}
