package identity

import (
	"net/netip"
	"strings"
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
	i, err := Open(t.Context(), storetest.Engine(t, t.TempDir()), VisitorSessions(Life{time.Hour, 24 * time.Hour}))
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
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	before, err := i.sessions.Get(t.Context(), keyOf(u, token))
	require.NoError(t, err)
	for range 3 {
		_, _, err := i.Session(t.Context(), "demo", token)
		require.NoError(t, err)
	}
	after, err := i.sessions.Get(t.Context(), keyOf(u, token))
	require.NoError(t, err)
	assert.Equal(t, before.Revision(), after.Revision())
}

// An agent's session is gone at once.
func TestLogoutOfAnAgent(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	first, other := loggedIn(t, i, "agent1"), loggedIn(t, i, "agent1").Token
	agent, token := first.User, first.Token
	require.NoError(t, i.Logout(t.Context(), "demo", agent, ids.Digest(token)))
	require.NoError(t, i.Logout(t.Context(), "demo", agent, ids.Digest(token)), "twice is fine")
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
			require.NoError(t, i.Logout(t.Context(), "demo", u, ids.Digest(token)))
			for range 3 {
				now = now.Add(tc.until / 3)
				same, ended, err := i.Session(t.Context(), "demo", token)
				require.NoError(t, err)
				assert.True(t, ended)
				assert.Equal(t, u.ID, same.ID)
			}
			require.NoError(t, i.Logout(t.Context(), "demo", u, ids.Digest(token)), "nor does ending it again")
			now = now.Add(tc.given - tc.until + time.Second)
			_, _, err = i.Session(t.Context(), "demo", token)
			storetest.RequireCode(t, wire.CodeUnauthorized, err)
		})
	}
}

func TestTokensAreKeptAsDigests(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	_, err = i.sessions.Get(t.Context(), token)
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
	entry, err := i.sessions.Get(t.Context(), keyOf(u, token))
	require.NoError(t, err)
	assert.NotContains(t, string(entry.Value()), token)
}

// keyOf is the key of a session of the demo app.
func keyOf(u User, token string) string {
	return sessionKey(ids.Key{App: "demo", ID: u.ID}, ids.Digest(token))
}

func TestSessionLifeIsChecked(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	for _, test := range []struct {
		option Option
		about  string
	}{
		{VisitorSessions(Life{time.Second, time.Hour}), "session life of visitors"},
		{AgentSessions(Life{time.Second, time.Hour}), "session life of agents"},
		{AgentSessions(Life{Unused: time.Hour}), "altogether"},
		{VisitorSessions(Life{2 * time.Hour, time.Hour}), "altogether"},
		{SilentVisitors(0), "silent visitors"},
	} {
		_, err := Open(t.Context(), e, test.option)
		require.ErrorContains(t, err, test.about)
	}
}

func TestSessionLifeMayChange(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	for _, life := range []time.Duration{time.Hour, 24 * time.Hour, 2 * time.Hour} {
		_, err := Open(t.Context(), e, VisitorSessions(Life{life, life}))
		require.NoError(t, err)
	}
}

// A session that is used all the time ends all the same, an agent's sooner.
func TestSessionHasAnAbsoluteEnd(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Now()
	i.now = func() time.Time { return now }
	u, ofVisitor, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	agent := loggedIn(t, i, "agent1")
	uses := func(token string, every, atMost time.Duration) (lived time.Duration) {
		began := now
		for {
			if _, _, err := i.Session(t.Context(), "demo", token); err != nil {
				storetest.RequireCode(t, wire.CodeUnauthorized, err)
				return now.Sub(began)
			}
			require.LessOrEqual(t, now.Sub(began), atMost)
			now = now.Add(every)
		}
	}
	assert.Equal(t, 7*day, uses(agent.Token, 12*time.Hour, 30*day))
	now = now.Add(-7 * day)
	assert.Equal(t, 365*day+5*day, uses(ofVisitor, 10*day, 1000*day), "at the first use after it")
	list, err := i.Sessions(t.Context(), "demo", u)
	require.NoError(t, err)
	assert.Empty(t, list)
}

func TestSessionsOfAUser(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Unix(1_800_000_000, 0)
	i.now = func() time.Time { return now }
	u, first, err := i.CreateUser(t.Context(), "demo", NewUser{Client: Client{Address: netip.MustParseAddr("203.0.113.77"), UserAgent: "Firefox\x00\u202e " + strings.Repeat("x", 300)}})
	require.NoError(t, err)
	now = now.Add(time.Minute)
	second, err := i.StartSession(t.Context(), "demo", u, Client{Address: netip.MustParseAddr("2001:db8:1:2:3:4:5:6")})
	require.NoError(t, err)
	list, err := i.Sessions(t.Context(), "demo", u)
	require.NoError(t, err)
	began := ids.Unix(now)
	assert.Equal(t, []SessionInfo{
		{ID: ids.Digest(second), Created: began, Used: began, Expires: began + (30 * day).Seconds(), Network: "2001:db8:1::/48"},
		{
			ID: ids.Digest(first), Created: began - 60, Used: began - 60, Expires: began - 60 + (30 * day).Seconds(),
			Network: "203.0.113.0/24", UserAgent: "Firefox " + strings.Repeat("x", 112),
		},
	}, list)

	user := ids.Key{App: "demo", ID: u.ID}
	require.NoError(t, i.Revoke(t.Context(), user, ids.Digest(first)))
	_, _, err = i.Session(t.Context(), "demo", first)
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
	storetest.RequireCode(t, wire.CodeNotFound, i.Revoke(t.Context(), user, ids.Digest(first)))
	storetest.RequireCode(t, wire.CodeNotFound, i.Revoke(t.Context(), user, "*"))
	other, _, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	storetest.RequireCode(t, wire.CodeNotFound, i.Revoke(t.Context(), ids.Key{App: "demo", ID: other.ID}, ids.Digest(second)))
	require.NoError(t, i.Logout(t.Context(), "demo", u, ids.Digest(second)))
	list, err = i.Sessions(t.Context(), "demo", u)
	require.NoError(t, err)
	assert.Empty(t, list)
}
