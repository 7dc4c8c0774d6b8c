package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/certificatetest"
)

func written(t *testing.T, dir, name string, cert, key []byte) Pair {
	t.Helper()
	certFile, keyFile := certificatetest.Write(t, dir, name, cert, key)
	return Pair{certFile, keyFile}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// What is wrong with files is said with the file, the hosts and the dates.
func TestFilesThatAreWrong(t *testing.T) {
	t.Parallel()
	now := time.Now()
	day := 24 * time.Hour
	good, goodKey := certificatetest.Made(t, now.Add(-day), now.Add(90*day), "chat.example.com", "192.0.2.7")
	old, oldKey := certificatetest.Made(t, now.Add(-90*day), now.Add(-day), "chat.example.com")
	early, earlyKey := certificatetest.Made(t, now.Add(day), now.Add(90*day), "chat.example.com")
	for name, tc := range map[string]struct {
		cert, key []byte
		says      []string
	}{
		"it has expired":        {old, oldKey, []string{"c.pem", "has expired on " + date(now.Add(-day)), "for chat.example.com", date(now.Add(-90 * day))}},
		"it is not valid yet":   {early, earlyKey, []string{"c.pem", "not valid before " + date(now.Add(day)), "for chat.example.com"}},
		"another key":           {good, oldKey, []string{"c.key", "does not go with", "c.pem", "chat.example.com, 192.0.2.7"}},
		"no certificate":        {[]byte("hello"), goodKey, []string{"c.pem", "BEGIN CERTIFICATE"}},
		"the files are swapped": {goodKey, good, []string{"c.pem", "BEGIN CERTIFICATE"}},
		"no key":                {good, nil, []string{"c.key", "BEGIN PRIVATE KEY"}},
		"a key with a password": {good, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), []string{"c.key", "has a password"}},
		"half a certificate":    {good[:len(good)/2], goodKey, []string{"c.pem"}},
		"bytes that are none": {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), goodKey,
			[]string{"c.pem", "cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenFiles([]Pair{written(t, t.TempDir(), "c", tc.cert, tc.key)}, quiet())
			require.Error(t, err)
			for _, said := range tc.says {
				assert.ErrorContains(t, err, said)
			}
		})
	}
	_, err := OpenFiles([]Pair{{filepath.Join(t.TempDir(), "missing.pem"), "x"}}, quiet())
	assert.ErrorContains(t, err, "missing.pem")
}

// hello is that of a client which asks for a host.
func hello(host string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName: host, SupportedVersions: []uint16{tls.VersionTLS13}, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
	}
}

func TestTheCertificateIsThatOfTheHost(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	var pairs []Pair
	for _, host := range []string{"a.example", "*.b.example", "192.0.2.7"} {
		cert, key := certificatetest.Made(t, now.Add(-time.Hour), now.Add(time.Hour), host)
		pairs = append(pairs, written(t, dir, strings.Trim(host, "*."), cert, key))
	}
	f, err := OpenFiles(pairs, quiet())
	require.NoError(t, err)
	for host, want := range map[string]string{"a.example": "a.example", "x.b.example": "*.b.example", "c.example": "a.example", "": "a.example"} {
		got, err := f.get(hello(host))
		require.NoError(t, err)
		assert.Equal(t, want, namesOf(got.Leaf)[0], host)
	}
	require.NoError(t, f.Covers("x.b.example"))
	require.NoError(t, f.Covers("192.0.2.7"))
	err = f.Covers("c.example")
	for _, said := range []string{"c.example", pairs[0].Cert, "for a.example", "for *.b.example", date(now.Add(time.Hour))} {
		assert.ErrorContains(t, err, said)
	}
}

