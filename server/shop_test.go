package server_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// The sample of a shop's server proves who its customers are.
func TestShop(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	shop := exec.CommandContext(t.Context(), "node", "../docs/known-users/shop.mjs")
	shop.Env = append(os.Environ(), "PARLEY="+w.HTTP.URL, "APP=demo", "SECRET=demo-secret", "PORT=0")
	shop.Stderr = t.Output()
	out, err := shop.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, shop.Start())
	t.Cleanup(func() {
		_ = shop.Process.Kill()
		_ = shop.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the shop has not started")
	_, at, _ := strings.Cut(lines.Text(), " at ")

	identityOf := func(cookie string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", at+"/chat-identity", nil)
		require.NoError(t, err)
		r.Header.Set("Cookie", cookie)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		var body struct{ Identity string }
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&body))
		return answer.StatusCode, body.Identity
	}
	status, identity := identityOf("customer=7")
	require.Equal(t, http.StatusOK, status)
	user := w.Rest("POST", "/users", servertest.App(), proven(identity))
	vera := w.Session(user)
	assert.Equal(t, servertest.Obj("id", vera.ID, "name", "Vera", "contact", "vera@example.com", "externalId", "customer-7",
		"verified", true, "chats", []any{}), user.JSON["user"])
	w.Rest("POST", "/users", servertest.App(), proven(identity)).RequireRefused(401, "has been") // it has a jti
	status, _ = identityOf("customer=8")
	assert.Equal(t, http.StatusNotFound, status)
}
