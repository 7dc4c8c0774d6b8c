package rest

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A proxy that terminates TLS says so in X-Forwarded-Proto.
func TestPublicBase(t *testing.T) {
	for _, tc := range []struct{ proto, base string }{
		{"", "http://example.com"}, {"https", "https://example.com"}, {"HTTPS, http", "https://example.com"}, {"ftp", "http://example.com"},
	} {
		r := httptest.NewRequest("GET", "/v1/id", nil)
		r.Header.Set("X-Forwarded-Proto", tc.proto)
		assert.Equal(t, tc.base, PublicBase(r), tc.proto)
	}
}
