package identity

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// Who has never begun a chat goes from the bucket, with the session, once that is not used
// any more. Who uses it, who was kept and who was not silent stay.
func TestSilentVisitorsGo(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	silentVisitorsGo(t, e, e)
}

func TestSilentVisitorsGoFromACluster(t *testing.T) {
	engines := storetest.Cluster(t)
	silentVisitorsGo(t, engines[0], engines[1])
}

func silentVisitorsGo(t *testing.T, one, other *store.Engine) {
	t.Helper()
	i, err := Open(t.Context(), one, SilentVisitors(time.Second), CheapHashes())
	require.NoError(t, err)
	require.NoError(t, SeedDemo(t.Context(), i))
	elsewhere, err := Open(t.Context(), other, SilentVisitors(time.Second), CheapHashes())
	require.NoError(t, err)
	made := func(n NewUser) (User, string) {
		u, token, err := i.CreateUser(t.Context(), "demo", n)
		require.NoError(t, err)
		return u, token
	}
	has := func(kv jetstream.KeyValue, key string) bool {
		_, err := kv.Get(t.Context(), key)
		if !errors.Is(err, jetstream.ErrKeyNotFound) {
			require.NoError(t, err)
		}
		return err == nil
	}
	idle, ofIdle := made(NewUser{Silent: true, Name: "Idle"})
	busy, ofBusy := made(NewUser{Silent: true, Name: "Busy"})
	kept, ofKept := made(NewUser{Silent: true, Name: "Kept"})
	_, ofLasting := made(NewUser{Name: "Lasting"})
	require.NoError(t, elsewhere.Keep(t.Context(), ids.Key{App: "demo", ID: kept.ID}))
	require.NoError(t, elsewhere.Keep(t.Context(), ids.Key{App: "demo", ID: kept.ID}), "again changes nothing")

	used := func(token string) {
		_, _, err := elsewhere.Session(t.Context(), "demo", token)
		require.NoError(t, err)
	}
	// Busy is there for twice as long as their records would be without use.
	end := time.Now().Add(2 * i.silentRecords())
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		used(ofBusy)
		removeSilent(t, elsewhere)
		assert.True(c, time.Now().After(end))
		assert.False(c, has(i.users, userKey("demo", idle.ID)))
		assert.False(c, has(i.sessions, keyOf(idle, ofIdle)))
	}, 2*storetest.WaitFor, i.silentVisitors/10)
	_, _, err = i.Session(t.Context(), "demo", ofIdle)
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
	require.Eventually(t, func() bool {
		removeSilent(t, i)
		return !has(i.users, userKey("demo", busy.ID)) && !has(i.sessions, keyOf(busy, ofBusy))
	}, storetest.WaitFor, storetest.Tick)
	used(ofKept)
	used(ofLasting)
	list, _, err := i.Users(t.Context(), "demo", 0, 100)
	require.NoError(t, err)
	var names []string
	for _, u := range list {
		if !u.IsAgent() {
			names = append(names, u.Name)
		}
	}
	assert.ElementsMatch(t, []string{"Kept", "Lasting"}, names, "each is listed once")
}

// Until they begin a chat their session lives for a day, then for as long as any visitor's.
func TestSilentVisitorsSession(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Now()
	i.now = func() time.Time { return now }
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{Silent: true})
	require.NoError(t, err)
	renamed := "Vera"
	for day := range 5 {
		now = now.Add(23 * time.Hour)
		u, _, err = i.Session(t.Context(), "demo", token)
		require.NoError(t, err, day)
		_, err = i.UpdateUser(t.Context(), "demo", u.ID, UserPatch{Name: &renamed})
		require.NoError(t, err)
		removeSilent(t, i)
	}
	list, _, err := i.Users(t.Context(), "demo", 0, 100)
	require.NoError(t, err)
	assert.Len(t, list, 4, "they, and the demo's agents")

	require.NoError(t, i.Keep(t.Context(), ids.Key{App: "demo", ID: u.ID}))
	now = now.Add(29 * day)
	removeSilent(t, i)
	_, _, err = i.Session(t.Context(), "demo", token)
	require.NoError(t, err)

	_, token, err = i.CreateUser(t.Context(), "demo", NewUser{Silent: true})
	require.NoError(t, err)
	now = now.Add(25 * time.Hour)
	_, _, err = i.Session(t.Context(), "demo", token)
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
}

// A log-out does not make the session of a silent visitor last.
func TestSilentVisitorLogsOut(t *testing.T) {
	t.Parallel()
	i, err := Open(t.Context(), storetest.Engine(t, t.TempDir()), SilentVisitors(time.Second))
	require.NoError(t, err)
	require.NoError(t, SeedDemo(t.Context(), i))
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{Silent: true})
	require.NoError(t, err)
	require.NoError(t, i.Logout(t.Context(), "demo", u, ids.Digest(token)))
	require.Eventually(t, func() bool {
		_, err := i.sessions.Get(t.Context(), keyOf(u, token))
		return errors.Is(err, jetstream.ErrKeyNotFound)
	}, storetest.WaitFor, storetest.Tick)
}

// Who is being removed can be kept no more, on whichever node; whose removal was interrupted
// is removed by the next.
func TestSilentVisitorsWhoAreBeingRemoved(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{Silent: true})
	require.NoError(t, err)
	key := userKey("demo", u.ID)
	done, err := store.Modify(t.Context(), i.silent, key, func(at *float64, _ bool) error { *at = going; return nil })
	require.NoError(t, err)
	require.Zero(t, done)
	storetest.RequireCode(t, wire.CodeNotFound, i.Keep(t.Context(), ids.Key{App: "demo", ID: u.ID}))
	_, _, err = i.Session(t.Context(), "demo", token)
	require.NoError(t, err, "they are there until they are removed, and are not prolonged")
	removeSilent(t, i)
	_, err = i.User(t.Context(), "demo", u.ID)
	storetest.RequireCode(t, wire.CodeNotFound, err)
	_, err = i.silent.Get(t.Context(), key)
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
}

// A Fade that ends after the sessions leaves none that ends with it: Keep makes them last, also
// without the record.
func TestFadeInterrupted(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Now()
	i.now = func() time.Time { return now }
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{Silent: true})
	require.NoError(t, err)
	assert.NotContains(t, string(u.Own()), "byPage")
	key := ids.Key{App: "demo", ID: u.ID}
	require.NoError(t, i.Keep(t.Context(), key))
	require.NoError(t, i.silenceSessions(t.Context(), key, true))
	require.NoError(t, i.Keep(t.Context(), key))
	now = now.Add(29 * day)
	removeSilent(t, i)
	_, _, err = i.Session(t.Context(), "demo", token)
	require.NoError(t, err)

	for range 2 { // again changes nothing
		silent, err := i.Fade(t.Context(), key)
		require.NoError(t, err)
		require.True(t, silent)
	}
	now = now.Add(3 * day)
	removeSilent(t, i)
	_, err = i.User(t.Context(), "demo", u.ID)
	storetest.RequireCode(t, wire.CodeNotFound, err)
	silent, err := i.Fade(t.Context(), key)
	require.NoError(t, err)
	assert.True(t, silent, "they are gone")
	_, err = i.silent.Get(t.Context(), key.Name())
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
}

func removeSilent(t *testing.T, i *Store) {
	t.Helper()
	require.NoError(t, i.RemoveSilent(t.Context(), Chats{
		Goes:   func(context.Context, ids.Key) (bool, error) { return true, nil },
		Forget: func(context.Context, ids.Key) error { return nil },
	}))
}
