package server_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// identityKey adds a key to the demo app, and gives its id and its secret.
func identityKey(t testing.TB, w *servertest.World, alg string) (kid, secret string) {
	t.Helper()
	a := w.Rest("POST", "/apps/demo/identity-keys", servertest.Secret(), `{"alg":"`+alg+`"}`)
	require.Equal(t, 200, a.Status, a.Body)
	return a.Text("key", "kid"), a.Text("secret")
}

// token is one that an app's server makes, with the claims given besides.
func token(t testing.TB, secret, sub string, more jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{"sub": sub, "aud": "demo", "exp": time.Now().Add(time.Minute).Unix()}
	for name, value := range more {
		claims[name] = value
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	require.NoError(t, err)
	return text
}

func keyedHash(secret, id string) string {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(id))
	return hex.EncodeToString(sum.Sum(nil))
}

// proven is the request of a page with a token.
func proven(token string) string { return `{"identity":"` + token + `"}` }

// What a page says of itself without a proof takes nobody's id, and tells nothing.
func TestClaimsOfPages(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	const body = `{"name":"Victim","externalId":"customer-42"}`
	squatter := w.Rest("POST", "/users", servertest.App(), body)
	require.Equal(t, 200, squatter.Status, squatter.Body)
	user := squatter.JSON["user"].(servertest.Object)
	assert.Equal(t, "customer-42", user["claimedExternalId"])
	assert.NotContains(t, user, "externalId")
	assert.NotContains(t, user, "verified")

	find := func() []string {
		return servertest.IDs(w.Rest("GET", "/users?externalId=customer-42", servertest.Secret(), "").JSON["users"])
	}
	assert.Empty(t, find(), "a claim is found by no external id")
	customer := w.Session(w.Rest("POST", "/users", servertest.Secret(), body))
	assert.Equal(t, []string{customer.ID}, find(), "who was first has taken nothing")

	known := w.Rest("POST", "/users", servertest.App(), body)
	unknown := w.Rest("POST", "/users", servertest.App(), `{"name":"Victim","externalId":"customer-43"}`)
	assert.Equal(t, 200, known.Status, "no answer tells whether somebody is a customer")
	assert.Equal(t, unknown.Status, known.Status)
	assert.NotEqual(t, customer.ID, known.Text("user", "id"))

	// Nor do the words of a session.
	w.Rest("PUT", "/users/"+customer.ID, servertest.As(customer), `{"nickname":"System"}`).RequireRefused(403, "known user")
	own := w.Rest("PUT", "/users/"+customer.ID, servertest.As(customer), `{"extraInfo":{"theme":"dark"}}`)
	assert.Equal(t, 200, own.Status, own.Body)
	again := w.Rest("PUT", "/users/"+user["id"].(string), servertest.As(w.Session(squatter)), `{"name":"Vera"}`)
	assert.Equal(t, 200, again.Status, "who is not verified may name themselves anew")
}

// The app's server says whose claim is true; then they are that customer on every device.
func TestClaimThatIsConfirmed(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, secret := identityKey(t, w, "HS256")
	claimed := w.Session(w.Rest("POST", "/users", servertest.App(), `{"name":"Vera","externalId":"customer-42"}`))
	path, body := "/users/"+claimed.ID, `{"externalId":"customer-42"}`
	own := w.Rest("PUT", path, servertest.As(claimed), body)
	assert.Equal(t, "customer-42", own.Text("user", "claimedExternalId"), "a page confirms nothing")
	for range 2 {
		a := w.Rest("PUT", path, servertest.Secret(), body)
		require.Equal(t, 200, a.Status, a.Body)
		assert.Equal(t, "customer-42", a.Text("user", "externalId"))
		assert.NotContains(t, a.JSON["user"], "claimedExternalId")
		assert.NotContains(t, a.JSON["user"], "verified", "it was the page that gave the name")
	}
	phone := w.Session(w.Rest("POST", "/users", servertest.App(), proven(token(t, secret, "customer-42", nil))))
	assert.Equal(t, claimed.ID, phone.ID)
	other := w.Visitor("Other")
	w.Rest("PUT", "/users/"+other.ID, servertest.Secret(), body).RequireRefused(409, "externalId")
	w.Rest("PUT", path, servertest.Secret(), `{"externalId":"customer-43"}`).RequireRefused(400, "externalId")
}

