package proof

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

func TestKeysThatAreRefused(t *testing.T) {
	of := pairs(t)
	text := func(kind string, key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		require.NoError(t, err)
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	rs := of[RS256].key.PublicKey
	for _, test := range []struct {
		name  string
		key   Key
		about string
	}{
		{"no algorithm", Key{}, "alg"},
		{"none", Key{Algorithm: "none"}, "alg"},
		{"an algorithm of another family", Key{Algorithm: "PS256", PublicKey: rs}, "alg"},
		{"a public key of a secret", Key{Algorithm: HS256, PublicKey: rs}, "publicKey"},
		{"a public key of a hash", Key{Algorithm: Hash, PublicKey: rs}, "publicKey"},
		{"no public key", Key{Algorithm: RS256}, "publicKey"},
		{"a short RSA key", Key{Algorithm: RS256, PublicKey: text("PUBLIC KEY", &short.PublicKey)}, "1024 bits"},
		{"another curve", Key{Algorithm: ES256, PublicKey: text("PUBLIC KEY", &p384.PublicKey)}, "ES256"},
		{"a key of another algorithm", Key{Algorithm: EdDSA, PublicKey: rs}, "EdDSA"},
		{"a private key's name", Key{Algorithm: RS256, PublicKey: strings.ReplaceAll(rs, "PUBLIC", "PRIVATE")}, "PEM"},
		{"two keys", Key{Algorithm: RS256, PublicKey: rs + rs}, "one PEM block"},
		{"broken DER", Key{Algorithm: RS256, PublicKey: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}, "cannot be read"},
		{"far too long", Key{Algorithm: RS256, PublicKey: strings.Repeat(rs, 20)}, "at most"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var refusal *wire.Error
			require.ErrorAs(t, test.key.Check(), &refusal)
			assert.Equal(t, wire.CodeBadRequest, refusal.Code)
			assert.Contains(t, refusal.Message, test.about)
		})
	}
}

func TestHashes(t *testing.T) {
	key, other := Key{ID: "a", Algorithm: Hash, Secret: "s-1"}, Key{ID: "b", Algorithm: Hash, Secret: "s-2"}
	forTokens := Key{ID: "c", Algorithm: HS256, Secret: "s-3"}
	keys := []Key{key, other, forTokens}
	hash := func(secret, id string) string {
		sum := hmac.New(sha256.New, []byte(secret))
		sum.Write([]byte(id))
		return hex.EncodeToString(sum.Sum(nil))
	}
	for _, kid := range []string{"", "a"} {
		said, err := Of("customer-42", hash("s-1", "customer-42"), kid, keys)
		require.NoError(t, err)
		assert.Equal(t, Claims{ExternalID: "customer-42"}, said)
	}
	_, err := Of("customer-42", strings.ToUpper(hash("s-2", "customer-42")), "", keys)
	require.NoError(t, err)
	for _, test := range []struct{ name, id, hash, kid, about string }{
		{"of another id", "customer-43", hash("s-1", "customer-42"), "", "not that of"},
		{"by a stranger", "customer-42", hash("guessed", "customer-42"), "", "not that of"},
		{"by a retired key", "customer-42", hash("s-1", "customer-42"), "retired", "not that of"},
		{"by another key than it says", "customer-42", hash("s-1", "customer-42"), "b", "not that of"},
		{"by a key for tokens", "customer-42", hash("s-3", "customer-42"), "", "not that of"},
		{"of nobody", "", hash("s-1", ""), "", "sub is missing"},
		{"cut", "customer-42", hash("s-1", "customer-42")[:62], "", "64 hexadecimal"},
		{"no hash", "customer-42", "", "", "64 hexadecimal"},
		{"no hexadecimal", "customer-42", strings.Repeat("z", 64), "", "64 hexadecimal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Of(test.id, test.hash, test.kid, keys)
			assert.ErrorContains(t, err, test.about)
		})
	}
}
