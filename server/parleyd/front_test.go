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
	"net/http/httptrace"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/server/internal/certificatetest"
)

const day24 = 24 * time.Hour

// secureClient is a browser, as far as TLS goes: it trusts whom it is told to, and finds
// every host at one address.
type secureClient struct {
	http.Client
	roots *x509.CertPool
}

func newSecureClient(t *testing.T, address string) *secureClient {
	t.Helper()
	c := &secureClient{roots: x509.NewCertPool()}
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: c.roots}}
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	t.Cleanup(transport.CloseIdleConnections)
	c.Transport = transport
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// get makes a request, and tells whether it went over a connection from before.
func (c *secureClient) get(t *testing.T, method, url string) (answer *http.Response, reused bool) {
	t.Helper()
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	require.NoError(t, err)
	answer, err = c.Do(r)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer, reused
}

// socket opens a WebSocket with a session of the demo app.
func (c *secureClient) socket(t *testing.T, url, token string) *websocket.Conn {
	t.Helper()
	transport := c.Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = false // as browsers do for wss
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = ws.CloseNow() })
	ask(t, ws, fmt.Sprintf(`{"id":"1","event":"session:open","data":{"appId":"demo","token":%q}}`, token))
	return ws
}

// ask sends a frame, and gives the one that comes back.
func ask(t *testing.T, ws *websocket.Conn, frame string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, ws.Write(ctx, websocket.MessageText, []byte(frame)))
	_, answer, err := ws.Read(ctx)
	require.NoError(t, err)
	require.NotContains(t, string(answer), `"error"`)
	return string(answer)
}

