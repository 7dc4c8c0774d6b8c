package proof

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"

	"parley/core/wire"
)

// Algorithms of keys. Each key has one, and verifies nothing that names another: a token
// that is "signed" with a public key as if it were a secret has none to verify it.
const (
	HS256 = "HS256" // tokens; the server makes the secret
	RS256 = "RS256" // tokens
	ES256 = "ES256" // tokens
	EdDSA = "EdDSA" // tokens
	// Hash is for keyed hashes alone. They would be signatures of tokens if the same key
	// were for both, and the id looked like a token.
	Hash = "HMAC-SHA256"
)

// tokenAlgorithms are those of tokens.
var tokenAlgorithms = []string{HS256, RS256, ES256, EdDSA}

// MaxKeys is how many keys an app may have at a time. Two are enough to rotate.
const MaxKeys = 10

// Bounds of public keys.
const (
	maxPublicKey = 4096 // bytes
	minRSA       = 2048 // bits
	maxRSA       = 4096 // bits; anybody can have the server verify, and longer keys cost more
)

// Key verifies proofs. Exactly one of Secret and PublicKey is set.
type Key struct {
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	// Secret is of HS256 and Hash. It is stored as it is, since a digest verifies nothing.
	Secret    string  `json:"secret,omitempty"`
	PublicKey string  `json:"publicKey,omitempty"` // PEM of a SubjectPublicKeyInfo (RFC 5280)
	Created   float64 `json:"created"`             // unix seconds
}

// Public is the key without its secret.
func (k Key) Public() Key {
	k.Secret = ""
	return k
}

// HasSecret tells whether the key is a secret that the server makes.
func (k Key) HasSecret() bool { return k.Algorithm == HS256 || k.Algorithm == Hash }

// Check refuses an algorithm that is unknown, and a public key that is not for it, or weak.
func (k Key) Check() error {
	switch {
	case k.HasSecret() && k.PublicKey != "":
		return wire.Errorf(wire.BadArgument, "publicKey: a key of %s has none; the server makes its secret", k.Algorithm)
	case k.HasSecret():
		return nil
	case slices.Contains(tokenAlgorithms, k.Algorithm):
		_, err := k.public()
		return err
	}
	return wire.Errorf(wire.BadArgument, "alg: must be one of %s, %s", strings.Join(tokenAlgorithms, ", "), Hash)
}

// verifier is the key as the algorithm's implementation takes it.
func (k Key) verifier() (any, error) {
	if k.Secret != "" {
		return []byte(k.Secret), nil
	}
	return k.public()
}

// public reads the public key, and refuses one that is not for the algorithm, or weak.
func (k Key) public() (any, error) {
	refused := func(why string) error { return wire.Errorf(wire.BadArgument, "publicKey: %s", why) }
	if len(k.PublicKey) > maxPublicKey {
		return nil, wire.Errorf(wire.BadArgument, "publicKey: has %d bytes, at most %d are allowed", len(k.PublicKey), maxPublicKey)
	}
	block, rest := pem.Decode([]byte(k.PublicKey))
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
		return nil, refused("must be one PEM block that begins with -----BEGIN PUBLIC KEY-----")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, refused("cannot be read: " + err.Error())
	}
	switch key := parsed.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); k.Algorithm == RS256 && (bits < minRSA || bits > maxRSA) {
			return nil, wire.Errorf(wire.BadArgument, "publicKey: has %d bits; RS256 takes keys of %d to %d", bits, minRSA, maxRSA)
		}
		if k.Algorithm == RS256 {
			return key, nil
		}
	case *ecdsa.PublicKey:
		if k.Algorithm == ES256 && key.Curve == elliptic.P256() {
			return key, nil
		}
	case ed25519.PublicKey:
		if k.Algorithm == EdDSA {
			return key, nil
		}
	}
	return nil, refused("is not one for " + k.Algorithm)
}
