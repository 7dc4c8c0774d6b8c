package address

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestToHTTPS(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, method, host, target, port string
		options                          Options
		status                           int
		location                         string
	}{
		{"the same address", "GET", "a.example", "/console/?x=1", "443", Options{}, 302, "https://a.example/console/?x=1"},
		{"another port", "HEAD", "A.example:8080", "/", "8443", Options{}, 302, "https://a.example:8443/"},
		{"IPv6", "GET", "[::1]:80", "/", "443", Options{}, 302, "https://[::1]/"},
		{"the public URL", "GET", "inner", "/chat/console/", "8443", Options{PublicURL: "https://a.example/chat"}, 302, "https://a.example/chat/console/"},
		{"no way to another host", "GET", "a.example", "//evil.example/", "443", Options{}, 302, "https://a.example/evil.example/"},
		{"a listed host", "GET", "a.example", "/", "443", Options{Hosts: Hosts{"a.example"}}, 302, "https://a.example/"},
		{"a foreign host", "GET", "evil.example", "/", "443", Options{Hosts: Hosts{"a.example"}}, 421, ""},
		{"no host", "GET", "a@evil.example", "/", "443", Options{}, 421, ""},
		{"what carries something", "POST", "a.example", "/v1/users", "443", Options{}, 403, ""},
	} {
		r := httptest.NewRequest(tc.method, tc.target, nil)
		r.Host = tc.host
		w := httptest.NewRecorder()
		tc.options.ToHTTPS(tc.port).ServeHTTP(w, r)
		assert.Equal(t, tc.status, w.Code, tc.name)
		assert.Equal(t, tc.location, w.Header().Get("Location"), tc.name)
	}
}
