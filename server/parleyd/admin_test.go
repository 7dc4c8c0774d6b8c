package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wsconn"
)

// private asks the private listener of a program.
func (p *program) private(t *testing.T, path string) (status int, text string) {
	t.Helper()
	said := regexp.MustCompile(`the private listener is open.* address=(\S+)`).FindStringSubmatch(p.stderr.String())
	require.NotNil(t, said, p.stderr)
	answer, err := http.Get("http://" + said[1] + path)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

// What the operator sees is on the private listener alone, and readiness goes off before the
// public one closes.
func TestPrivateListener(t *testing.T) {
	t.Parallel()
	p := start(t, "-demo", "-data", t.TempDir(), "-admin-addr", "127.0.0.1:0", "-stop-delay", "1s")
	for path, want := range map[string]string{
		"/livez": "alive\n", "/readyz": "ready\n", "/metrics": "parley_serving 1\n", "/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "serveAdmin",
	} {
		status, text := p.private(t, path)
		assert.Equal(t, http.StatusOK, status, path)
		assert.Contains(t, text, want, path)
		if path != "/livez" && path != "/readyz" {
			status, _ = p.call(t, "GET", path, "")
			assert.Equal(t, http.StatusNotFound, status, "%s in public", path)
		}
	}
	for _, path := range []string{"/debug/pprof/cmdline", "/v1/settings", "/"} {
		status, _ := p.private(t, path)
		assert.Equal(t, http.StatusNotFound, status, path)
	}

	p.end()
	require.Eventually(t, func() bool {
		status, text := p.private(t, "/readyz")
		return status == http.StatusServiceUnavailable && text == "stopping\n"
	}, 5*time.Second, 5*time.Millisecond)
	status, _ := p.call(t, "GET", "/healthz", "")
	assert.Equal(t, http.StatusOK, status, "it serves on until balancers have noticed")
	status, _ = p.private(t, "/livez")
	assert.Equal(t, http.StatusOK, status)
	p.stop(t)
}

// A server with no private listener measures nothing and does not wait at a stop.
func TestNoPrivateListener(t *testing.T) {
	t.Parallel()
	p := start(t, "-demo", "-data", t.TempDir(), "-stop-delay", "1h")
	assert.NotContains(t, p.stderr.String(), "private")
	p.stop(t)
}

// line gives the last line of a log in JSON that has this message, nil if there is none.
func (p *program) line(t *testing.T, message string) (last map[string]any) {
	t.Helper()
	for text := range strings.Lines(p.stderr.String()) {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) == nil && line["msg"] == message {
			last = line
		}
	}
	return last
}

// Each line of a log in JSON is an object. A request has a name that is in the log, in the
// answer and in the error.
func TestRequestsInTheLog(t *testing.T) {
	t.Parallel()
	p := start(t, "-demo", "-data", t.TempDir(), "-log-format", "json", "-access-log", "-slow", "1ns")
	r, err := http.NewRequestWithContext(t.Context(), "GET", p.url+"/v1/chats/nope?note=do-not-log", nil)
	require.NoError(t, err)
	r.Header.Set("X-Hyper-Appid", "demo")
	r.Header.Set("X-Hyper-Secret", "demo-secret")
	r.Header.Set("X-Request-Id", "from-the-proxy")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, "from-the-proxy", answer.Header.Get("X-Request-Id"), "this machine is a trusted proxy")
	assert.Contains(t, string(body), `"requestId":"from-the-proxy"`)

	var slow, request map[string]any
	require.Eventually(t, func() bool {
		slow, request = p.line(t, "slow"), p.line(t, "request")
		return slow != nil && request != nil
	}, 5*time.Second, 5*time.Millisecond)
	assert.Equal(t, "from-the-proxy", slow["requestId"])
	assert.Equal(t, "chats:get", slow["operation"])
	assert.Equal(t, "WARN", slow["level"])
	assert.Equal(t, "from-the-proxy", request["requestId"])
	assert.Equal(t, "/v1/chats/nope", request["path"])
	assert.EqualValues(t, 404, request["status"])
	assert.EqualValues(t, len(body), request["bytes"])
	assert.Equal(t, "127.0.0.1", request["client"])
	for _, secret := range []string{"do-not-log", "demo-secret"} {
		assert.NotContains(t, p.stderr.String(), secret)
	}
	conn, err := wsconn.Dialer{}.Dial(t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/v1/socket")
	require.NoError(t, err, "a WebSocket is made through what logs it")
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return p.line(t, "request")["status"] == 101.0 }, 5*time.Second, 5*time.Millisecond)
	p.stop(t)
	for line := range strings.SplitSeq(strings.TrimSpace(p.stderr.String()), "\n") {
		assert.True(t, strings.HasPrefix(line, `{"time":`), line)
	}
}
