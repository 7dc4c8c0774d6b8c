package servertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/stretchr/testify/require"
)

// Authenticator is a phone or a security key with one passkey, and the browser in front of
// it. Its fields say what it does wrong.
type Authenticator struct {
	T          testing.TB
	Origin     string // of the page, as the browser sees it
	Host       string // for which it signs; "" is the one that it is asked for
	Unverified bool   // it has not asked who uses it
	Count      uint32 // of its uses; it goes up by one with each, unless it is 0
	Syncs      bool   // its passkeys may be on several devices
	Handle     string // as whose its passkey is shown; "" is its own

	key    *ecdsa.PrivateKey
	id     []byte
	holder string
}

// NewAuthenticator gives one that does all right for pages of an origin.
func NewAuthenticator(t testing.TB, origin string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &Authenticator{T: t, Origin: origin, key: key, id: make([]byte, 32), Count: 1}
	_, _ = rand.Read(a.id) // never fails
	return a
}

// Make makes the passkey that these options ask for, and gives what the browser sends.
func (a *Authenticator) Make(options Object) Object {
	a.T.Helper()
	handle, err := base64.RawURLEncoding.DecodeString(Dig(options, "user", "id").(string))
	require.NoError(a.T, err)
	a.holder = string(handle)
	x, y := a.key.X.FillBytes(make([]byte, 32)), a.key.Y.FillBytes(make([]byte, 32))
	public, err := webauthncbor.Marshal(webauthncose.EC2PublicKeyData{
		PublicKeyData: webauthncose.PublicKeyData{KeyType: int64(webauthncose.EllipticKey), Algorithm: int64(webauthncose.AlgES256)},
		Curve:         int64(webauthncose.P256), XCoord: x, YCoord: y,
	})
	require.NoError(a.T, err)
	data := a.data(Dig(options, "rp", "id").(string), protocol.FlagAttestedCredentialData)
	data = append(data, make([]byte, 16)...) // no make
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), public...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	require.NoError(a.T, err)
	client := a.client("webauthn.create", options)
	return a.credential(Obj("clientDataJSON", encoded(client), "attestationObject", encoded(object), "transports", []string{"internal"}))
}

// Use uses the passkey as these options ask, and gives what the browser sends.
func (a *Authenticator) Use(options Object) Object {
	a.T.Helper()
	if a.Count != 0 {
		a.Count++
	}
	data, client := a.data(options["rpId"].(string), 0), a.client("webauthn.get", options)
	ofClient := sha256.Sum256(client)
	signed := sha256.Sum256(append(data[:len(data):len(data)], ofClient[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	require.NoError(a.T, err)
	handle := a.holder
	if a.Handle != "" {
		handle = a.Handle
	}
	return a.credential(Obj("clientDataJSON", encoded(client), "authenticatorData", encoded(data), "signature", encoded(signature),
		"userHandle", encoded([]byte(handle))))
}

// data is what the authenticator says of itself, which it signs.
func (a *Authenticator) data(host string, flags protocol.AuthenticatorFlags) []byte {
	if a.Host != "" {
		host = a.Host
	}
	flags |= protocol.FlagUserPresent
	if !a.Unverified {
		flags |= protocol.FlagUserVerified
	}
	if a.Syncs {
		flags |= protocol.FlagBackupEligible | protocol.FlagBackupState
	}
	of := sha256.Sum256([]byte(host))
	return binary.BigEndian.AppendUint32(append(of[:], byte(flags)), a.Count)
}

// client is what the browser says, of which the authenticator signs the digest.
func (a *Authenticator) client(kind string, options Object) []byte {
	return JSON(Obj("type", kind, "challenge", options["challenge"], "origin", a.Origin, "crossOrigin", false))
}

func (a *Authenticator) credential(response Object) Object {
	return Obj("id", encoded(a.id), "rawId", encoded(a.id), "type", "public-key", "clientExtensionResults", Obj(), "response", response)
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
