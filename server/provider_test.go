package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"parley/server/servertest"
	openid "parley/server/servertest/provider"
)

// provider is a provider of OpenID Connect, in the process of the test.
type provider struct {
	*mockoidc.MockOIDC
	instead atomic.Pointer[instead]
}

// instead answers in the provider's place, or hands the request on to it.
type instead func(w http.ResponseWriter, r *http.Request, it http.Handler)

// providerKey is made once, as that takes long.
var providerKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := providerKey()
	require.NoError(t, err)
	m, err := mockoidc.NewServer(key)
	require.NoError(t, err)
	p := &provider{MockOIDC: m}
	require.NoError(t, openid.Start(m, p.answer))
	t.Cleanup(func() { _ = m.Server.Close() })
	return p
}

// answer answers as answers says.
func (p *provider) answer(it http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if other := p.instead.Load(); other != nil {
			(*other)(w, r, it)
			return
		}
		it.ServeHTTP(w, r)
	})
}

func (p *provider) answers(other instead) { p.instead.Store(&other) }

// let has agents of a world log in by the provider; more is added to the setting.
func (p *provider) let(w *servertest.World, more ...any) {
	set := servertest.Obj(append([]any{"issuer", p.Issuer(), "clientId", p.ClientID, "clientSecret", p.ClientSecret}, more...)...)
	w.Set(string(servertest.JSON(servertest.Obj("login", servertest.Obj("oidc", set)))))
}

// person is who comes to the provider next, and what it says of them.
type person struct {
	mockoidc.MockUser
	change func(*mockoidc.IDTokenClaims) // nil leaves them as they are
}

func (p *person) Claims(scope []string, claims *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	if p.change != nil {
		p.change(claims)
	}
	return p.MockUser.Claims(scope, claims)
}

func verified(subject, email string) *person {
	return &person{MockUser: mockoidc.MockUser{Subject: subject, Email: email, EmailVerified: true}}
}

// signIn begins a log-in, and has the provider let the person in. It gives what the console
// then hands to the server.
func (p *provider) signIn(w *servertest.World, who mockoidc.User) servertest.Object {
	w.T.Helper()
	back, _ := p.begin(w, who)
	return back
}

// begin is signIn, and gives the nonce of the log-in too.
func (p *provider) begin(w *servertest.World, who mockoidc.User) (back servertest.Object, nonce string) {
	w.T.Helper()
	begun := w.Rest("POST", "/agents/login/oidc", servertest.App(), "")
	require.Equal(w.T, 200, begun.Status, begun.Body)
	p.QueueUser(who)
	came := comesBack(w, begun.Text("url"))
	return servertest.Obj("state", came.Get("state"), "code", came.Get("code"), "key", begun.Text("key")), parametersOf(w.T, begun.Text("url")).Get("nonce")
}

// comesBack goes to the provider as a browser does, and gives what it comes back with.
func comesBack(w *servertest.World, at string) url.Values {
	w.T.Helper()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(w.T.Context(), http.MethodGet, at, nil)
	require.NoError(w.T, err)
	answer, err := browser.Do(r)
	require.NoError(w.T, err)
	require.NoError(w.T, answer.Body.Close())
	require.Equal(w.T, http.StatusFound, answer.StatusCode)
	to, err := answer.Location()
	require.NoError(w.T, err)
	require.Equal(w.T, w.HTTP.URL+"/console/", to.Scheme+"://"+to.Host+to.Path)
	return to.Query()
}

// finish hands over what the browser has come back with.
func finish(w *servertest.World, back servertest.Object) servertest.Answer {
	w.T.Helper()
	return w.Rest("POST", "/agents/login/oidc/finish", servertest.App(), string(servertest.JSON(back)))
}

// parametersOf gives the parameters of an address at the provider.
func parametersOf(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.Query()
}
