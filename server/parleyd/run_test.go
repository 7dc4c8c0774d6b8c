package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

// built stands for web/dist after a build.
var built = fstest.MapFS{
	"dist/icf.sdk.js":                   {Data: []byte("// the script")},
	"dist/engine.0123456789abcdef.js":   {Data: []byte("// what runs a chat")},
	"dist/worker.0123456789abcdef.js":   {Data: []byte("// what runs a chat in a Worker")},
	"dist/parley.0123456789abcdef.wasm": {Data: []byte("\x00asm")},
	"dist/esm/index.js":                 {Data: []byte("// the package")},
	"dist/parley-chat.js":               {Data: []byte("// the element")},
	"dist/NOTICES.txt":                  {Data: []byte("licences")},
	"dist/console/index.html":           {Data: []byte("<!doctype html><title>Console</title>")},
	"dist/survey/index.html":            {Data: []byte("<!doctype html><title>Survey</title>")},
	"dist/docs/index.html":              {Data: []byte("<!doctype html><title>Documentation</title>")},
	"dist/demo/index.html":              {Data: []byte("<!doctype html><title>Demo</title>")},
}

// program is a run under test.
type program struct {
	url    string
	stdout *output
	stderr *output
	end    context.CancelFunc
	ended  chan error
}

// start runs the program on a free port until stop, or the end of the test.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &program{stdout: &output{}, stderr: &output{}, end: cancel, ended: make(chan error, 1)}
	args = append([]string{"-addr", "127.0.0.1:0"}, args...)
	go func() { p.ended <- run(ctx, built, args, environment(nil), p.stdout, p.stderr) }()
	t.Cleanup(cancel)
	require.Eventually(t, func() bool {
		select {
		case err := <-p.ended:
			require.NoError(t, err, "ended early")
		default:
		}
		return strings.HasSuffix(p.stdout.String(), "Ctrl-C stops it.\n")
	}, 20*time.Second, 10*time.Millisecond)
	p.url = regexp.MustCompile(`https?://127\.0\.0\.1:\d+`).FindString(p.stdout.String())
	require.NotEmpty(t, p.url)
	return p
}

func (p *program) stop(t *testing.T) {
	t.Helper()
	p.end()
	select {
	case err := <-p.ended:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		require.Fail(t, "did not stop")
	}
}

// call makes a request; headers are name, value and so on.
func (p *program) call(t *testing.T, method, path, body string, headers ...string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, data
}

// output is what a program printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func TestRunDemoAndStartAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "made", "when missing")
	p := start(t, "-demo", "-data", data)
	for _, text := range []string{
		"demo page      " + p.url + "/demo/\n",
		"agent console  " + p.url + "/console/",
		`<script src="` + p.url + `/sdk/1/icf.sdk.js"></script>`,
		data,
	} {
		assert.Contains(t, p.stdout.String(), text)
	}
	assert.NotContains(t, p.stdout.String(), "admin secret")
	for _, path := range []string{"/healthz", "/", "/demo/", "/console/", "/sdk/1/icf.sdk.js", "/sdk/1.0/parley.0123456789abcdef.wasm"} {
		status, _ := p.call(t, "GET", path, "")
		assert.Equal(t, http.StatusOK, status, path)
	}

	status, made := p.call(t, "POST", "/v1/users", `{"name":"Visitor"}`, "x-hyper-appId", "demo")
	require.Equal(t, http.StatusOK, status, string(made))
	var visitor struct {
		User    struct{ ID string }
		Session struct{ Token string }
	}
	require.NoError(t, json.Unmarshal(made, &visitor))
	p.stop(t)
	_, err := net.DialTimeout("tcp", strings.TrimPrefix(p.url, "http://"), time.Second)
	require.Error(t, err, "nobody listens any more")

	p = start(t, "-demo", "-data", data)
	status, user := p.call(t, "GET", "/v1/users/"+visitor.User.ID, "", "x-hyper-appId", "demo", "x-hyper-token", visitor.Session.Token)
	assert.Equal(t, http.StatusOK, status, string(user))
	assert.Contains(t, string(user), "Visitor")
	p.stop(t)
	assert.NotContains(t, p.stderr.String(), "level=WARN")
	assert.NotContains(t, p.stderr.String(), "level=ERROR")

	p = start(t, "-data", data)
	assert.Contains(t, p.stderr.String(), "demo app")
	p.stop(t)
}

// natsAt runs a NATS server on a port and a folder until the test ends.
func natsAt(t *testing.T, port int, dir string) *natsserver.Server {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir})
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	return s
}

func TestTwoOverOneNATS(t *testing.T) {
	outside := natsAt(t, natsserver.RANDOM_PORT, t.TempDir())
	one := start(t, "-demo", "-nats", outside.ClientURL())
	two := start(t, "-demo", "-nats", outside.ClientURL())
	status, made := one.call(t, "POST", "/v1/users", `{"externalId":"same"}`, "x-hyper-appId", "demo", "x-hyper-secret", "demo-secret")
	assert.Equal(t, http.StatusOK, status, string(made))
	status, made = two.call(t, "POST", "/v1/users", `{"externalId":"same"}`, "x-hyper-appId", "demo", "x-hyper-secret", "demo-secret")
	assert.Equal(t, http.StatusConflict, status, string(made))
	one.stop(t)
	two.stop(t)
}

