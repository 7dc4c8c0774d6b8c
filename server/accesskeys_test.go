package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// withSecret is a header with another secret.
func withSecret(h http.Header, secret string) http.Header {
	h = h.Clone()
	h.Set("x-hyper-secret", secret)
	return h
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{}, identity.Clock(func() time.Time { return now }))
	mine, _ := w.NewApp("mine")
	made := w.Rest("POST", "/apps/mine/keys", mine, `{"name":"CRM","scopes":["users","export"],"seconds":3600}`)
	require.Equal(t, 200, made.Status, made.Body)
	crm := withSecret(mine, made.Text("secret"))
	reader := withSecret(mine, w.Rest("POST", "/apps/mine/keys", mine, `{"name":"reports","scopes":["read"]}`).Text("secret"))

	user := w.Rest("POST", "/users", crm, `{"name":"Vera","externalId":"v-1"}`).Text("user", "id")
	require.Equal(t, 200, w.Rest("GET", "/users/"+user+"/export", crm, "").Status)
	require.Equal(t, 200, w.Rest("GET", "/users/"+user, reader, "").Status)
	require.Equal(t, 200, w.Rest("GET", "/settings", crm, "").Status, "what anybody may read")
	w.Rest("GET", "/users/"+user+"/export", reader, "").RequireRefused(403, `"reports"`)
	w.Rest("DELETE", "/users/"+user, reader, "").RequireRefused(403, "users")
	w.Rest("GET", "/chats", crm, "").RequireRefused(403, `"messages" "read"`)
	for _, key := range []http.Header{crm, reader} {
		w.Rest("GET", "/apps/mine/keys", key, "").RequireRefused(403, "full")
		w.Rest("POST", "/apps/mine/secret", key, "").RequireRefused(403, "full")
		w.Rest("POST", "/apps/mine/keys", key, `{"name":"more","scopes":["full"]}`).RequireRefused(403, "full")
		w.Rest("GET", "/apps", key, "").RequireRefused(403, "full")
	}

	list := w.Rest("GET", "/apps/mine/keys", mine, "")
	assert.Equal(t, "CRM", servertest.Dig(list.JSON["keys"].([]any)[0], "name"))
	assert.NotContains(t, string(list.Body), "hash")
	assert.NotContains(t, w.Rest("GET", "/apps/mine", mine, "").Body, "hash")

	now = now.Add(time.Hour)
	w.Rest("GET", "/users/"+user, crm, "").RequireRefused(401, `"CRM" has expired`)
	again := w.Rest("POST", "/apps/mine/keys", mine, `{"name":"CRM","scopes":["full"]}`)
	require.Equal(t, 200, again.Status, "the name of one that has expired is free")
	full := withSecret(mine, again.Text("secret"))
	require.Len(t, w.Rest("GET", "/apps/mine/keys", full, "").JSON["keys"], 2)
	w.Rest("DELETE", "/apps/mine/keys/"+again.Text("key", "id"), full, "").RequireDone()
	w.Rest("GET", "/apps/mine/keys", full, "").RequireRefused(401, "secret")
}

// A key for visitors changes no agent by the operations for users: it could erase them, end
// their sessions, and give them a name that visitors trust.
func TestKeysForVisitorsChangeNoAgents(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	lead, mine := w.Agent("lead"), servertest.Secret()
	key := func(scopes string) http.Header {
		return withSecret(servertest.App(), w.Rest("POST", "/apps/demo/keys", mine, `{"name":"`+scopes+`","scopes":["`+scopes+`","users"]}`).Text("secret"))
	}
	users, agents := key("read"), key("agents")
	list := w.Rest("GET", "/sessions?userId="+lead.ID, users, "")
	require.Equal(t, 200, list.Status, list.Body)
	session := servertest.Dig(list.JSON["sessions"].([]any)[0], "id").(string)
	calls := [][3]string{
		{"PUT", "/users/" + lead.ID, `{"nickname":"System"}`}, {"DELETE", "/sessions/" + session + "?userId=" + lead.ID, ""}, {"DELETE", "/users/" + lead.ID, ""},
	}
	for _, call := range calls {
		w.Rest(call[0], call[1], users, call[2]).RequireRefused(403, `"agents"`)
	}
	visitor := w.Visitor("Vera")
	require.Equal(t, 200, w.Rest("PUT", "/users/"+visitor.ID, users, `{"name":"Wera"}`).Status)
	require.Equal(t, 200, w.Rest("DELETE", "/users/"+visitor.ID, users, "").Status)
	for _, call := range calls {
		answer := w.Rest(call[0], call[1], agents, call[2])
		require.Equal(t, 200, answer.Status, answer.Body)
	}
}

func TestAccessKeyRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	mine, _ := w.NewApp("mine")
	require.Equal(t, 200, w.Rest("POST", "/apps/mine/keys", mine, `{"name":"one","scopes":["read"]}`).Status)
	for _, tc := range []struct {
		body   string
		status int
		about  string
	}{
		{`{"scopes":["read"]}`, 400, "name"},
		{`{"name":" ","scopes":["read"]}`, 400, "name"},
		{`{"name":"two"}`, 400, "scopes"},
		{`{"name":"two","scopes":["write"]}`, 400, `"write"`},
		{`{"name":"two","scopes":["read"],"seconds":0}`, 400, "seconds"},
		{`{"name":"one","scopes":["users"]}`, 409, "name"},
	} {
		w.Rest("POST", "/apps/mine/keys", mine, tc.body).RequireRefused(tc.status, tc.about)
	}
	w.Rest("DELETE", "/apps/mine/keys/none", mine, "").RequireRefused(404, "none")
	require.Len(t, w.Rest("GET", "/apps/mine/keys", mine, "").JSON["keys"], 1)
}

func TestTheFormerSecretIsValidForTheGrace(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{}, identity.Clock(func() time.Time { return now }))
	first, _ := w.NewApp("mine")
	second := withSecret(first, w.Rest("POST", "/apps/mine/secret", first, "").Text("secret"))
	for _, h := range []http.Header{first, second} {
		require.Equal(t, 200, w.Rest("POST", "/users", h, `{"name":"Vera"}`).Status)
	}
	w.Rest("POST", "/apps/mine/secret", first, "").RequireRefused(403, "the former secret")
	now = now.Add(24*time.Hour + time.Second)
	w.Rest("GET", "/apps/mine", first, "").RequireRefused(401, "secret")

	third := withSecret(first, w.Rest("POST", "/apps/mine/secret", second, `{"grace":60}`).Text("secret"))
	require.Equal(t, 200, w.Rest("GET", "/apps/mine", second, "").Status)
	fourth := withSecret(first, w.Rest("POST", "/apps/mine/secret", third, `{"grace":0}`).Text("secret"))
	for _, h := range []http.Header{second, third} {
		w.Rest("GET", "/apps/mine", h, "").RequireRefused(401, "secret")
	}
	w.Rest("POST", "/apps/mine/secret", fourth, `{"grace":-1}`).RequireRefused(400, "grace")
	require.Equal(t, 200, w.Rest("GET", "/apps/mine", fourth, "").Status)
}

func TestTheAdminSecretIsRenewed(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	mine, admin := w.NewApp("mine")
	w.Rest("POST", "/admin/secret", mine, "").RequireRefused(403, "admin")
	renewed := w.Rest("POST", "/admin/secret", admin, "")
	require.Equal(t, 200, renewed.Status, renewed.Body)
	w.Rest("GET", "/apps", admin, "").RequireRefused(401, "admin secret")
	fresh := http.Header{"X-Hyper-Secret": {renewed.Text("secret")}}
	require.Equal(t, 200, w.Rest("GET", "/apps", fresh, "").Status)
	require.ErrorIs(t, w.Identity.UseAdmin(t.Context(), admin.Get("x-hyper-secret")), identity.ErrAdminEnded)
	require.NoError(t, w.Identity.UseAdmin(t.Context(), "chosen by an operator, and long enough"))
	w.Rest("GET", "/apps", fresh, "").RequireRefused(401, "admin secret")
}
