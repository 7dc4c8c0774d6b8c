package store_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// natsWith runs a NATS server with JetStream until the test ends, and gives its address.
func natsWith(t *testing.T, change func(*natsserver.Options)) string {
	t.Helper()
	o := &natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir()}
	change(o)
	s, err := natsserver.NewServer(o)
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(storetest.WaitFor))
	return s.ClientURL()
}

func fileWith(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// certificate gives a certificate for 127.0.0.1 that signs itself, and files with it and its key.
func certificate(t *testing.T) (pair tls.Certificate, cert, key string) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	s.Close()
	pair = s.TLS.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	return pair, fileWith(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})),
		fileWith(t, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// nkey gives a user's public key and its seed.
func nkey(t *testing.T, begin func() (nkeys.KeyPair, error)) (pair nkeys.KeyPair, public string, seed []byte) {
	t.Helper()
	pair, err := begin()
	require.NoError(t, err)
	public, err = pair.PublicKey()
	require.NoError(t, err)
	seed, err = pair.Seed()
	require.NoError(t, err)
	return pair, public, seed
}

func TestLoginToNATS(t *testing.T) {
	t.Parallel()
	withPassword := natsWith(t, func(o *natsserver.Options) { o.Username, o.Password = "parley", "terces" })
	_, public, seed := nkey(t, nkeys.CreateUser)
	_, _, otherSeed := nkey(t, nkeys.CreateUser)
	_, _, accountSeed := nkey(t, nkeys.CreateAccount)
	withNKey := natsWith(t, func(o *natsserver.Options) { o.Nkeys = []*natsserver.NkeyUser{{Nkey: public}} })
	pair, cert, key := certificate(t)
	withTLS := natsWith(t, func(o *natsserver.Options) {
		o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert}
		o.TLS, o.TLSVerify = true, true
	})
	noKey := fileWith(t, []byte("nothing"))

	for _, tc := range []struct {
		name, url string
		login     store.Login
		says      string // "" if it is let in
	}{
		{"password", withPassword, store.Login{User: "parley", Password: "terces"}, ""},
		{"wrong password", withPassword, store.Login{User: "parley", Password: "wrong"}, "refuses the log-in: nats: Authorization Violation; check the user and the password"},
		{"no password", withPassword, store.Login{}, "refuses the log-in"},
		{"nkey", withNKey, store.Login{NKey: fileWith(t, seed)}, ""},
		{"another nkey", withNKey, store.Login{NKey: fileWith(t, otherSeed)}, "refuses the log-in"},
		{"nkey of an account", withNKey, store.Login{NKey: fileWith(t, accountSeed)}, "which begins with SU"},
		{"no nkey", withNKey, store.Login{NKey: noKey}, noKey},
		{"no file", withNKey, store.Login{NKey: "/missing"}, "/missing"},
		{"certificates", withTLS, store.Login{CA: cert, Cert: cert, Key: key}, ""},
		{"unknown CA", withTLS, store.Login{Cert: cert, Key: key}, "nobody known has signed"},
		{"no client certificate", withTLS, store.Login{CA: cert}, "if it asks for a client certificate, name one"},
		{"no CA in the file", withTLS, store.Login{CA: noKey}, "CA in " + noKey},
		{"the key for the certificate", withTLS, store.Login{CA: cert, Cert: key, Key: key}, "cannot use the NATS client certificate in " + key},
		{"no credentials there", withNKey, store.Login{Credentials: "/missing"}, "cannot read the NATS credentials: open /missing"},
	} {
		e, err := store.Start(t.Context(), store.Options{URL: tc.url, Login: tc.login})
		if tc.says == "" {
			require.NoError(t, err, tc.name)
			storetest.Close(t, e)
			continue
		}
		require.ErrorContains(t, err, tc.says, tc.name)
		for _, secret := range []string{"terces", "wrong", string(seed), string(otherSeed), string(accountSeed)} {
			assert.NotContains(t, err.Error(), secret, tc.name)
		}
	}
}

func TestLoginByCredentials(t *testing.T) {
	t.Parallel()
	operator, trusted, _ := nkey(t, nkeys.CreateOperator)
	account, accountID, _ := nkey(t, nkeys.CreateAccount)
	_, userID, seed := nkey(t, nkeys.CreateUser)
	claims := jwt.NewAccountClaims(accountID)
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1}
	accountJWT, err := claims.Encode(operator)
	require.NoError(t, err)
	userJWT, err := jwt.NewUserClaims(userID).Encode(account)
	require.NoError(t, err)
	credentials, err := jwt.FormatUserConfig(userJWT, seed)
	require.NoError(t, err)
	resolver := &natsserver.MemAccResolver{}
	require.NoError(t, resolver.Store(accountID, accountJWT))
	_, systemID, _ := nkey(t, nkeys.CreateAccount)
	systemJWT, err := jwt.NewAccountClaims(systemID).Encode(operator)
	require.NoError(t, err)
	require.NoError(t, resolver.Store(systemID, systemJWT))
	url := natsWith(t, func(o *natsserver.Options) {
		o.TrustedKeys, o.AccountResolver, o.SystemAccount = []string{trusted}, resolver, systemID
	})
	e, err := store.Start(t.Context(), store.Options{URL: url, Login: store.Login{Credentials: fileWith(t, credentials)}})
	require.NoError(t, err)
	storetest.Close(t, e)
	_, err = store.Start(t.Context(), store.Options{URL: url, Login: store.Login{Credentials: fileWith(t, []byte("nothing"))}})
	require.ErrorContains(t, err, "cannot connect to NATS at "+url)
}
