//go:build acme

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/certificatetest"
)

// `make acme` runs this file, with the folder of the authority's programs in PEBBLE.

// certificateLife is so short that a certificate is renewed about every 20 s.
const certificateLife = 30 * time.Second

// freeAddress gives an address on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func portOf(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// authority is an ACME server that looks for every host on this machine, and validates as
// a real one does.
type authority struct {
	directory, roots string
	log              *output
}

// startAuthority has it look for TLS and plain HTTP at the ports of two addresses.
func startAuthority(t *testing.T, tlsAddr, httpAddr string) *authority {
	t.Helper()
	dir, listen, management, dns := t.TempDir(), freeAddress(t), freeAddress(t), freeAddress(t)
	cert, key := certificatetest.Made(t, time.Now().Add(-time.Hour), time.Now().Add(day24), "127.0.0.1")
	certFile, keyFile := certificatetest.Write(t, dir, "authority", cert, key)
	t.Setenv("SSL_CERT_FILE", certFile) // whom the servers under test trust
	settings := fmt.Sprintf(`{"pebble": {"listenAddress": %q, "managementListenAddress": %q, "certificate": %q, "privateKey": %q,
		"httpPort": %s, "tlsPort": %s, "ocspResponderURL": "", "externalAccountBindingRequired": false, "retryAfter": {"authz": 1, "order": 1},
		"keyAlgorithm": "ecdsa", "profiles": {"default": {"description": "short", "validityPeriod": %d}}}}`,
		listen, management, certFile, keyFile, portOf(httpAddr), portOf(tlsAddr), int(certificateLife.Seconds()))
	config := filepath.Join(dir, "pebble.json")
	require.NoError(t, os.WriteFile(config, []byte(settings), 0o600))
	a := &authority{directory: "https://" + listen + "/dir", roots: "https://" + management + "/roots/0", log: &output{}}
	a.runProgram(t, "pebble-challtestsrv", "-dnsserver", dns, "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "",
		"-defaultIPv6", "", "-management", freeAddress(t))
	a.runProgram(t, "pebble", "-config", config, "-dnsserver", dns)
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", listen)
		return err == nil && c.Close() == nil
	}, 20*time.Second, 20*time.Millisecond)
	return a
}

func (a *authority) runProgram(t *testing.T, name string, args ...string) {
	t.Helper()
	c := exec.Command(filepath.Join(os.Getenv("PEBBLE"), name), args...)
	c.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0")
	c.Stdout, c.Stderr = a.log, a.log
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
}

// client is a browser that trusts the authority.
func (a *authority) client(t *testing.T, address string) *secureClient {
	t.Helper()
	c := newSecureClient(t, address)
	insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	answer, err := insecure.Get(a.roots)
	require.NoError(t, err)
	defer answer.Body.Close()
	pem, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.True(t, c.roots.AppendCertsFromPEM(pem))
	return c
}

// leaf makes a connection, whose certificate must be right for a host, and gives that.
func (c *secureClient) leaf(address, host string) (*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: c.roots, ServerName: host}}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

