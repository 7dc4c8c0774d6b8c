package certificate

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/certificatetest"
	"parley/server/internal/storetest"
)

// stored gives an ACME that has a certificate in the store, which holds for a time, and
// what it logs.
func stored(t *testing.T, from, to time.Time) (*ACME, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	a := NewACME(ACMEOptions{Hosts: Hosts{"a.example"}, Directory: "https://127.0.0.1:1"}, slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, a.Use(t.Context(), storetest.Engine(t, t.TempDir())))
	cert, key := certificatetest.Made(t, from, to, "a.example")
	require.NoError(t, a.cache.Put(t.Context(), "a.example", append(key, cert...)))
	return a, log
}

// A certificate that is stored is served: for its host, for those who name none, and for
// no other.
func TestStoredCertificates(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, log := stored(t, now.Add(-time.Hour), now.Add(90*24*time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool)
	go func() { a.Keep(ctx); close(ended) }()
	cancel()
	<-ended
	assert.Contains(t, log.String(), "there is a certificate for a host")
	for name, has := range map[string]bool{"a.example": true, "": true, "b.example": false} {
		cert, err := a.get(helloFor(name))
		if has {
			require.NoError(t, err)
			assert.Equal(t, "a.example", cert.Leaf.DNSNames[0])
			continue
		}
		require.Error(t, err)
	}
	ends := a.Ends()
	assert.Len(t, ends, 1)
	assert.WithinDuration(t, now.Add(90*24*time.Hour), ends["a.example"], time.Second)
	require.NoError(t, a.Covers("a.example"))
	require.ErrorContains(t, a.Covers("b.example"), "a.example")
	assert.Contains(t, a.TLS().NextProtos, "acme-tls/1")
	assert.EqualValues(t, tls.VersionTLS12, a.TLS().MinVersion)
}

// The operator hears of a renewal that fails, before the certificate expires.
func TestLateRenewals(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Now()
	a, log := stored(t, now.Add(-60*day), now.Add(30*day+time.Hour))
	for left, late := range map[time.Duration]bool{29 * day: false, 15 * day: false, 13 * day: true, -day: true} {
		assert.Equal(t, late, a.warnOfEnds(now.Add(30*day+time.Hour-left)), left)
	}
	assert.Equal(t, 2, strings.Count(log.String(), "is not renewed"))
	short, _ := stored(t, now, now.Add(6*day))
	assert.False(t, short.warnOfEnds(now.Add(4*day+2*time.Hour)), "it is renewed just now")
	assert.True(t, short.warnOfEnds(now.Add(5*day)))
}

// What an authority says of a challenge is kept, and its answer stays as it is.
func TestWhatAnAuthoritySays(t *testing.T) {
	t.Parallel()
	const answer = `{"status": "invalid", "challenges": [{"type": "http-01", "error": {"detail": "nobody is there"}}, {"type": "dns-01"}]}`
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, answer+strings.Repeat(" ", longestSaid))
	}))
	defer authority.Close()
	s := &said{}
	for range 2 {
		r, err := (&http.Client{Transport: s}).Get(authority.URL)
		require.NoError(t, err)
		got, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		assert.Equal(t, answer, strings.TrimRight(string(got), " "))
	}
	s.note([]byte(answer))
	assert.Equal(t, "http-01: nobody is there", s.take(), "once")
	assert.Empty(t, s.take())
}
