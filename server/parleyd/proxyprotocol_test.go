package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/certificatetest"
)

// rawly sends bytes on a connection of its own, and gives the status of the answer, 0 if the
// connection ends without one.
func (p *program) rawly(t *testing.T, sent string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = conn.Write([]byte(sent))
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func version2(t *testing.T, command proxyproto.ProtocolVersionAndCommand) string {
	t.Helper()
	var header bytes.Buffer
	_, err := (&proxyproto.Header{
		Version: 2, Command: command, TransportProtocol: proxyproto.TCPv6,
		SourceAddr:      &net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 4000},
		DestinationAddr: &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 443},
	}).WriteTo(&header)
	require.NoError(t, err)
	return header.String()
}

const version1 = "PROXY TCP4 203.0.113.9 192.0.2.1 4000 443\r\n"

// request asks for a path of its own, by which its line of the log is found.
func request(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 198.51.100.66\r\nConnection: close\r\n\r\n"
}

func (p *program) clientOf(path string) string {
	for line := range strings.Lines(p.stderr.String()) {
		if strings.Contains(line, "path="+path+" ") {
			_, after, _ := strings.Cut(line, " client=")
			client, _, _ := strings.Cut(after, " ")
			return client
		}
	}
	return ""
}

// A trusted proxy of TCP says who the client is, before all else. What the client then says
// of itself in headers is not believed.
func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	p := start(t, "-data", t.TempDir(), "-proxy-protocol", "-access-log")
	for path, tc := range map[string]struct{ header, client string }{
		"/one":   {version1, "203.0.113.9"},
		"/two":   {version2(t, proxyproto.PROXY), "2001:db8::7"},
		"/local": {version2(t, proxyproto.LOCAL), "198.51.100.66"}, // the proxy itself, which may say for whom it asks
	} {
		assert.Equal(t, http.StatusNotFound, p.rawly(t, tc.header+request(path)), path)
		require.Eventually(t, func() bool { return p.clientOf(path) != "" }, 10*time.Second, 5*time.Millisecond)
		assert.Equal(t, tc.client, p.clientOf(path), path)
	}
	for name, header := range map[string]string{
		"none": "", "no address": "PROXY TCP4 nowhere 192.0.2.1 4000 443\r\n", "a version that there is not": "PROXY3 TCP4\r\n",
	} {
		assert.Zero(t, p.rawly(t, header+request("/wrong")), name)
	}
	assert.Empty(t, p.clientOf("/wrong"))
}

// Who is not a trusted proxy is asked for no header, and gains nothing by one.
func TestProxyProtocolOfStrangers(t *testing.T) {
	t.Parallel()
	p := start(t, "-data", t.TempDir(), "-proxy-protocol", "-trusted-proxies", "192.0.2.1", "-access-log")
	assert.Equal(t, http.StatusNotFound, p.rawly(t, request("/plain")))
	require.Eventually(t, func() bool { return p.clientOf("/plain") != "" }, 10*time.Second, 5*time.Millisecond)
	assert.Equal(t, "127.0.0.1", p.clientOf("/plain"))
	assert.Equal(t, http.StatusBadRequest, p.rawly(t, version1+request("/posed")))
	assert.Empty(t, p.clientOf("/posed"))
}

func TestProxyProtocolOfNobody(t *testing.T) {
	t.Parallel()
	_, err := parse([]string{"-proxy-protocol", "-trusted-proxies", "none"}, environment(nil), &strings.Builder{})
	require.ErrorContains(t, err, "-proxy-protocol: nobody's is believed")
}

// The header comes before the handshake of TLS that the proxy passes on.
func TestProxyProtocolBeforeTLS(t *testing.T) {
	t.Parallel()
	now := time.Now()
	cert, key := certificatetest.Made(t, now.Add(-time.Hour), now.Add(90*day24), "a.example", "127.0.0.1")
	certFile, keyFile := certificatetest.Write(t, t.TempDir(), "chat", cert, key)
	p := start(t, "-data", t.TempDir(), "-proxy-protocol", "-access-log", "-tls-cert", certFile, "-tls-key", keyFile)
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "https://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = conn.Write([]byte(version1))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	secure := tls.Client(conn, &tls.Config{ServerName: "a.example", RootCAs: roots})
	_, err = secure.Write([]byte(request("/secure")))
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(secure), nil)
	require.NoError(t, err)
	_ = answer.Body.Close()
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
	require.Eventually(t, func() bool { return p.clientOf("/secure") != "" }, 10*time.Second, 5*time.Millisecond)
	assert.Equal(t, "203.0.113.9", p.clientOf("/secure"))
}
