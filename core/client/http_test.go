//go:build !js

package client

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
)

func TestNetHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		w.WriteHeader(201)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.String()+" "+r.Header.Get("x-hyper-token")+" "+string(body))
	}))
	defer server.Close()
	h := newHTTP()
	status, body, err := h.Do(t.Context(), core.Fetch{Method: "POST", URL: server.URL + "/a?b=c", Header: [][2]string{{"x-hyper-token", "t"}}, Body: []byte("{}")})
	require.NoError(t, err)
	assert.Equal(t, 201, status)
	assert.Equal(t, "POST /a?b=c t {}", string(body))

	_, _, err = h.Do(t.Context(), core.Fetch{Method: "GET", URL: "http://127.0.0.1:1/"})
	assert.Error(t, err)
	_, _, err = h.Do(t.Context(), core.Fetch{Method: "no method", URL: server.URL})
	assert.ErrorContains(t, err, "method")
}