func TestACME(t *testing.T) {
	outside := natsAt(t, natsserver.RANDOM_PORT, t.TempDir())
	one, two := freeAddress(t), freeAddress(t)
	a := startAuthority(t, one, freeAddress(t))
	node := func(addr, hosts string) *process {
		return startProcess(t, "-nats", outside.ClientURL(), "-addr", addr, "-acme-hosts", hosts, "-acme-directory", a.directory, "-acme-email", "it@chat.test")
	}
	p := node(one, "a.chat.test")
	require.Eventually(t, func() bool { return p.count("there is a certificate") == 1 }, 30*time.Second, 50*time.Millisecond, p.stderr)
	c := a.client(t, one)
	first, err := c.leaf(one, "a.chat.test")
	require.NoError(t, err)

	t.Run("another node has the same certificate, and gets its own with the first one's help", func(t *testing.T) {
		q := node(two, "a.chat.test,b.chat.test")
		require.Eventually(t, func() bool { return q.count("there is a certificate") == 2 }, 30*time.Second, 50*time.Millisecond, q.stderr)
		same, err := c.leaf(two, "a.chat.test")
		require.NoError(t, err)
		assert.Equal(t, first.SerialNumber, same.SerialNumber)
		_, err = c.leaf(two, "b.chat.test") // the authority asked at the port of the first node
		require.NoError(t, err)
		_, err = c.leaf(two, "evil.chat.test")
		require.Error(t, err, "a host that is not listed gets none")
		q.terminate()
	})
	renewedUnderLoad(t, p, c, one)

	t.Run("by plain HTTP, where the authority cannot reach the port of TLS", func(t *testing.T) {
		addr, httpAddr := freeAddress(t), freeAddress(t)
		a := startAuthority(t, freeAddress(t), httpAddr)
		p := startProcess(t, "-data", t.TempDir(), "-addr", addr, "-http-addr", httpAddr, "-acme-hosts", "c.chat.test", "-acme-directory", a.directory)
		require.Eventually(t, func() bool { return p.count("there is a certificate") == 1 }, 60*time.Second, 50*time.Millisecond, p.stderr)
		_, err := a.client(t, addr).leaf(addr, "c.chat.test")
		require.NoError(t, err)
		answer, _ := (&secureClient{Client: http.Client{CheckRedirect: c.CheckRedirect}}).get(t, "GET", "http://"+httpAddr+"/")
		assert.Equal(t, http.StatusFound, answer.StatusCode)
	})
	t.Run("an authority that refuses is said", func(t *testing.T) {
		addr := freeAddress(t)
		closed := freeAddress(t)
		a := startAuthority(t, closed, freeAddress(t))
		p := startProcess(t, "-data", t.TempDir(), "-addr", addr, "-acme-hosts", "d.chat.test", "-acme-directory", a.directory)
		require.Eventually(t, func() bool { return p.count("there is no certificate") > 0 }, 60*time.Second, 50*time.Millisecond, p.stderr)
		assert.Regexp(t, `host=d.chat.test .*authority="tls-alpn-01: .*`+portOf(closed)+` `, p.stderr, "with its reason")
	})
}

// renewedUnderLoad holds a socket and a connection of HTTP/2, and makes new connections all the
// time, until the certificate was renewed twice.
func renewedUnderLoad(t *testing.T, p *process, c *secureClient, address string) {
	t.Helper()
	r, err := http.NewRequest("POST", "https://a.chat.test/v1/users", strings.NewReader(`{"name":"Vera"}`))
	require.NoError(t, err)
	r.Header = http.Header{"X-Hyper-Appid": {"demo"}, "Content-Type": {"application/json"}}
	answer, err := c.Do(r)
	require.NoError(t, err)
	require.Equal(t, 2, answer.ProtoMajor)
	var visitor account
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&visitor))
	require.NoError(t, answer.Body.Close())
	ws := c.socket(t, "wss://a.chat.test/v1/socket", visitor.Session.Token)

	var handshakes, requests, frames atomic.Int64
	serials := map[string]bool{}
	begin := time.Now()
	require.Eventually(t, func() bool {
		leaf, err := c.leaf(address, "a.chat.test")
		require.NoError(t, err)
		handshakes.Add(1)
		serials[leaf.SerialNumber.String()] = true
		_, reused := c.get(t, "GET", "https://a.chat.test/healthz")
		require.True(t, reused)
		requests.Add(1)
		require.Contains(t, ask(t, ws, `{"event":"ping"}`), `"pong"`)
		frames.Add(1)
		return len(serials) == 3
	}, 4*certificateLife, 50*time.Millisecond, p.stderr)
	t.Logf("in %s three certificates: %d new connections, %d requests on one connection of HTTP/2, %d frames on one socket; none failed",
		time.Since(begin).Round(time.Second), handshakes.Load(), requests.Load(), frames.Load())
}
