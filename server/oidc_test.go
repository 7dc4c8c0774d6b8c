package server_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
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

// Agents may be linked by the app's secret, and then only so.
func TestLinkedAgents(t *testing.T) {
	t.Parallel()
	w, p, _ := trusting(t)
	p.let(w, "firstLogin", "none")
	finish(w, p.signIn(w, verified("sub-1", "anna@acme.example"))).RequireRefused(403, "ask a supervisor")
	anna, lead := w.Agent("agent1"), w.Agent("lead")
	put := func(who servertest.Login, body string) servertest.Answer {
		return w.Rest("PUT", "/agents/"+who.ID, servertest.Secret(), body)
	}
	require.Equal(t, 200, put(anna, `{"oidcSubject":"sub-1"}`).Status)
	put(lead, `{"oidcSubject":"sub-1"}`).RequireRefused(409, "oidcSubject: another agent has it")
	put(lead, `{"email":"ANNA@acme.example"}`).RequireRefused(409, "email: another agent has it")
	put(lead, `{"email":"nobody"}`).RequireRefused(400, `email: "nobody" is none`)
	w.Rest("GET", "/account", servertest.As(anna), "").RequireRefused(401, "session is over")
	assert.Equal(t, anna.ID, w.Session(finish(w, p.signIn(w, verified("sub-1", "")))).ID)
	require.Equal(t, 200, put(anna, `{"oidcSubject":""}`).Status)
	finish(w, p.signIn(w, verified("sub-1", ""))).RequireRefused(403, "ask a supervisor")
	require.Equal(t, 200, put(lead, `{"oidcSubject":"sub-1"}`).Status)
	require.Equal(t, 200, put(lead, `{"disabled":true}`).Status)
	finish(w, p.signIn(w, verified("sub-1", ""))).RequireRefused(403, "disabled")
}

// Who was linked by the email is found by it no more when the secret has unlinked them, until
// it sets an email again. The secret sees who is linked, and so does the log.
func TestUnlinkedAgents(t *testing.T) {
	t.Parallel()
	w, p, log := trusting(t)
	anna := w.Session(finish(w, p.signIn(w, verified("sub-1", "anna@acme.example"))))
	line := log.lines(t, "agent linked")
	require.Len(t, line, 1)
	assert.Equal(t, []any{"anna", "sub-1"}, []any{line[0]["username"], line[0]["subject"]})
	known := func() []any {
		a := w.Rest("GET", "/agents/"+anna.ID, servertest.Secret(), "")
		return []any{servertest.Dig(a.JSON, "agent", "email"), servertest.Dig(a.JSON, "agent", "oidcSubject")}
	}
	assert.Equal(t, []any{"anna@acme.example", "sub-1"}, known())
	assert.NotContains(t, w.Rest("GET", "/agents/"+anna.ID, servertest.As(w.Agent("lead")), "").Body, "sub-1")
	put := func(body string) {
		a := w.Rest("PUT", "/agents/"+anna.ID, servertest.Secret(), body)
		require.Equal(t, 200, a.Status, a.Body)
	}
	put(`{"oidcSubject":""}`)
	assert.Equal(t, []any{"anna@acme.example", ""}, known())
	for _, subject := range []string{"sub-1", "sub-2"} {
		finish(w, p.signIn(w, verified(subject, "anna@acme.example"))).RequireRefused(403, "ask a supervisor")
	}
	put(`{"email":"anna@acme.example"}`)
	assert.Equal(t, anna.ID, w.Session(finish(w, p.signIn(w, verified("sub-2", "anna@acme.example")))).ID)
	assert.Len(t, log.lines(t, "agent linked"), 2)
}

// No two agents have one email, also where it is the user name.
func TestEmailsOfAgentsAreUnique(t *testing.T) {
	t.Parallel()
	w, _, _ := trusting(t)
	create := func(body string) servertest.Answer {
		return w.Rest("POST", "/agents", servertest.Secret(), body)
	}
	create(`{"username":"Anna@acme.example","password":"long enough"}`).RequireRefused(409, "username: another agent has it")
	made := create(`{"username":"kim@acme.example","password":"long enough","email":"other@acme.example"}`)
	require.Equal(t, 200, made.Status, made.Body)
	require.Equal(t, 200, create(`{"username":"kim","password":"long enough","email":"KIM@acme.example"}`).Status)
	w.Rest("PUT", "/agents/"+made.Text("user", "id"), servertest.Secret(), `{"email":""}`).RequireRefused(409, "username: another agent has it")
}

