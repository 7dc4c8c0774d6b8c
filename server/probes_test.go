package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/limit"
	"parley/server/servertest"
)

// Asking whether there is a server has a rate by address, which takes nothing from requests.
func TestProbesHaveARate(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Rates: limit.Table{{Kind: limit.Probes, Scope: limit.Address}: {PerSecond: 0.01, Burst: 10}}})
	ask := func(method, path, client string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, w.HTTP.URL+path, nil)
		require.NoError(t, err)
		r.Header = from(http.Header{}, client)
		a, err := w.Client.Do(r)
		require.NoError(t, err)
		require.NoError(t, a.Body.Close())
		return a
	}
	taken := 0
	for range 20 {
		for method, path := range map[string]string{"GET": "/healthz", "HEAD": "/v1/socket"} {
			a := ask(method, path, "198.51.100.9")
			if a.StatusCode < 300 {
				taken++
				continue
			}
			assert.Equal(t, 429, a.StatusCode)
			assert.NotEmpty(t, a.Header.Get("Retry-After"))
		}
	}
	assert.Equal(t, 10, taken, "of 40")
	assert.Equal(t, 204, ask("HEAD", "/v1/socket", "192.0.2.7").StatusCode, "somebody else")
	assert.Equal(t, 200, w.Rest("POST", "/users", from(servertest.App(), "198.51.100.9"), `{}`).Status)
}

// What pages tell of visitors does not make the list of waiting chats long.
func TestWaitingListIsShort(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Session(w.Rest("POST", "/users", servertest.App(), `{"name":"Vera","extraInfo":{"page":"`+strings.Repeat("x", 15_000)+`"}}`))
	require.Equal(t, 200, w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Status)
	a := w.Rest("GET", "/chats?status=waiting", servertest.As(w.Agent("agent1")), "")
	require.Equal(t, 200, a.Status)
	assert.Less(t, len(a.Body), 2000)
	assert.Equal(t, "Vera", servertest.Dig(a.JSON["chats"].([]any)[0], "users").([]any)[0].(servertest.Object)["name"])
	a = w.Rest("GET", "/chats?status=waiting", servertest.Secret(), "")
	assert.Greater(t, len(a.Body), 15_000, "a program gets all")
}
