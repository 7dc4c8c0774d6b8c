package server_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// auditing is a world in which audited acts are done.
type auditing struct {
	*servertest.World
	t    *testing.T
	mine http.Header // the app's secret
	lead servertest.Login
}

// do makes a request that must succeed, and gives the answer.
func (a *auditing) do(h http.Header, method, path, body string) servertest.Answer {
	a.t.Helper()
	answer := a.Rest(method, path, h, body)
	require.Equal(a.t, 200, answer.Status, "%s %s: %s", method, path, answer.Body)
	return answer
}

// entries reads the whole log, page by page.
func (a *auditing) entries(query string) (list []servertest.Object) {
	a.t.Helper()
	for after := "0"; after != ""; {
		page := a.do(servertest.As(a.lead), "GET", "/audit?limit=7&after="+after+query, "")
		for _, e := range page.JSON["entries"].([]any) {
			list = append(list, e.(servertest.Object))
		}
		after, _ = page.JSON["next"].(string)
	}
	return list
}

// Each audited act makes one entry, whoever may do it, with neither words nor secrets.
func TestAudit(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	a := &auditing{World: w, t: t, mine: servertest.Secret()}
	want := []string{}
	act := func(name string, n int) {
		for range n {
			want = append(want, name)
		}
	}
	a.lead = w.Agent("lead")
	lead := servertest.As(a.lead)
	act("login", 1)
	a.Rest("POST", "/agents/login", servertest.App(), `{"username":"lead","password":"a wrong secret"}`).RequireRefused(401, "password")
	a.Rest("POST", "/agents/login", servertest.App(), `{"username":"a wrong name","password":"x"}`).RequireRefused(401, "password")
	act("login.fail", 2)

	a.do(a.mine, "PUT", "/settings", `{"queue":{"active":false},"media":{"maxBytes":1000000}}`)
	act("settings.change", 1)
	made := a.do(a.mine, "POST", "/agents", `{"username":"new","password":"long enough secret","name":"Nina Named"}`).Text("user", "id")
	a.do(a.mine, "PUT", "/agents/"+made, `{"name":"Nora Named"}`)
	a.do(lead, "PUT", "/agents/"+made+"/name", `{"nickname":"Nelly Named"}`)
	a.do(lead, "PUT", "/agents/"+made+"/picture", pictureBody(pngPicture(t, 8, 8)))
	a.do(lead, "DELETE", "/agents/"+made+"/picture", "")
	login := w.Session(a.do(servertest.App(), "POST", "/agents/login", `{"username":"new","password":"long enough secret"}`))
	a.do(servertest.As(login), "PUT", "/account/password", `{"password":"long enough secret","newPassword":"another secret 12"}`)
	a.do(servertest.As(login), "POST", "/agents/logout", "")
	act("agent.add", 1)
	act("agent.change", 1)
	act("agent.rename", 1)
	act("agent.picture.set", 1)
	act("agent.picture.remove", 1)
	act("login", 1)
	act("account.password", 1)
	act("logout", 1)

	visitor, agent, id := w.Conversation(t)
	act("login", 1)
	visitor.Say(id, "a word that nobody else reads")
	boss := w.Open(t, a.lead)
	boss.Ask(chat.EventJoin, servertest.Obj("chatId", id, "mode", chat.ModeWatch))
	act("chat.watch", 1)
	a.do(lead, "POST", "/chats/"+id+"/intervene", "")
	act("chat.intervene", 1)

	written := a.do(lead, "POST", "/chats/"+id+"/notes", `{"text":"a note with a name"}`).Text("note", "id")
	a.do(lead, "DELETE", "/chats/"+id+"/notes/"+written, "")
	act("note.remove", 1)
	block := servertest.Dig(a.do(lead, "POST", "/chats/"+id+"/block", `{"reason":"a reason with a name"}`).JSON["blocks"].([]any)[0], "id").(string)
	a.do(lead, "DELETE", "/blocks/"+block, "")
	act("block.add", 1)
	act("block.lift", 1)
	a.do(a.mine, "PUT", "/chats/"+id+"/hold", `{"reason":"a reason with a name"}`)
	a.do(a.mine, "DELETE", "/chats/"+id+"/hold", "")
	act("hold.chat", 1)
	act("hold.chat.release", 1)
	status, _, _ := w.Download("/users/"+visitor.Login.ID+"/export", a.mine)
	require.Equal(t, 200, status)
	act("export.json", 1)
	status, _, _ = w.Download("/users/"+visitor.Login.ID+"/export.zip", a.mine)
	require.Equal(t, 200, status)
	act("export.zip", 1)
	sent := w.Upload(servertest.As(visitor.Login), servertest.File{Fields: map[string]string{"chatId": id}, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)})
	a.do(a.mine, "DELETE", "/media/"+sent.Text("media", "id"), "")
	act("erase.file", 1)
	a.do(a.mine, "PUT", "/users/"+visitor.Login.ID+"/hold", `{"reason":"a reason with a name"}`)
	a.do(a.mine, "DELETE", "/users/"+visitor.Login.ID+"/hold", "")
	act("hold.user", 1)
	act("hold.user.release", 1)
	a.do(a.mine, "POST", "/blocks", `{"address":"192.0.2.9"}`)
	act("block.add", 1)
	hook := w.Hook(servertest.NewTarget(t), chat.EventClose)
	a.do(a.mine, "PUT", "/webhooks/"+hook, `{"active":false}`)
	a.do(a.mine, "DELETE", "/webhooks/"+hook, "")
	act("webhook.add", 1)
	act("webhook.change", 1)
	act("webhook.remove", 1)
	passkey, _ := withPasskey(w, agent.Login)
	a.do(at(here, servertest.As(agent.Login)), "DELETE", "/account/passkeys/"+passkey, `{"password":"demo"}`)
	withTOTP(t, w, agent.Login)
	a.do(servertest.As(agent.Login), "DELETE", "/account/totp", `{"password":"demo"}`)
	act("account.passkey.add", 1)
	act("account.passkey.remove", 1)
	act("account.totp.add", 1)
	act("account.totp.remove", 1)
	session := a.do(servertest.As(agent.Login), "GET", "/sessions", "").JSON["sessions"].([]any)[0]
	a.do(a.mine, "DELETE", "/sessions/"+servertest.Dig(session, "id").(string)+"?userId="+agent.Login.ID, "")
	act("session.end", 1)
	a.do(a.mine, "DELETE", "/chats/"+id+"/data", "")
	a.do(a.mine, "DELETE", "/users/"+visitor.Login.ID, "")
	act("erase.chat", 1)
	act("erase.user", 1)

	kid := a.do(a.mine, "POST", "/apps/demo/identity-keys", `{"alg":"HS256"}`).Text("key", "kid")
	a.do(a.mine, "DELETE", "/apps/demo/identity-keys/"+kid, "")
	access := a.do(a.mine, "POST", "/apps/demo/keys", `{"name":"CRM","scopes":["settings"]}`)
	keyed := servertest.App()
	keyed.Set("x-hyper-secret", access.Text("secret"))
	a.do(keyed, "PUT", "/settings", `{"queue":{"active":false}}`)
	a.do(a.mine, "DELETE", "/apps/demo/keys/"+access.Text("key", "id"), "")
	act("key.access.add", 1)
	act("settings.change", 1)
	act("key.access.revoke", 1)
	a.do(a.mine, "PUT", "/apps/demo", `{"name":"Renamed"}`)
	a.do(a.mine, "POST", "/apps/demo/key", "")
	renewed := a.do(a.mine, "POST", "/apps/demo/secret", "").Text("secret")
	a.mine.Set("x-hyper-secret", renewed)
	a.do(a.mine, "DELETE", "/agents/"+made, "")
	act("key.identity.add", 1)
	act("key.identity.retire", 1)
	act("app.change", 1)
	act("key.domain.renew", 1)
	act("key.secret.renew", 1)
	act("agent.remove", 1)

	mineOther, admin := w.NewApp("other")
	ofOther := a.do(mineOther, "GET", "/audit", "").JSON["entries"].([]any)
	require.Len(t, ofOther, 1)
	assert.Equal(t, servertest.Obj("appId", "other"), servertest.Dig(ofOther[0], "about"))
	assert.Equal(t, "admin", servertest.Dig(ofOther[0], "by"))

	all := a.entries("")
	got := []string{}
	for _, e := range all {
		got = append(got, e["act"].(string))
		text := fmt.Sprint(e)
		for _, word := range []string{"nobody else", "wrong name", "secret 12", "wrong secret", "Named", "with a name", renewed, a.lead.Token} {
			assert.NotContains(t, text, word)
		}
	}
	for _, name := range server.AuditedActs() {
		if !slices.Contains([]string{"app.add", "app.remove", "admin.renew"}, name) {
			assert.Contains(t, got, name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	assert.Equal(t, want, got)
	t.Logf("%d entries", len(all))

	newest := a.entries("&newest=true")
	slices.Reverse(newest)
	assert.Equal(t, all, newest)
	failed := a.entries("&act=login.fail")
	require.Len(t, failed, 2)
	assert.Equal(t, a.lead.ID, failed[0]["userId"], "there is such an agent")
	assert.Equal(t, "wrong-password", failed[0]["reason"])
	assert.Equal(t, "127.0.0.0/24", failed[0]["network"])
	assert.NotContains(t, failed[1], "userId", "a name that nobody has is not noted")
	assert.Equal(t, servertest.Obj("changed", "media,queue"), a.entries("&act=settings")[0]["about"])
	assert.Equal(t, "secret", a.entries("&act=settings")[0]["by"])
	assert.Equal(t, "key", a.entries("&act=settings")[1]["by"])
	assert.Equal(t, access.Text("key", "id"), a.entries("&act=settings")[1]["userId"])
	ofChat := a.entries("&about=" + id)
	assert.Len(t, ofChat, 7, "watch, intervene, note, block, hold, release, erase")
	assert.Equal(t, a.lead.ID, ofChat[0]["userId"])
	assert.NotEmpty(t, ofChat[1]["requestId"])
	assert.Len(t, a.entries("&by="+login.ID), 3, "log-in, password, logout")
	assert.Empty(t, a.entries("&since=99999999999"))

	a.do(admin, "DELETE", "/apps/other", "")
	admin = http.Header{"X-Hyper-Secret": {a.do(admin, "POST", "/admin/secret", "").Text("secret")}}
	ofServer := a.do(admin, "GET", "/admin/audit", "").JSON["entries"].([]any)
	require.Len(t, ofServer, 2)
	assert.Equal(t, "app.remove", servertest.Dig(ofServer[0], "act"))
	assert.Equal(t, servertest.Obj("appId", "other"), servertest.Dig(ofServer[0], "about"))
	assert.Equal(t, "admin.renew", servertest.Dig(ofServer[1], "act"))
	assert.Equal(t, "admin", servertest.Dig(ofServer[1], "by"))
	assert.Len(t, a.do(admin, "GET", "/admin/audit?act=admin", "").JSON["entries"], 1)
	w.Rest("GET", "/audit?act=zzz", a.mine, "").RequireRefused(400, `there is no act "zzz"; there are account, admin, agent, app, block, chat,`)
	w.Rest("GET", "/audit?act=hold.zzz", a.mine, "").RequireRefused(400, "there are hold.chat, hold.chat.release, hold.user, hold.user.release")
	w.Rest("GET", "/audit?since=-1", a.mine, "").RequireRefused(400, "since: must be from 0 to 1000000000000")
	w.Rest("GET", "/admin/audit", a.mine, "").RequireRefused(403, "admin")

	w.Rest("GET", "/audit", servertest.As(w.Agent("agent2")), "").RequireRefused(403, "supervisors")
	a.do(a.mine, "GET", "/audit", "")
}

// Each name in the list of what is audited is an operation's.
func TestAuditedAreOperations(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	names := map[string]bool{}
	for _, operation := range roomsOf(w).Table.List {
		names[operation.Name()] = true
	}
	for _, name := range server.AuditedOperations() {
		assert.True(t, names[name], name)
	}
}

// What one does pushes out nothing that others did, nor do failed log-ins, and no more is kept than
// the options say.
func TestAuditIsBounded(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{
		Audit: server.AuditOptions{Entries: 3, Log: true}, Logger: slog.New(slog.NewJSONHandler(log, nil)),
	})
	a := &auditing{World: w, t: t, mine: servertest.Secret(), lead: w.Agent("lead")}
	a.do(a.mine, "PUT", "/settings", `{"queue":{"active":false}}`)
	for n := range 5 {
		w.Rest("POST", "/agents/login", servertest.App(), fmt.Sprintf(`{"username":"guess%d","password":"x"}`, n)).RequireRefused(401, "password")
	}
	assert.Len(t, a.entries("&act=login"), 3)
	assert.Len(t, a.entries("&act=settings"), 1)
	assert.Len(t, log.lines(t, "audit"), 7, "each entry, if the options say so")

	visitor, agent, id := w.Conversation(t)
	a.do(servertest.As(a.lead), "POST", "/chats/"+id+"/block", "")
	for range 5 {
		a.do(servertest.As(agent.Login), "POST", "/chats/"+id+"/block", "")
	}
	crm := withSecret(servertest.App(), a.do(a.mine, "POST", "/apps/demo/keys", `{"name":"CRM","scopes":["users"]}`).Text("secret"))
	for range 5 {
		a.do(crm, "PUT", "/users/"+visitor.Login.ID+"/hold", `{"reason":"a case"}`)
	}
	assert.Len(t, a.entries("&by="+agent.Login.ID+"&act=block"), 3)
	assert.Len(t, a.entries("&act=block"), 4)
	assert.Len(t, a.entries("&act=hold"), 3)
	assert.Len(t, a.entries("&act=settings"), 1)
	assert.Len(t, a.entries("&act=key"), 1)
}

// An agent who does much that is noted must wait, and so cannot push out what they did before.
// They can still log out.
func TestAuditedActsHaveARate(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Rates: server.Rates{{Kind: limit.Acts, Scope: limit.Agent}: {PerSecond: 0.001, Burst: 2}}})
	_, agent, id := w.Conversation(t)
	mine := servertest.As(agent.Login)
	for range 2 {
		require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/block", mine, "").Status)
	}
	w.Rest("POST", "/chats/"+id+"/block", mine, "").RequireRefused(429, "acts/agent")
	require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", mine, `{"message":"hello"}`).Status)
	require.Equal(t, 200, w.Rest("POST", "/agents/logout", mine, "").Status)
}