// The server has TLS of its own, with HTTP/2. Its certificate is replaced without an end of
// any connection, and a broken one is not used.
func TestTLSFromFiles(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	cert, key := certificatetest.Made(t, now.Add(-time.Hour), now.Add(90*day24), "one.example", "127.0.0.1")
	certFile, keyFile := certificatetest.Write(t, dir, "chat", cert, key)
	p := startProcess(t, "-data", t.TempDir(), "-tls-cert", certFile, "-tls-key", keyFile, "-http-addr", "127.0.0.1:0",
		"-connections-per-address", "5", "-trusted-proxies", "none", "-admin-addr", "127.0.0.1:0")
	expires := func(host string) string {
		return fmt.Sprintf("parley_certificate_expiry_timestamp_seconds{host=%q} %g\n", host, float64(now.Add(90*day24).Unix()))
	}
	_, metrics := p.private(t, "/metrics")
	assert.Contains(t, metrics, expires("one.example"))
	require.Regexp(t, `^https://127\.0\.0\.1:\d+$`, p.url)
	address := strings.TrimPrefix(p.url, "https://")
	c := newSecureClient(t, address)
	c.roots.AppendCertsFromPEM(cert)

	answer, _ := c.get(t, "GET", "https://one.example/v1/settings")
	assert.Equal(t, 2, answer.ProtoMajor, "HTTP/2")
	assert.Equal(t, "max-age=31536000", answer.Header.Get("Strict-Transport-Security"))
	r, err := http.NewRequest("POST", "https://one.example/v1/users", strings.NewReader(`{"name":"Vera"}`))
	require.NoError(t, err)
	r.Header = http.Header{"X-Hyper-Appid": {"demo"}, "Content-Type": {"application/json"}}
	answer, err = c.Do(r)
	require.NoError(t, err)
	var visitor account
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&visitor))
	ws := c.socket(t, "wss://one.example/v1/socket", visitor.Session.Token)

	cert, key = certificatetest.Made(t, now.Add(-time.Hour), now.Add(90*day24), "two.example", "127.0.0.1")
	certificatetest.Write(t, dir, "chat", cert, key)
	require.NoError(t, p.command.Process.Signal(syscall.SIGHUP))
	other := newSecureClient(t, address)
	other.roots.AppendCertsFromPEM(cert)
	require.Eventually(t, func() bool {
		r, err := other.Get("https://two.example/healthz")
		return err == nil && r.Body.Close() == nil
	}, 10*time.Second, 20*time.Millisecond)
	_, metrics = p.private(t, "/metrics")
	assert.Contains(t, metrics, expires("two.example"))
	_, reused := c.get(t, "GET", "https://one.example/healthz")
	assert.True(t, reused, "the connection from before goes on")
	assert.Contains(t, ask(t, ws, `{"event":"ping"}`), `"pong"`, "and so does the socket")

	require.NoError(t, os.WriteFile(keyFile, []byte("broken"), 0o600))
	for range 2 {
		require.NoError(t, p.command.Process.Signal(syscall.SIGHUP))
		require.Eventually(t, func() bool { return p.count("are not used") > 0 }, 10*time.Second, 10*time.Millisecond)
	}
	other.CloseIdleConnections()
	_, reused = other.get(t, "GET", "https://two.example/healthz")
	assert.False(t, reused, "the ones from before are served")
	assert.Equal(t, 1, p.count("are not used"), "said once")

	plain := "http://" + regexp.MustCompile(`from=(127\.0\.0\.1:\d+)`).FindStringSubmatch(p.stderr.String())[1]
	answer, _ = (&secureClient{Client: http.Client{CheckRedirect: c.CheckRedirect}}).get(t, "GET", plain+"/console/?x")
	assert.Equal(t, http.StatusFound, answer.StatusCode)
	assert.Equal(t, p.url+"/console/?x", answer.Header.Get("Location"))
	answer, _ = (&secureClient{}).get(t, "POST", plain+"/v1/users")
	assert.Equal(t, http.StatusForbidden, answer.StatusCode)
	http.DefaultClient.CloseIdleConnections()

	_, err = tls.Dial("tcp", address, &tls.Config{RootCAs: other.roots, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	require.ErrorContains(t, err, "protocol version")

	_ = ws.CloseNow()
	c.CloseIdleConnections()
	other.CloseIdleConnections()
	handshakesEnd(t, address)
}

// handshakesEnd opens connections without a handshake: they count, and end.
func handshakesEnd(t *testing.T, address string) {
	t.Helper()
	var silent []net.Conn
	ended := func(c net.Conn, within time.Duration) bool {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(within)))
		_, err := c.Read(make([]byte, 1))
		return err != nil && !os.IsTimeout(err)
	}
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		if ended(c, 50*time.Millisecond) {
			return len(silent) == 5
		}
		silent = append(silent, c)
		return false
	}, 10*time.Second, 10*time.Millisecond, "the sixth of an address is closed")
	for _, c := range silent {
		assert.True(t, ended(c, 15*time.Second), "a handshake that does not come ends after ten seconds")
	}
}