// What does not hold lets nobody in: neither what the provider says, nor who hands it over.
func TestAnswersThatShowNobody(t *testing.T) {
	t.Parallel()
	w, p, log := trusting(t)
	past := jwt.NewNumericDate(time.Now().Add(-time.Minute))
	for _, tc := range []struct {
		name   string
		change func(*mockoidc.IDTokenClaims)
		detail string
	}{
		{"wrong nonce", func(c *mockoidc.IDTokenClaims) { c.Nonce = "of another log-in" }, "nonce"},
		{"no nonce", func(c *mockoidc.IDTokenClaims) { c.Nonce = "" }, "nonce"},
		{"expired", func(c *mockoidc.IDTokenClaims) { c.ExpiresAt = past }, "expired"},
		{"not yet", func(c *mockoidc.IDTokenClaims) { c.NotBefore = jwt.NewNumericDate(time.Now().Add(time.Hour)) }, "nbf"},
		{"wrong audience", func(c *mockoidc.IDTokenClaims) { c.Audience = jwt.ClaimStrings{"another-client"} }, "audience"},
		{"wrong issuer", func(c *mockoidc.IDTokenClaims) { c.Issuer = "https://evil.example" }, "issued by a different provider"},
		{"nobody", func(c *mockoidc.IDTokenClaims) { c.Subject = "" }, "names nobody"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			who := verified("sub-1", "anna@acme.example")
			who.change = tc.change
			a := finish(w, p.signIn(w, who))
			a.T = t
			a.RequireRefused(401, "does not show who you are")
			lines := log.lines(t, "log-in failed")
			assert.Contains(t, lines[len(lines)-1]["detail"], tc.detail)
		})
	}
}

// finishWith has the provider answer with an ID token of the test's own, of somebody who is
// an agent, and finishes the log-in with it.
func (p *provider) finishWith(w *servertest.World, token func(jwt.MapClaims) (string, error)) servertest.Answer {
	w.T.Helper()
	back, nonce := p.begin(w, verified("sub-1", "anna@acme.example"))
	id, err := token(jwt.MapClaims{
		"iss": p.Issuer(), "aud": p.ClientID, "sub": "sub-1", "email": "anna@acme.example", "email_verified": true, "nonce": nonce,
		"exp": time.Now().Add(time.Hour).Unix(),
	})
	require.NoError(w.T, err)
	p.answers(func(w http.ResponseWriter, r *http.Request, it http.Handler) {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			it.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(servertest.JSON(servertest.Obj("access_token", "x", "token_type", "bearer", "id_token", id)))
	})
	defer p.instead.Store(nil)
	return finish(w, back)
}

// What is right but for its signature, or is for another client of the provider, lets nobody
// in.
func TestTokensOfOthers(t *testing.T) {
	t.Parallel()
	w, p, log := trusting(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	kid, err := p.Keypair.KeyID()
	require.NoError(t, err)
	signed := func(method jwt.SigningMethod, key any) func(jwt.MapClaims) (string, error) {
		return func(c jwt.MapClaims) (string, error) {
			token := jwt.NewWithClaims(method, c)
			token.Header["kid"] = kid
			return token.SignedString(key)
		}
	}
	by := func(party string) func(jwt.MapClaims) (string, error) {
		return func(c jwt.MapClaims) (string, error) {
			c["azp"] = party
			return p.Keypair.SignJWT(c)
		}
	}
	for _, tc := range []struct {
		name   string
		token  func(jwt.MapClaims) (string, error)
		detail string
	}{
		{"not at all", signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), "unexpected signature algorithm"},
		{"by the client's secret", signed(jwt.SigningMethodHS256, []byte(p.ClientSecret)), "unexpected signature algorithm"},
		{"by another key of that name", signed(jwt.SigningMethodRS256, other), "signature"},
		{"no token", func(jwt.MapClaims) (string, error) { return "no token", nil }, "malformed"},
		{"issued to another client", by("another"), "issued to"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := p.finishWith(w, tc.token)
			a.T = t
			a.RequireRefused(401, "does not show who you are")
			lines := log.lines(t, "log-in failed")
			assert.Contains(t, lines[len(lines)-1]["detail"], tc.detail)
		})
	}
	w.Session(p.finishWith(w, func(c jwt.MapClaims) (string, error) { return p.Keypair.SignJWT(c) }))
	w.Session(p.finishWith(w, by(p.ClientID)))
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

// A provider at a private address is reached by nobody's wish but the operator's.
func TestPrivateProvider(t *testing.T) {
	t.Parallel()
	log, p := &lockedBuffer{}, newProvider(t)
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Logger: slog.New(slog.NewJSONHandler(log, nil))})
	w.Set(`{"login":{"oidc":{"issuer":"` + strings.Replace(p.Issuer(), "http://", "https://", 1) + `","clientId":"parley"}}}`)
	w.Rest("POST", "/agents/login/oidc", servertest.App(), "").RequireRefused(502, "the provider does not answer")
	assert.Contains(t, log.lines(t, "log-in failed")[0]["detail"], "prohibited")
}

// With passwords off the provider is the only way in.
func TestOnlyByProvider(t *testing.T) {
	t.Parallel()
	w, p, _ := trusting(t)
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
