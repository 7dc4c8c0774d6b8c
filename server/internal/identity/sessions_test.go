package identity

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

func TestSessionSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	i, err := Open(t.Context(), e)
	require.NoError(t, err)
	require.NoError(t, SeedDemo(t.Context(), i))
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	storetest.Close(t, e)

	i, err = Open(t.Context(), storetest.Engine(t, dir))
	require.NoError(t, err)
	same, _, err := i.Session(t.Context(), "demo", token)
	require.NoError(t, err)
	assert.Equal(t, u, same)
}

func TestSessionRefusals(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, err := i.CreateApp(t.Context(), App{ID: "other"}, "other-secret")
	require.NoError(t, err)
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)

	for _, tc := range []struct{ name, app, token string }{
		{"unknown", "demo", ids.NewSecret()}, {"empty", "demo", ""}, {"its digest", "demo", ids.Digest(token)}, {"of another app", "other", token},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := i.Session(t.Context(), tc.app, tc.token)
			storetest.RequireCode(t, wire.CodeUnauthorized, err)
		})
	}
	t.Run("of a user who is gone", func(t *testing.T) {
		require.NoError(t, i.users.Purge(t.Context(), userKey("demo", u.ID)))
		_, _, err := i.Session(t.Context(), "demo", token)
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	})
}

func TestSessionLivesAsLongAsItIsUsed(t *testing.T) {
	t.Parallel()
	i, err := Open(t.Context(), storetest.Engine(t, t.TempDir()), SessionLife(time.Hour))
	require.NoError(t, err)
	now := time.Now()
	i.now = func() time.Time { return now }
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	for range 5 {
		now = now.Add(50 * time.Minute)
		same, _, err := i.Session(t.Context(), "demo", token)
		require.NoError(t, err)
		assert.Equal(t, u.ID, same.ID)
	}
	now = now.Add(61 * time.Minute)
	_, _, err = i.Session(t.Context(), "demo", token)
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
}

func TestSessionIsNotWrittenAtEachUse(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	before, err := i.sessions.Get(t.Context(), ids.Digest(token))
	require.NoError(t, err)
	for range 3 {
		_, _, err := i.Session(t.Context(), "demo", token)
		require.NoError(t, err)
	}
	after, err := i.sessions.Get(t.Context(), ids.Digest(token))
	require.NoError(t, err)
	assert.Equal(t, before.Revision(), after.Revision())
}

// An agent's session is gone at once.
func TestLogoutOfAnAgent(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	first, other := loggedIn(t, i, "agent1"), loggedIn(t, i, "agent1").Token
	agent, token := first.User, first.Token
	require.NoError(t, i.Logout(t.Context(), agent, ids.Digest(token)))
	require.NoError(t, i.Logout(t.Context(), agent, ids.Digest(token)), "twice is fine")
	_, _, err := i.Session(t.Context(), "demo", token)
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
	_, _, err = i.Session(t.Context(), "demo", other)
	require.NoError(t, err)
}

// A visitor's is known as ended for a while, and using it does not prolong that.
func TestLogoutOfAVisitor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ given, until time.Duration }{{time.Hour, 59 * time.Minute}, {time.Minute, 59 * time.Second}, {0, 0}} {
		t.Run(tc.given.String(), func(t *testing.T) {
			i := testIdentity(t)
			AfterLogout(tc.given)(i)
			now := time.Now()
			i.now = func() time.Time { return now }
			u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
			require.NoError(t, err)
			require.NoError(t, i.Logout(t.Context(), u, ids.Digest(token)))
			for range 3 {
				now = now.Add(tc.until / 3)
				same, ended, err := i.Session(t.Context(), "demo", token)
				require.NoError(t, err)
				assert.True(t, ended)
				assert.Equal(t, u.ID, same.ID)
			}
			require.NoError(t, i.Logout(t.Context(), u, ids.Digest(token)), "nor does ending it again")
			now = now.Add(tc.given - tc.until + time.Second)
			_, _, err = i.Session(t.Context(), "demo", token)
			storetest.RequireCode(t, wire.CodeUnauthorized, err)
		})
	}
}

func TestTokensAreKeptAsDigests(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	_, err = i.sessions.Get(t.Context(), token)
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
	entry, err := i.sessions.Get(t.Context(), ids.Digest(token))
	require.NoError(t, err)
	assert.NotContains(t, string(entry.Value()), token)
}

func TestSessionLifeIsChecked(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), storetest.Engine(t, t.TempDir()), SessionLife(time.Second))
	require.ErrorContains(t, err, "session life")
}

func TestSessionLifeMayChange(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	for _, life := range []time.Duration{time.Hour, 24 * time.Hour, 2 * time.Hour} {
		_, err := Open(t.Context(), e, SessionLife(life))
		require.NoError(t, err)
	}
}
