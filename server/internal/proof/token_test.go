package proof

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

var now = time.Unix(1_800_000_000, 0)

// claims are those of a token that holds, with the changes given; nil removes one.
func claims(changes jwt.MapClaims) jwt.MapClaims {
	all := jwt.MapClaims{"sub": "customer-42", "aud": "demo", "exp": now.Add(time.Minute).Unix(), "name": "Vera"}
	for name, value := range changes {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	return all
}

// sign makes a token; header names and values alternate.
func sign(t testing.TB, alg, kid string, key any, c jwt.Claims, header ...any) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(alg), c)
	if kid != "" {
		token.Header["kid"] = kid
	}
	for i := 0; i < len(header); i += 2 {
		token.Header[header[i].(string)] = header[i+1]
	}
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

// pair is a private key, and the key of the app that verifies it.
type pair struct {
	private any
	key     Key
}

func pairs(t testing.TB) map[string]pair {
	t.Helper()
	public := func(alg string, key any) Key {
		der, err := x509.MarshalPKIXPublicKey(key)
		require.NoError(t, err)
		return Key{ID: "k-" + alg, Algorithm: alg, PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
	}
	r, err := rsa.GenerateKey(rand.Reader, minRSA)
	require.NoError(t, err)
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	edPublic, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return map[string]pair{
		HS256: {[]byte("a secret"), Key{ID: "k-" + HS256, Algorithm: HS256, Secret: "a secret"}},
		RS256: {r, public(RS256, &r.PublicKey)},
		ES256: {e, public(ES256, &e.PublicKey)},
		EdDSA: {ed, public(EdDSA, edPublic)},
	}
}

func TestTokensThatHold(t *testing.T) {
	of := pairs(t)
	var keys []Key
	for _, p := range of {
		require.NoError(t, p.key.Check())
		keys = append(keys, p.key)
	}
	for alg, p := range of {
		for _, kid := range []string{p.key.ID, ""} {
			said, err := Token(sign(t, alg, kid, p.private, claims(nil)), "demo", keys, now)
			require.NoError(t, err, "%s, kid %q", alg, kid)
			assert.Equal(t, "customer-42", said.ExternalID)
			assert.Equal(t, "Vera", *said.Name)
			assert.Nil(t, said.Contact)
			assert.True(t, said.Profile)
		}
	}
	hs := of[HS256]
	said, err := Token(sign(t, HS256, "", hs.private, claims(jwt.MapClaims{
		"aud": []string{"other", "demo"}, "email": "vera@example.com", "priority": 5, "jti": "once", "iss": "anybody", "extra": []int{1},
	})), "demo", keys, now)
	require.NoError(t, err)
	assert.Equal(t, "vera@example.com", *said.Contact)
	assert.Equal(t, Claims{ExternalID: "customer-42", Name: said.Name, Contact: said.Contact, Priority: 5, TokenID: "once", Profile: true}, said)

	rotated := Key{ID: "k-new", Algorithm: HS256, Secret: "another secret"}
	_, err = Token(sign(t, HS256, "", hs.private, claims(nil)), "demo", []Key{rotated, hs.key}, now)
	assert.NoError(t, err, "of two keys without a kid, either verifies")
	for _, at := range []time.Duration{-Leeway, Leeway - time.Second} {
		moved := claims(jwt.MapClaims{"nbf": now.Add(-at).Unix(), "iat": now.Add(-at).Unix(), "exp": now.Add(-at + time.Second).Unix()})
		_, err = Token(sign(t, HS256, "", hs.private, moved), "demo", keys, now)
		assert.NoError(t, err, "clocks that differ by %s", at)
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	of := pairs(t)
	var keys []Key
	for _, p := range of {
		keys = append(keys, p.key)
	}
	hs, rs, es, ed := of[HS256], of[RS256], of[ES256], of[EdDSA]
	hash := Key{ID: "k-hash", Algorithm: Hash, Secret: "only for hashes"}
	keys = append(keys, hash)
	hs256 := func(changes jwt.MapClaims, header ...any) string {
		return sign(t, HS256, hs.key.ID, hs.private, claims(changes), header...)
	}
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	good := hs256(nil)
	parts := strings.Split(good, ".")
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	expired := wire.IdentityExpired.Name()
	for _, test := range []struct{ name, token, reason, about string }{
		{"expired", hs256(jwt.MapClaims{"exp": at(-time.Minute)}), expired, "has expired"},
		{"expired by the leeway", hs256(jwt.MapClaims{"exp": at(-Leeway)}), expired, "has expired"},
		{"without an end", hs256(jwt.MapClaims{"exp": nil}), "", "lacks exp"},
		{"an end that is far", hs256(jwt.MapClaims{"exp": at(MaxLife + time.Hour)}), "", "exp is more than"},
		{"an end past all time", hs256(jwt.MapClaims{"exp": 1e300}), "", ""},
		{"an end before all time", hs256(jwt.MapClaims{"exp": -1e300}), "", ""},
		{"an end that is text", hs256(jwt.MapClaims{"exp": "soon"}), "", "is no token"},
		{"not yet valid", hs256(jwt.MapClaims{"nbf": at(time.Minute)}), "", "of the future"},
		{"issued in the future", hs256(jwt.MapClaims{"iat": at(time.Minute)}), "", "of the future"},
		{"for another app", hs256(jwt.MapClaims{"aud": "other"}), "", `aud must be "demo"`},
		{"for another app, and expired", hs256(jwt.MapClaims{"aud": "other", "exp": at(-time.Hour)}), "", `aud must be "demo"`},
		{"for no app", hs256(jwt.MapClaims{"aud": nil}), "", "lacks exp or aud"},
		{"for an app in other case", hs256(jwt.MapClaims{"aud": "Demo"}), "", "aud must be"},
		{"of nobody", hs256(jwt.MapClaims{"sub": nil}), "", "sub is missing"},
		{"of an empty id", hs256(jwt.MapClaims{"sub": ""}), "", "sub is missing"},
		{"of a long id", hs256(jwt.MapClaims{"sub": strings.Repeat("x", 257)}), "", "257 characters"},
		{"of a number", hs256(jwt.MapClaims{"sub": 42}), "", "is no token"},
		{"a priority beyond the bounds", hs256(jwt.MapClaims{"priority": 2e6}), "", "priority must be"},

		{"unsigned", sign(t, "none", "", jwt.UnsafeAllowNoneSignatureType, claims(nil)), "", "not signed"},
		{"unsigned, with the id of a key", sign(t, "none", hs.key.ID, jwt.UnsafeAllowNoneSignatureType, claims(nil)), "", "not signed"},
		{"unsigned, in capitals", b64(`{"alg":"NONE"}`) + "." + parts[1] + ".", "", "not signed"},
		{"no signature", parts[0] + "." + parts[1] + ".", "", "not signed"},
		{"another's signature", parts[0] + "." + parts[1] + "." + strings.Split(hs256(jwt.MapClaims{"sub": "x"}), ".")[2], "", "not signed"},
		{"another's claims", parts[0] + "." + b64(`{"sub":"victim","aud":"demo","exp":1800000060}`) + "." + parts[2], "", "not signed"},
		{"signed by a stranger", sign(t, HS256, hs.key.ID, []byte("guessed"), claims(nil)), "", "not signed"},
		{"signed with an empty secret", sign(t, HS256, "", []byte{}, claims(nil)), "", "not signed"},
		{"a retired key", sign(t, HS256, "k-retired", hs.private, claims(nil)), "", "not signed"},
		{"a key's id that is no text", hs256(nil, "kid", 7), "", "not signed"},
		{"a key's id that is a list", hs256(nil, "kid", []string{hs.key.ID}), "", "not signed"},
		{"the secret of hashes", sign(t, HS256, hash.ID, []byte(hash.Secret), claims(nil)), "", "not signed"},

		{"a public RSA key as a secret", sign(t, HS256, rs.key.ID, []byte(rs.key.PublicKey), claims(nil)), "", "not signed"},
		{"the same without its id", sign(t, HS256, "", []byte(rs.key.PublicKey), claims(nil)), "", "not signed"},
		{"a public EC key as a secret", sign(t, HS256, es.key.ID, []byte(es.key.PublicKey), claims(nil)), "", "not signed"},
		{"a public Ed25519 key as a secret", sign(t, HS256, ed.key.ID, []byte(ed.key.PublicKey), claims(nil)), "", "not signed"},
		{"another algorithm of the same key", sign(t, "PS256", rs.key.ID, rs.private, claims(nil)), "", "not signed"},
		{"a longer hash of the same secret", sign(t, "HS512", hs.key.ID, hs.private, claims(nil)), "", "not signed"},
		{"the id of a key of another algorithm", sign(t, RS256, es.key.ID, rs.private, claims(nil)), "", "not signed"},
		{"an algorithm that is no text", b64(`{"alg":1}`) + "." + parts[1] + "." + parts[2], "", "not signed"},
		{"a key in the token itself", hs256(nil, "crit", []string{"jwk"}, "jwk", map[string]string{"kty": "oct", "k": "eA"}), "", "not signed"},

		{"nothing", "", "", "is no token"},
		{"a word", "token", "", "is no token"},
		{"two parts", parts[0] + "." + parts[1], "", "is no token"},
		{"four parts", good + ".x", "", "is no token"},
		{"padding", parts[0] + "=." + parts[1] + "." + parts[2], "", "is no token"},
		{"a signature with other last bits", good[:len(good)-1] + "_", "", ""},
		{"claims that are null", b64(`{"alg":"HS256"}`) + "." + b64("null") + ".", "", "not signed"},
		{"a header that is null", b64("null") + "." + parts[1] + "." + parts[2], "", "not signed"},
		{"far too long", good + strings.Repeat("x", maxToken), "", "characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			said, err := Token(test.token, "demo", keys, now)
			var refusal *wire.Error
			require.ErrorAs(t, err, &refusal)
			assert.Zero(t, said)
			assert.Equal(t, wire.CodeUnauthorized, refusal.Code)
			assert.Contains(t, refusal.Message, test.about)
			if test.about != "" {
				want := test.reason
				if want == "" {
					want = wire.BadIdentity.Name()
				}
				assert.Equal(t, want, refusal.Reason, refusal.Message)
			}
		})
	}
	_, err := Token(good, "demo", nil, now)
	assert.ErrorContains(t, err, "not signed", "an app without keys")
}

// Whatever the token is, it is refused, or signed by a key and in its time: never a panic.
func FuzzToken(f *testing.F) {
	of := pairs(f)
	var keys []Key
	for alg, p := range of {
		keys = append(keys, p.key)
		f.Add(sign(f, alg, p.key.ID, p.private, claims(nil)))
		f.Add(sign(f, alg, "", p.private, claims(jwt.MapClaims{"exp": 1e300, "aud": []string{"demo"}, "priority": -1e308})))
	}
	f.Add(sign(f, "none", "", jwt.UnsafeAllowNoneSignatureType, claims(nil)))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		said, err := Token(token, "demo", keys, now)
		if err == nil {
			parts := strings.Split(token, ".")
			require.Len(t, parts, 3)
			require.NotEmpty(t, parts[2], "unsigned")
			require.Equal(t, "customer-42", said.ExternalID, "nobody else was signed for")
			return
		}
		var refusal *wire.Error
		require.ErrorAs(t, err, &refusal)
		require.Zero(t, said)
	})
}