// Changed files are served within two looks, and wrong ones never; the log says each once.
func TestFilesThatChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		log := &lockedBuffer{}
		served := func(f *Files) string { return namesOf((*f.current.Load())[0].Leaf)[0] }
		pass := func(d time.Duration) { <-time.After(d); synctest.Wait() }

		cert, key := certificatetest.Made(t, time.Now(), time.Now().Add(30*time.Hour), "one.example")
		f, err := OpenFiles([]Pair{written(t, dir, "c", cert, key)}, slog.New(slog.NewTextHandler(log, nil)))
		require.NoError(t, err)
		now := make(chan os.Signal, 1)
		go f.Watch(t.Context(), now)
		pass(3 * lookEvery)
		assert.Empty(t, log.String())

		cert, key = certificatetest.Made(t, time.Now(), time.Now().Add(30*time.Hour), "two.example")
		require.NoError(t, os.WriteFile(f.pairs[0].Cert, cert, 0o600))
		pass(lookEvery)
		assert.Equal(t, "one.example", served(f), "the key is still to come")
		require.NoError(t, os.WriteFile(f.pairs[0].Key, key, 0o600))
		pass(lookEvery)
		assert.Equal(t, "two.example", served(f))
		assert.Equal(t, 1, strings.Count(log.String(), "a certificate was loaded"))
		assert.NotContains(t, log.String(), "level=ERROR", "the files did not change at the same moment")

		require.NoError(t, os.Remove(f.pairs[0].Key))
		pass(9 * lookEvery)
		assert.Equal(t, "two.example", served(f))
		assert.Equal(t, 1, strings.Count(log.String(), "level=ERROR"), log.String())
		assert.Contains(t, log.String(), "c.key")
		require.NoError(t, os.WriteFile(f.pairs[0].Key, key, 0o600))
		pass(lookEvery)
		expired, expiredKey := certificatetest.Made(t, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour), "three.example")
		written(t, dir, "c", expired, expiredKey)
		now <- os.Interrupt
		pass(0)
		assert.Equal(t, 2, strings.Count(log.String(), "level=ERROR"), "at once, when somebody asks")
		assert.Equal(t, "two.example", served(f))
		cert, key = certificatetest.Made(t, time.Now(), time.Now().Add(30*time.Hour), "four.example")
		written(t, dir, "c", cert, key)
		now <- os.Interrupt
		pass(0)
		assert.Equal(t, "four.example", served(f))

		pass(19 * time.Hour)
		assert.NotContains(t, log.String(), "expires soon")
		pass(2 * time.Hour)
		assert.Equal(t, 1, strings.Count(log.String(), "expires soon"), "from the last third of its life")
		pass(24 * time.Hour)
		assert.Equal(t, 2, strings.Count(log.String(), "expires soon"), "once a day, and when it has expired")
	})
}

// A certificate of a year or three months expires soon two weeks before its end.
func TestEndsSoon(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	end := time.Now()
	for life, want := range map[time.Duration]time.Duration{365 * day: 14 * day, 90 * day: 14 * day, 6 * day: 2 * day} {
		leaf := &x509.Certificate{NotBefore: end.Add(-life), NotAfter: end}
		assert.False(t, endsSoon(leaf, end.Add(-want-time.Minute)), life)
		assert.True(t, endsSoon(leaf, end.Add(-want+time.Minute)), life)
	}
}

func TestHostsOfACME(t *testing.T) {
	t.Parallel()
	var h Hosts
	require.NoError(t, h.UnmarshalText([]byte("Chat.example.com, xn--bcher-kva.example")))
	assert.Equal(t, Hosts{"chat.example.com", "xn--bcher-kva.example"}, h)
	for entry, says := range map[string]string{
		"192.0.2.7": "is an address", "[2001:db8::7]": "is an address", "2001:db8::7": "is an address", "*.example.com": "another challenge",
		"localhost": "full name", "chat.example.com:443": "full name", "https://chat.example.com": "full name", "bücher.example": "full name",
	} {
		assert.ErrorContains(t, h.UnmarshalText([]byte(entry)), says, entry)
	}
}
