package server

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

func TestSessionSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	e := testEngine(t, dir)
	i, err := NewIdentity(t.Context(), e)
	require.NoError(t, err)
	require.NoError(t, SeedDemo(t.Context(), i))
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	closeEngine(t, e)

	i, err = NewIdentity(t.Context(), testEngine(t, dir))
	require.NoError(t, err)
	same, err := i.Session(t.Context(), "demo", token)
	require.NoError(t, err)
	assert.Equal(t, u, same)
}

func TestSessionRefusals(t *testing.T) {
	i := testIdentity(t)
	_, err := i.CreateApp(t.Context(), App{ID: "other"}, "other-secret")
	require.NoError(t, err)
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)

	for _, tc := range []struct{ name, app, token string }{
		{"unknown", "demo", newSecret()}, {"empty", "demo", ""}, {"its digest", "demo", digest(token)}, {"of another app", "other", token},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := i.Session(t.Context(), tc.app, tc.token)
			requireCode(t, wire.CodeUnauthorized, err)
		})
	}
	t.Run("of a user who is gone", func(t *testing.T) {
		require.NoError(t, i.users.Purge(t.Context(), userKey("demo", u.ID)))
		_, err := i.Session(t.Context(), "demo", token)
		requireCode(t, wire.CodeUnauthorized, err)
	})
}

func TestSessionLivesAsLongAsItIsUsed(t *testing.T) {
	i, err := NewIdentity(t.Context(), testEngine(t, t.TempDir()), SessionLife(time.Hour))
	require.NoError(t, err)
	now := time.Now()
	i.now = func() time.Time { return now }
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	for range 5 {
		now = now.Add(50 * time.Minute)
		same, err := i.Session(t.Context(), "demo", token)
		require.NoError(t, err)
		assert.Equal(t, u.ID, same.ID)
	}
	now = now.Add(61 * time.Minute)
	_, err = i.Session(t.Context(), "demo", token)
	requireCode(t, wire.CodeUnauthorized, err)
}

func TestSessionIsNotWrittenAtEachUse(t *testing.T) {
	i := testIdentity(t)
	_, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	before, err := i.sessions.Get(t.Context(), digest(token))
	require.NoError(t, err)
	for range 3 {
		_, err := i.Session(t.Context(), "demo", token)
		require.NoError(t, err)
	}
	after, err := i.sessions.Get(t.Context(), digest(token))
	require.NoError(t, err)
	assert.Equal(t, before.Revision(), after.Revision())
}

func TestLogout(t *testing.T) {
	i := testIdentity(t)
	_, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	_, other, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	require.NoError(t, i.Logout(t.Context(), token))
	require.NoError(t, i.Logout(t.Context(), token), "twice is fine")
	_, err = i.Session(t.Context(), "demo", token)
	requireCode(t, wire.CodeUnauthorized, err)
	_, err = i.Session(t.Context(), "demo", other)
	require.NoError(t, err)
}

func TestTokensAreKeptAsDigests(t *testing.T) {
	i := testIdentity(t)
	_, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	_, err = i.sessions.Get(t.Context(), token)
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
	entry, err := i.sessions.Get(t.Context(), digest(token))
	require.NoError(t, err)
	assert.NotContains(t, string(entry.Value()), token)
}

func TestSessionLifeIsChecked(t *testing.T) {
	_, err := NewIdentity(t.Context(), testEngine(t, t.TempDir()), SessionLife(time.Second))
	require.ErrorContains(t, err, "session life")
}

func TestSessionLifeMayChange(t *testing.T) {
	e := testEngine(t, t.TempDir())
	for _, life := range []time.Duration{time.Hour, 24 * time.Hour, 2 * time.Hour} {
		_, err := NewIdentity(t.Context(), e, SessionLife(life))
		require.NoError(t, err)
	}
}
