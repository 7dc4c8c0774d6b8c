//go:build proxies

package server_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/server/internal/certificatetest"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

func newEngine(t *testing.T) *store.Engine { return storetest.Engine(t, t.TempDir()) }

// proxyKind is a program with a sample of its configuration.
type proxyKind struct {
	name    string // of the sample's language
	program string
	asks    []string                           // for the version
	args    func(file, folder string) []string // to run it in the foreground
	// adapted changes what depends on this machine. cert is the file of the certificate,
	// with its key in .key and both in .both.pem.
	adapted func(sample, port, cert string) string
}

var proxyKinds = []proxyKind{
	{"nginx", "nginx", []string{"-v"}, func(file, folder string) []string { return []string{"-c", file, "-p", folder, "-e", "stderr"} },
		func(sample, port, cert string) string {
			sample = replaced(sample, "listen 443", "listen 127.0.0.1:"+port)
			sample = replaced(sample, "/etc/ssl/www.example.com.pem", cert)
			sample = replaced(sample, "/etc/ssl/www.example.com.key", strings.TrimSuffix(cert, "pem")+"key")
			temp := filepath.Dir(cert)
			for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
				sample = kind + "_temp_path " + temp + "/" + kind + ";\n" + sample
			}
			// Shorter than the 60 s that are the default.
			return "user root; daemon off; pid " + temp + "/nginx.pid; events {}\nhttp { access_log off; proxy_read_timeout 50s; proxy_send_timeout 50s;\n" + sample + "}\n"
		}},
	{"caddy", filepath.Join(os.Getenv("CADDY"), "caddy"), []string{"build-info"}, func(file, _ string) []string { return []string{"run", "--adapter", "caddyfile", "--config", file} },
		func(sample, port, cert string) string {
			sample = replaced(sample, "www.example.com {", "www.example.com:"+port+" {\nbind 127.0.0.1\ntls "+cert+" "+strings.TrimSuffix(cert, "pem")+"key")
			return "{\nadmin off\nauto_https disable_redirects\npersist_config off\n}\n" + sample
		}},
	{"haproxy", "haproxy", []string{"-v"}, func(file, _ string) []string { return []string{"-db", "-f", file} },
		func(sample, port, cert string) string {
			sample = replaced(sample, "bind :443", "bind 127.0.0.1:"+port)
			sample = replaced(sample, "/etc/ssl/www.example.com.both.pem", strings.TrimSuffix(cert, "pem")+"both.pem")
			return strings.ReplaceAll(sample, "60s", "50s")
		}},
}

// replaced replaces what must be in a sample.
func replaced(sample, what, by string) string {
	if !strings.Contains(sample, what) {
		panic("the sample has no " + what)
	}
	return strings.ReplaceAll(sample, what, by)
}

// path finds the program, also where only root looks.
func (k proxyKind) path(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath(k.program)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + k.program)
	}
	require.NoError(t, err, "make proxies needs %s", k.name)
	return path
}

func (k proxyKind) version(t *testing.T) string {
	t.Helper()
	said, err := exec.Command(k.path(t), k.asks...).CombinedOutput()
	require.NoError(t, err)
	found := regexp.MustCompile(`(?:nginx/|version |caddy/v2\tv)(\d+\.\d+\.\d+)`).FindSubmatch(said)
	require.NotNil(t, found, "%s", said)
	return k.name + " " + string(found[1])
}

// sample gives the sample in the page for operators.
func (k proxyKind) sample(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/proxies.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?s)```" + k.name + "\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, found, k.name)
	return string(found[1])
}

// startProxy runs a program with its sample before a server. It gives its port, and who has
// signed its certificate.
func startProxy(t *testing.T, k proxyKind, backend string) (port string, roots *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	cert, key := certificatetest.Made(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), proxied)
	certFile, _ := certificatetest.Write(t, dir, "own", cert, key)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "own.both.pem"), append(bytes.Clone(cert), key...), 0o600))
	require.NoError(t, os.Chmod(dir, 0o755))
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)

	file := filepath.Join(dir, "proxy.conf")
	text := k.adapted(replaced(k.sample(t), "127.0.0.1:8000", backend), port, certFile)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, k.path(t), k.args(file, dir)...)
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir)
	c.Cancel, c.WaitDelay = func() error { return c.Process.Signal(syscall.SIGTERM) }, 5*time.Second // which ends its workers too
	said := &lockedBuffer{}
	c.Stdout, c.Stderr = said, said
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		cancel()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s\n%s", k.name, text, said.text())
		}
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		return err == nil && c.Close() == nil
	}, 20*time.Second, 20*time.Millisecond, "%s: %s", k.name, said.text())
	return port, roots
}