func TestRunInEarnest(t *testing.T) {
	data := t.TempDir()
	p := start(t, "-data", data)
	assert.NotContains(t, p.stdout.String(), "demo")
	assert.Contains(t, p.stdout.String(), "There is no app yet")
	secret := regexp.MustCompile(`[0-9a-f]{64}`).FindString(p.stdout.String())
	require.NotEmpty(t, secret)
	status, _ := p.call(t, "GET", "/demo/", "")
	assert.Equal(t, http.StatusNotFound, status)

	status, made := p.call(t, "POST", "/v1/apps", `{"name":"Shop"}`, "x-hyper-secret", secret)
	require.Equal(t, http.StatusOK, status, string(made))
	var shop struct {
		App    struct{ ID string }
		Secret string
	}
	require.NoError(t, json.Unmarshal(made, &shop))
	status, agent := p.call(t, "POST", "/v1/agents", `{"username":"one","password":"long enough"}`, "x-hyper-secret", secret, "x-hyper-appId", shop.App.ID)
	require.Equal(t, http.StatusOK, status, string(agent))
	status, _ = p.call(t, "POST", "/v1/apps", `{}`, "x-hyper-secret", shop.Secret)
	assert.Equal(t, http.StatusUnauthorized, status, "an app's secret is not the admin's")
	p.stop(t)

	p = start(t, "-data", data)
	assert.NotContains(t, p.stdout.String(), "secret", "printed once")
	status, login := p.call(t, "POST", "/v1/agents/login", `{"username":"one","password":"long enough"}`, "x-hyper-appId", shop.App.ID)
	assert.Equal(t, http.StatusOK, status, string(login))
	p.stop(t)
	assertNowhere(t, data, secret)
	assert.NotContains(t, p.stderr.String(), secret)
}

// assertNowhere holds that no file below the folder has the text.
func assertNowhere(t *testing.T, folder, text string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		assert.NotContains(t, string(content), text, path)
		return err
	}))
}

func TestRunRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	busy := taken.Addr().String()
	inUse := t.TempDir()
	start(t, "-data", inUse)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	newer := t.TempDir()
	writeNewerVersion(t, newer)
	goodKey := written(t, "key", strings.Repeat("k", 32))
	encrypted := t.TempDir()
	start(t, "-data", encrypted, "-store-key-file", goodKey).stop(t)

	for _, tc := range []struct {
		name string
		dist fstest.MapFS
		args []string
		says []string
	}{
		{"not built", fstest.MapFS{"dist/.gitkeep": {}}, nil, []string{"make build"}},
		{"address in use", built, []string{"-addr", busy}, []string{busy, "in use", "-addr"}},
		{"no address", built, []string{"-addr", "nonsense"}, []string{`"nonsense"`, "-addr"}},
		{"data in use", built, []string{"-data", inUse}, []string{inUse, "in use"}},
		{"data cannot be written", built, []string{"-data", file}, []string{file}},
		{"data of a newer version", built, []string{"-data", newer}, []string{newer, "version 7", "versions up to 1", "parleyd 9.1.0 or later"}},
		{"encrypted data without the key", built, []string{"-data", encrypted}, []string{encrypted, "is encrypted, and no key is given", "-store-key-file"}},
		{"wrong NATS password", built, []string{"-nats", securedNATS(t), "-nats-user", "parley", "-nats-password", "wrong"}, []string{"refuses the log-in"}},
		{"read-only folder", built, []string{"-data", "/sys/parley"}, []string{"cannot use the data folder /sys/parley", "name a folder that this user may write to"}},
		{"nobody at the NATS address", built, []string{"-nats", "nats://127.0.0.1:1"}, []string{"nats://127.0.0.1:1"}},
		{"not an origin", built, []string{"-origins", "example.com"}, []string{`"example.com"`}},
		{"session too short", built, []string{"-session-life", "1s"}, []string{"session life of visitors"}},
		{"session with an early end", built, []string{"-agent-session-max", "1h"}, []string{"session life of agents", "altogether"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := append([]string{"-addr", "127.0.0.1:0", "-data", t.TempDir()}, tc.args...)
			var stdout output
			err := run(t.Context(), tc.dist, args, environment(nil), &stdout, io.Discard)
			require.Error(t, err)
			for _, text := range tc.says {
				assert.ErrorContains(t, err, text)
			}
			assert.Empty(t, stdout.String())
		})
	}
}

// writeNewerVersion makes data in a folder that only a later release reads.
func writeNewerVersion(t *testing.T, dir string) {
	t.Helper()
	start(t, "-data", dir).stop(t)
	e := storetest.Engine(t, dir)
	kv, err := e.JS.KeyValue(t.Context(), "parley_data")
	require.NoError(t, err)
	_, err = kv.PutString(t.Context(), "version", `{"data":7,"needs":"9.1.0"}`)
	require.NoError(t, err)
	storetest.Close(t, e)
}

func TestRunHelp(t *testing.T) {
	var stdout output
	require.NoError(t, run(t.Context(), built, []string{"-h"}, environment(nil), &stdout, io.Discard))
	assert.Contains(t, stdout.String(), "Usage: parleyd")
}

func TestBaseURL(t *testing.T) {
	for _, tc := range []struct{ addr, want string }{
		{"127.0.0.1:8000", "http://127.0.0.1:8000"},
		{"0.0.0.0:80", "http://localhost:80"},
		{"[::]:8000", "http://localhost:8000"},
		{"[::1]:8000", "http://[::1]:8000"},
	} {
		addr, err := net.ResolveTCPAddr("tcp", tc.addr)
		require.NoError(t, err)
		assert.Equal(t, tc.want, baseURL(addr, nil))
	}
}