// The same person on two devices is one user, with the name that the app's server gives.
func TestKnownUsersByToken(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, secret := identityKey(t, w, "HS256")
	describe := jwt.MapClaims{"name": "Vera", "email": "vera@example.com", "priority": 7}
	first := w.Rest("POST", "/users", servertest.App(),
		`{"identity":"`+token(t, secret, "customer-42", describe)+`","name":"System","nickname":"Lead","extraInfo":{"page":"/prices"}}`)
	phone := w.Session(first)
	want := servertest.Obj("id", phone.ID, "name", "Vera", "contact", "vera@example.com", "externalId", "customer-42", "verified", true,
		"extraInfo", servertest.Obj("page", "/prices"), "chats", []any{})
	assert.Equal(t, want, first.JSON["user"])

	visitor := w.Open(t, phone)
	made := visitor.Ask("chats:create", servertest.Obj("room", "1", "priority", 1000))
	chatID := servertest.Dig(made, "chat", "id")
	assert.InDelta(t, 7, servertest.Dig(made, "chat", "priority"), 0, "the proof's, not the page's")
	second := w.Rest("POST", "/users", servertest.App(), proven(token(t, secret, "customer-42", describe)))
	laptop := w.Session(second)
	assert.Equal(t, phone.ID, laptop.ID)
	assert.NotEqual(t, phone.Token, laptop.Token)
	assert.Equal(t, []any{chatID}, servertest.Dig(second.JSON, "user", "chats"), "the open chat goes on there")

	renamed := w.Rest("POST", "/users", servertest.As(laptop), proven(token(t, secret, "customer-42", jwt.MapClaims{"name": "Vera B."})))
	assert.Equal(t, "Vera B.", renamed.Text("user", "name"))
	assert.Equal(t, "vera@example.com", renamed.Text("user", "contact"), "what a token leaves out stays")
	assert.NotContains(t, renamed.JSON, "session", "they have one")

	byServer := w.Rest("GET", "/users?externalId=customer-42", servertest.Secret(), "")
	assert.Equal(t, []string{phone.ID}, servertest.IDs(byServer.JSON["users"]))
	w.Rest("POST", "/users", servertest.As(laptop), proven(token(t, secret, "customer-43", nil))).RequireRefused(403, "another user")
}

// An unverified visitor who proves who they are becomes nobody else's: they get the known
// user's own session.
func TestProofInAVisitorsSession(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, secret := identityKey(t, w, "HS256")
	stranger := w.Visitor("Stranger")
	known := w.Session(w.Rest("POST", "/users", servertest.As(stranger), proven(token(t, secret, "customer-42", nil))))
	assert.NotEqual(t, stranger.ID, known.ID)
	w.Rest("GET", "/users/"+known.ID, servertest.As(stranger), "").RequireRefused(403, known.ID)
}

func TestKnownUsersByHash(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	kid, secret := identityKey(t, w, "HMAC-SHA256")
	body := `{"externalId":"customer-42","name":"Vera","userHash":"` + keyedHash(secret, "customer-42") + `","kid":"` + kid + `"}`
	first := w.Rest("POST", "/users", servertest.App(), body)
	one, two := w.Session(first), w.Session(w.Rest("POST", "/users", servertest.App(), body))
	assert.Equal(t, one.ID, two.ID)
	assert.Equal(t, "customer-42", first.Text("user", "externalId"))
	assert.NotContains(t, first.JSON["user"], "verified", "a hash proves the id, not the name")
	w.Rest("POST", "/users", servertest.App(), `{"externalId":"customer-43","userHash":"`+keyedHash(secret, "customer-42")+`"}`).RequireRefused(401, "userHash")

	// A token replaces the name that the page has given.
	_, forTokens := identityKey(t, w, "HS256")
	a := w.Rest("POST", "/users", servertest.App(), proven(token(t, forTokens, "customer-42", nil)))
	assert.Equal(t, []any{one.ID, "Guest", true}, []any{servertest.Dig(a.JSON, "user", "id"), servertest.Dig(a.JSON, "user", "name"), servertest.Dig(a.JSON, "user", "verified")})
	w.Rest("POST", "/users", servertest.App(), `{"externalId":"x","userHash":"`+keyedHash(forTokens, "x")+`"}`).RequireRefused(401, "userHash")
}

