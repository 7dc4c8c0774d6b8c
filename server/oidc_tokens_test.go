package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/servertest"
)

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
