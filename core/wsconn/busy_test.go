//go:build !js

package wsconn

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/httpconn"
)

// A server without room says when to come again, by both transports.
func TestDialOfABusyServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	for url, dialer := range map[string]core.Dialer{
		"ws" + strings.TrimPrefix(server.URL, "http"): Dialer{}, server.URL: httpconn.Dialer{},
	} {
		_, err := dialer.Dial(t.Context(), url)
		var busy *core.BusyError
		require.ErrorAs(t, err, &busy, url)
		assert.EqualValues(t, 30, busy.RetryAfter)
		assert.Contains(t, err.Error(), "503 Service Unavailable, and asks to wait for 30 s")
	}
}
