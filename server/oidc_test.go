package server_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/address"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// trusting is a server whose agents may log in by the provider, one of them by the email
// anna@acme.example, and its log.
func trusting(t *testing.T) (*servertest.World, *provider, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{
		Webhooks: server.WebhookOptions{Private: true}, Logger: slog.New(slog.NewJSONHandler(log, nil)),
	})
	p := newProvider(t)
	p.let(w)
	made := w.Rest("POST", "/agents", servertest.Secret(), `{"username":"anna","password":"long enough","name":"Anna","email":"anna@acme.example"}`)
	require.Equal(t, 200, made.Status, made.Body)
	return w, p, log
}

// Who the provider lets in gets a session like one by password. From then on the link
// counts: the email may be another, and nobody else gets in by it.
func TestLoginByProvider(t *testing.T) {
	t.Parallel()
	w, p, log := trusting(t)
	a := finish(w, p.signIn(w, verified("sub-1", "Anna@ACME.example")))
	login := w.Session(a)
	account := w.Rest("GET", "/account", servertest.As(login), "")
	assert.Equal(t, "anna", servertest.Dig(account.JSON, "account", "username"))
	assert.Equal(t, true, servertest.Dig(account.JSON, "account", "linked"))
	byPassword := w.Session(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"anna","password":"long enough"}`))
	assert.Equal(t, login.ID, byPassword.ID)
	sessions := w.Rest("GET", "/sessions", servertest.As(byPassword), "").JSON["sessions"].([]any)
	require.Len(t, sessions, 2)
	ends := func(n int) float64 { return sessions[n].(servertest.Object)["expires"].(float64) }
	assert.InDelta(t, ends(0), ends(1), 60, "they live as long")
	w.Rest("PUT", "/account/password", servertest.As(byPassword), `{"password":"long enough","newPassword":"longer than that"}`).RequireDone()
	w.Rest("GET", "/account", servertest.As(login), "").RequireRefused(401, "session is over")

	assert.Equal(t, login.ID, w.Session(finish(w, p.signIn(w, verified("sub-1", "anna.new@acme.example")))).ID)
	finish(w, p.signIn(w, verified("sub-2", "anna@acme.example"))).RequireRefused(403, "ask a supervisor")
	known := finish(w, with(p.signIn(w, verified("sub-1", "")), "device", ""))
	assert.Len(t, known.Text("device"), 64)
	assert.NotContains(t, log.text(), p.ClientSecret)
}

// with adds to what the browser has come back with.
func with(back servertest.Object, more ...any) servertest.Object {
	for name, value := range servertest.Obj(more...) {
		back[name] = value
	}
	return back
}

func TestWhoIsNoAgent(t *testing.T) {
	t.Parallel()
	w, p, log := trusting(t)
	made := w.Rest("POST", "/agents", servertest.Secret(), `{"username":"kim@acme.example","password":"long enough"}`)
	require.Equal(t, 200, made.Status, made.Body)
	unverified := verified("sub-1", "anna@acme.example")
	unverified.EmailVerified = false
	for name, who := range map[string]*person{
		"unknown":         verified("sub-1", "stranger@acme.example"),
		"not verified":    unverified,
		"no email":        verified("sub-1", ""),
		"looks like hers": verified("sub-1", "ann\u0430@acme.example"),
		"folds to his":    verified("sub-1", "\u212Aim@acme.example"), // the sign for kelvin is a k without regard to case
		"longer by NUL":   verified("sub-1", "anna@acme.example\u0000"),
		"the user name":   verified("sub-1", "anna"),
	} {
		t.Run(name, func(t *testing.T) {
			a := finish(w, p.signIn(w, who))
			a.T = t
			a.RequireRefused(403, "ask a supervisor")
			assert.Equal(t, "unknown-person", a.Text("error", "reason"))
		})
	}
	lines := log.lines(t, "log-in failed")
	require.Len(t, lines, 7)
	assert.Equal(t, "sub-1", lines[0]["subject"], "a supervisor may link them by it")
	agents := w.Rest("GET", "/agents", servertest.Secret(), "").JSON["agents"].([]any)
	assert.Len(t, agents, 5, "nobody was made")
}

// A log-in is finished once, by the browser that has begun it, with the code that belongs
// to it.
func TestLoginsOfOthers(t *testing.T) {
	t.Parallel()
	w, p, _ := trusting(t)
	anna := func() servertest.Object { return p.signIn(w, verified("sub-1", "anna@acme.example")) }
	back := anna()
	w.Session(finish(w, back))
	finish(w, back).RequireRefused(401, "the log-in is over")

	for name, forge := range map[string]func(mine, other servertest.Object){
		"another browser's": func(mine, other servertest.Object) { mine["key"] = other["key"] },
		"no key":            func(mine, _ servertest.Object) { mine["key"] = "x" },
		"wrong state":       func(mine, _ servertest.Object) { mine["state"] = strings.Repeat("0", 64) },
		"another's state":   func(mine, other servertest.Object) { mine["state"] = other["state"] },
	} {
		t.Run(name, func(t *testing.T) {
			mine, other := anna(), anna()
			was := mine["key"]
			forge(mine, other)
			finish(w, mine).RequireRefused(401, "the log-in is over")
			if mine["key"] != was {
				mine["key"] = was
				finish(w, mine).RequireRefused(401, "the log-in is over")
			}
		})
	}
	mine, other := anna(), anna()
	mine["code"] = other["code"] // PKCE binds a code to its log-in
	finish(w, mine).RequireRefused(401, "does not show who you are")
	finish(w, with(anna(), "iss", "https://evil.example")).RequireRefused(401, "does not show who you are")
	w.Session(finish(w, with(anna(), "iss", p.Issuer())))

	node := servertest.With(t, w.Engine, server.Options{Webhooks: server.WebhookOptions{Private: true}})
	back = anna()
	w.Session(finish(node, back))
	finish(w, back).RequireRefused(401, "the log-in is over")

	back = anna()
	p.let(w, "clientId", "another")
	finish(w, back).RequireRefused(401, "the log-in is over")
	p.let(w)

	back = anna()
	w.Set(`{"login":{"oidc":null}}`)
	finish(w, back).RequireRefused(403, "by a provider")
	w.Rest("POST", "/agents/login/oidc", servertest.App(), "").RequireRefused(403, "by a provider")
}

// Keys that cannot be had are the provider's failure, not the agent's.
func TestProviderWhoseKeysAreAway(t *testing.T) {
	t.Parallel()
	w, p, log := trusting(t)
	back := p.signIn(w, verified("sub-1", "anna@acme.example"))
	p.answers(func(w http.ResponseWriter, r *http.Request, it http.Handler) {
		if strings.Contains(r.URL.Path, "jwks") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		it.ServeHTTP(w, r)
	})
	finish(w, back).RequireRefused(502, "the provider does not answer as it should")
	assert.Contains(t, log.lines(t, "log-in failed")[0]["detail"], "503")
}

// A provider that fails is said so, in bounded time and memory, and other ways still work.
func TestProviderThatFails(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		instead instead
		detail  string
	}{
		{"away", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "503"},
		{"slow", func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }, "exceeded"},
		{"huge", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json")
			for chunk := bytes.Repeat([]byte(" "), 64<<10); r.Context().Err() == nil; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, ""},
		{"moved", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusFound)
		}, "302"},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = w.Write([]byte("<html>")) }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, p, log := trusting(t)
			back := p.signIn(w, verified("sub-1", "anna@acme.example"))
			p.answers(tc.instead)
			began := time.Now()
			a := finish(w, back)
			a.RequireRefused(502, "the provider does not answer as it should")
			assert.Less(t, time.Since(began), 9*time.Second)
			lines := log.lines(t, "log-in failed")
			require.Len(t, lines, 1)
			assert.Contains(t, lines[0]["detail"], tc.detail)

			fresh := servertest.With(t, w.Engine, server.Options{Webhooks: server.WebhookOptions{Private: true}})
			fresh.Rest("POST", "/agents/login/oidc", servertest.App(), "").RequireRefused(502, "log in another way")
			w.Agent("agent1")
		})
	}
}

// A provider that the operator allows no more is not asked any more, though it is stored.
func TestProviderThatIsNotAllowedAnyMore(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	var asked atomic.Int64
	p.answers(func(w http.ResponseWriter, r *http.Request, it http.Handler) {
		asked.Add(1)
		it.ServeHTTP(w, r)
	})
	for issuer, detail := range map[string]string{
		p.Issuer():                  "its issuer is no https address",
		"http://login.acme.example": "its issuer is no https address",
		strings.Replace(p.Issuer(), "http://", "https://", 1): "prohibited",
	} {
		log := &lockedBuffer{}
		e := storetest.Engine(t, t.TempDir())
		w := servertest.With(t, e, server.Options{Webhooks: server.WebhookOptions{Private: true}})
		w.Set(`{"login":{"oidc":{"issuer":"` + issuer + `","clientId":"parley"}}}`)
		w = servertest.With(t, e, server.Options{Logger: slog.New(slog.NewJSONHandler(log, nil))})
		w.Rest("POST", "/agents/login/oidc", servertest.App(), "").RequireRefused(502, "the provider does not answer")
		assert.Contains(t, log.lines(t, "log-in failed")[0]["detail"], detail, issuer)
		w.Rest("PUT", "/settings", servertest.Secret(), `{"login":{"oidc":{"name":"Acme"}}}`).RequireRefused(400, "login.oidc.issuer")
	}
	assert.Zero(t, asked.Load())
}

// With passwords off the provider is the only way in.
func TestOnlyByProvider(t *testing.T) {
	t.Parallel()
	w, p, _ := trusting(t)
	w.Reach(server.AddressOptions{PublicURL: address.PublicURL(w.HTTP.URL)})
	w.Set(`{"login":{"password":false,"passkeys":false}}`)
	w.Rest("PUT", "/settings", servertest.Secret(), `{"login":{"oidc":null}}`).RequireRefused(400, "login.password: cannot be off")
	w.Rest("POST", "/agents/login", servertest.App(), `{"username":"anna","password":"long enough"}`).RequireRefused(403, "by a password")
	w.Session(finish(w, p.signIn(w, verified("sub-1", "anna@acme.example"))))
}

// The browser gets what RFC 9700 asks for, and no secret.
func TestAddressAtProvider(t *testing.T) {
	t.Parallel()
	w, p, _ := trusting(t)
	begun := w.Rest("POST", "/agents/login/oidc", servertest.App(), "")
	query := parametersOf(t, begun.Text("url"))
	assert.Equal(t, "code", query.Get("response_type"))
	assert.Equal(t, "S256", query.Get("code_challenge_method"))
	assert.Len(t, query.Get("code_challenge"), 43)
	assert.Equal(t, "openid email", query.Get("scope"))
	for _, random := range []string{"state", "nonce"} {
		assert.Len(t, query.Get(random), 64)
	}
	assert.NotContains(t, begun.Text("url"), begun.Text("key"))
	assert.NotContains(t, begun.Body, p.ClientSecret)
	h := servertest.App()
	h.Set("X-Forwarded-Host", "evil.example")
	w.Rest("POST", "/agents/login/oidc", h, "").RequireRefused(403, "knows its own name")
	other := parametersOf(t, w.Rest("POST", "/agents/login/oidc", servertest.App(), "").Text("url"))
	for _, fresh := range []string{"state", "nonce", "code_challenge"} {
		assert.NotEqual(t, query.Get(fresh), other.Get(fresh))
	}
}