// What cannot work is an error before anything is written.
func TestTLSThatCannotWork(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	pair := func(name string, from, to time.Duration, hosts ...string) []string {
		cert, key := certificatetest.Made(t, now.Add(from), now.Add(to), hosts...)
		certFile, keyFile := certificatetest.Write(t, dir, name, cert, key)
		return []string{"-tls-cert", certFile, "-tls-key", keyFile}
	}
	good, old := pair("good", -time.Hour, time.Hour, "a.example"), pair("old", -2*time.Hour, -time.Hour, "a.example")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for name, tc := range map[string]struct {
		args []string
		says []string
	}{
		"a certificate that has expired":     {old, []string{"-tls-cert", "old.pem", "a.example", "has expired on"}},
		"a key of another certificate":       {[]string{"-tls-cert", good[1], "-tls-key", old[3]}, []string{"-tls-cert", "old.key", "good.pem", "a.example"}},
		"a certificate that is missing":      {[]string{"-tls-cert", dir + "/none.pem", "-tls-key", good[3]}, []string{"-tls-cert", "none.pem", "no such file"}},
		"a certificate without a key":        {good[:2], []string{"-tls-key"}},
		"a certificate for another host":     {append(good, "-public-url", "https://b.example/chat"), []string{"-public-url", "b.example", "good.pem is for a.example", "valid from"}},
		"a public URL without TLS":           {append(good, "-public-url", "http://a.example"), []string{"-public-url", "https://"}},
		"an address for ACME":                {[]string{"-acme-hosts", "192.0.2.7"}, []string{"-acme-hosts", "192.0.2.7", "is an address"}},
		"a wildcard for ACME":                {[]string{"-acme-hosts", "*.a.example"}, []string{"-acme-hosts"}},
		"ACME and files":                     {append(good, "-acme-hosts", "a.example"), []string{"-tls-cert", "-acme-hosts"}},
		"a host that ACME does not get":      {[]string{"-acme-hosts", "a.example", "-public-url", "https://b.example"}, []string{"-public-url", "b.example", "a.example"}},
		"a directory by plain HTTP":          {[]string{"-acme-hosts", "a.example", "-acme-directory", "http://ca.example"}, []string{"-acme-directory", "https://"}},
		"plain HTTP beside plain HTTP":       {[]string{"-http-addr", "127.0.0.1:0"}, []string{"-http-addr", "-tls-cert"}},
		"a port for plain HTTP that is used": {append(good, "-http-addr", taken.Addr().String()), []string{"-http-addr", taken.Addr().String(), "in use"}},
		"a port for TLS that is used":        {append(good, "-addr", taken.Addr().String()), []string{"-addr", "in use"}},
		"less than no HSTS":                  {append(good, "-hsts", "-1h"), []string{"-hsts"}},
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			err := run(t.Context(), built, append([]string{"-addr", "127.0.0.1:0", "-data", data}, tc.args...), environment(nil), io.Discard, io.Discard)
			require.Error(t, err)
			for _, said := range tc.says {
				assert.ErrorContains(t, err, said)
			}
			left, err := os.ReadDir(data)
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

// Of the requests of HTTP/2 whose bodies do not come, an address has no more at a time than
// it may have connections, however few connections carry them.
func TestRequestsOfHTTP2AreBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	cert, key := certificatetest.Made(t, now.Add(-time.Hour), now.Add(90*day24), "one.example", "127.0.0.1")
	certFile, keyFile := certificatetest.Write(t, t.TempDir(), "chat", cert, key)
	p := startProcess(t, "-data", t.TempDir(), "-tls-cert", certFile, "-tls-key", keyFile, "-connections-per-address", "3")
	c := newSecureClient(t, strings.TrimPrefix(p.url, "https://"))
	c.roots.AppendCertsFromPEM(cert)
	send := func(client string, body io.Reader) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "https://one.example/v1/users", body)
		if err == nil {
			r.Header = http.Header{"X-Hyper-Appid": {"demo"}, "Content-Type": {"application/json"}, "X-Forwarded-For": {client}}
			var answer *http.Response
			if answer, err = c.Do(r); err == nil {
				err = answer.Body.Close()
				assert.Equal(t, 2, answer.ProtoMajor)
			}
			assert.NoError(t, err)
			return answer
		}
		require.NoError(t, err)
		return nil
	}
	const held = 3
	answers := make(chan *http.Response, held+1)
	var bodies []*io.PipeWriter
	for range held + 1 {
		body, writer := io.Pipe()
		bodies = append(bodies, writer)
		go func() { answers <- send("192.0.2.7", body) }()
	}
	refused := <-answers // the others wait for their bodies
	assert.Equal(t, 503, refused.StatusCode)
	assert.Equal(t, "2", refused.Header.Get("Retry-After"))
	assert.Equal(t, 200, send("192.0.2.8", strings.NewReader(`{"name":"Vera"}`)).StatusCode, "another address")
	for _, body := range bodies {
		_, _ = io.WriteString(body, `{"name":"Vera"}`) // of the one that was refused nobody reads it
		_ = body.Close()
	}
	for range held {
		assert.Equal(t, 200, (<-answers).StatusCode)
	}
	assert.Equal(t, 200, send("192.0.2.7", strings.NewReader(`{"name":"Vera"}`)).StatusCode)
}