// A proof that holds no longer, or was used up, begins no session.
func TestProofsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	old, oldSecret := identityKey(t, w, "HS256")
	_, secret := identityKey(t, w, "HS256")
	once := token(t, secret, "customer-42", jwt.MapClaims{"jti": "7"})
	page := func(token string) servertest.Answer { return w.Rest("POST", "/users", servertest.App(), proven(token)) }

	w.Session(page(once))
	used := page(once)
	used.RequireRefused(401, "has been")
	assert.Equal(t, "identity-expired", used.Text("error", "reason"))
	again := token(t, secret, "customer-42", nil)
	w.Session(page(again))
	w.Session(page(again)) // a page that is loaded again

	expired := page(token(t, secret, "customer-42", jwt.MapClaims{"exp": time.Now().Add(-time.Minute).Unix()}))
	expired.RequireRefused(401, "expired")
	assert.Equal(t, "identity-expired", expired.Text("error", "reason"))
	page(token(t, secret, "customer-42", jwt.MapClaims{"aud": "other"})).RequireRefused(401, "aud")

	rotated := token(t, oldSecret, "customer-42", nil)
	kept := w.Session(page(rotated))
	w.Rest("DELETE", "/apps/demo/identity-keys/"+old, servertest.Secret(), "").RequireDone()
	page(rotated).RequireRefused(401, "not signed")
	assert.Equal(t, 200, w.Rest("GET", "/users/"+kept.ID, servertest.As(kept), "").Status, "the session goes on")
	w.Rest("DELETE", "/apps/demo/identity-keys/"+old, servertest.Secret(), "").RequireRefused(404, old)

	mine, _ := w.NewApp("mine")
	other := http.Header{"X-Hyper-Appid": mine["X-Hyper-Appid"]}
	w.Rest("POST", "/users", other, proven(token(t, secret, "x", jwt.MapClaims{"aud": "mine"}))).RequireRefused(401, "not signed")
}

func TestIdentityKeys(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	kid, secret := identityKey(t, w, "HS256")
	list := w.Rest("GET", "/apps/demo/identity-keys", servertest.Secret(), "")
	assert.Equal(t, kid, servertest.Dig(list.JSON["keys"].([]any)[0], "kid"))
	assert.NotContains(t, list.Body, secret, "a secret is shown once")
	for _, test := range []struct {
		body   string
		status int
		about  string
	}{
		{`{}`, 400, "alg"},
		{`{"alg":"none"}`, 400, "alg"},
		{`{"alg":"ES256"}`, 400, "publicKey"},
		{`{"alg":"HS256","kid":"` + kid + `"}`, 409, "kid"},
		{`{"alg":"HS256","kid":"a.b"}`, 400, "kid"},
	} {
		w.Rest("POST", "/apps/demo/identity-keys", servertest.Secret(), test.body).RequireRefused(test.status, test.about)
	}
	for range 9 {
		identityKey(t, w, "HS256")
	}
	w.Rest("POST", "/apps/demo/identity-keys", servertest.Secret(), `{"alg":"HS256"}`).RequireRefused(400, "at most 10")
	for _, who := range []http.Header{servertest.App(), servertest.As(w.Visitor("V")), servertest.As(w.Agent("lead"))} {
		w.Rest("GET", "/apps/demo/identity-keys", who, "").RequireRefused(403, "secret")
		w.Rest("POST", "/apps/demo/identity-keys", who, `{"alg":"HS256"}`).RequireRefused(403, "secret")
		w.Rest("DELETE", "/apps/demo/identity-keys/"+kid, who, "").RequireRefused(403, "secret")
	}
}
