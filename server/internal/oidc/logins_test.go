package oidc

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/settings"
	"parley/server/internal/storetest"
	openid "parley/server/servertest/provider"
)

// opened gives log-ins by a provider, and how often it was asked.
func opened(t *testing.T) (l *Logins, by settings.OIDC, asked *atomic.Int64) {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	require.NoError(t, err)
	asked = &atomic.Int64{}
	require.NoError(t, openid.Start(m, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			next.ServeHTTP(w, r)
		})
	}))
	t.Cleanup(func() { _ = m.Server.Close() })
	l, err = Open(t.Context(), storetest.Engine(t, t.TempDir()), true)
	require.NoError(t, err)
	return l, settings.OIDC{Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret}, asked
}

const console = "https://chat.example.com/console/"

// So many log-ins may have begun, and no more.
func TestLoginsAreBounded(t *testing.T) {
	t.Parallel()
	l, by, _ := opened(t)
	l.most = 2
	for range l.most {
		_, err := l.Begin(t.Context(), "demo", by, console)
		require.NoError(t, err)
	}
	_, err := l.Begin(t.Context(), "demo", by, console)
	assert.True(t, ids.IsCode(err, wire.CodeTooMany), "%v", err)
	assert.EqualValues(t, fullRetry, ids.AsError(err).RetryAfter)
}

// A log-in that has taken too long is over, also while the bucket still has it.
func TestLoginsEnd(t *testing.T) {
	t.Parallel()
	l, by, _ := opened(t)
	begun, err := l.Begin(t.Context(), "demo", by, console)
	require.NoError(t, err)
	at, err := url.Parse(begun.URL)
	require.NoError(t, err)
	l.now = func() time.Time { return time.Now().Add(within + time.Second) }
	_, err = l.Finish(t.Context(), "demo", by, Callback{State: at.Query().Get("state"), Key: begun.Key, Code: "x"})
	assert.Equal(t, errOver, err)
}

// A log-in of one app is not one of another.
func TestLoginsOfApps(t *testing.T) {
	t.Parallel()
	l, by, _ := opened(t)
	begun, err := l.Begin(t.Context(), "demo", by, console)
	require.NoError(t, err)
	at, err := url.Parse(begun.URL)
	require.NoError(t, err)
	_, err = l.Finish(t.Context(), "other", by, Callback{State: at.Query().Get("state"), Key: begun.Key, Code: "x"})
	assert.Equal(t, errOver, err)
}

// What a provider says of itself is asked once an hour.
func TestProvidersAreRemembered(t *testing.T) {
	t.Parallel()
	l, by, asked := opened(t)
	begin := func() {
		_, err := l.Begin(t.Context(), "demo", by, console)
		require.NoError(t, err)
	}
	begin()
	begin()
	assert.EqualValues(t, 1, asked.Load())
	l.now = func() time.Time { return time.Now().Add(providerLife + time.Second) }
	begin()
	assert.EqualValues(t, 2, asked.Load())
}
