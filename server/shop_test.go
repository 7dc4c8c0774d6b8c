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

// startShop runs the sample of a shop's server, and gives its address.
func startShop(t *testing.T, w *servertest.World) string {
	t.Helper()
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
	return at
}

// The sample of a shop's server proves who its customers are.
func TestShop(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	at := startShop(t, w)
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

// The sample of a page shows a customer what was said in their earlier chats.
func TestEarlierChats(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"privacy":{"ownChats":true}}`)
	phone := w.Session(w.Rest("POST", "/users", servertest.Secret(), `{"externalId":"customer-7"}`))
	agent := w.Open(t, w.Agent("agent1"))
	for _, said := range []string{"my parcel is late", "it has come"} {
		id := w.Rest("POST", "/chats", servertest.As(phone), `{"room":"1"}`).Text("chat", "id")
		require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", servertest.As(phone), `{"message":"`+said+`"}`).Status)
		agent.Ask("chats:join", servertest.Obj("chatId", id))
		agent.Say(id, "I see")
		w.Rest("DELETE", "/chats/"+id, servertest.As(phone), "").RequireDone()
	}
	page := exec.CommandContext(t.Context(), "node", "../docs/known-users/earlier.mjs")
	page.Env = append(os.Environ(), "PARLEY="+w.HTTP.URL, "APP=demo", "SHOP="+startShop(t, w), "COOKIE=customer=7")
	page.Stderr = t.Output()
	shown, err := page.Output()
	require.NoError(t, err)
	assert.Regexp(t, `^chat of \d{4}-\d\d-\d\d
  you: my parcel is late
  we: I see
chat of \d{4}-\d\d-\d\d
  you: it has come
  we: I see
$`, string(shown))
}
