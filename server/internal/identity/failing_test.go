package identity

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

var errBroken = errors.New("the store is broken")

// breaking is a bucket that takes so many writes, and then no more. Nor can a record's old
// revisions be erased then.
type breaking struct {
	jetstream.KeyValue
	left *int // of all buckets together
}

func (b breaking) take() error {
	if *b.left == 0 {
		return errBroken
	}
	*b.left--
	return nil
}

func (b breaking) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if err := b.take(); err != nil {
		return 0, err
	}
	return b.KeyValue.Update(ctx, key, value, revision)
}

func (b breaking) Purge(ctx context.Context, key string, options ...jetstream.KVDeleteOpt) error {
	if err := b.take(); err != nil {
		return err
	}
	return b.KeyValue.Purge(ctx, key, options...)
}

// Bucket is asked for when old revisions are erased.
func (b breaking) Bucket() string {
	if b.take() != nil {
		return "broken"
	}
	return b.KeyValue.Bucket()
}

// Whatever is to end a user's sessions has ended them all when it fails half-way.
func TestSessionsEndBeforeAnythingElseFails(t *testing.T) {
	t.Parallel()
	password, yes := "something new", true
	for _, tc := range []struct {
		name string
		do   func(i *Store, u User, session string) error
	}{
		{"another password", func(i *Store, u User, _ string) error {
			_, err := i.UpdateAgent(t.Context(), "demo", u.ID, AgentPatch{Password: &password})
			return err
		}},
		{"no second factor", func(i *Store, u User, _ string) error {
			_, err := i.UpdateAgent(t.Context(), "demo", u.ID, AgentPatch{ResetSecondFactor: true})
			return err
		}},
		{"disabled", func(i *Store, u User, _ string) error {
			_, err := i.UpdateAgent(t.Context(), "demo", u.ID, AgentPatch{Disabled: &yes})
			return err
		}},
		{"own password", func(i *Store, u User, session string) error {
			return i.ChangePassword(t.Context(), "demo", u, PasswordChange{Old: "demo", New: password, Session: session})
		}},
		{"removed", func(i *Store, u User, _ string) error { return i.RemoveAgent(t.Context(), "demo", u.ID) }},
		{"logged out everywhere", func(i *Store, u User, _ string) error { return i.EndSessions(t.Context(), "demo", u.ID) }},
		{"erased", func(i *Store, u User, _ string) error {
			_, err := i.RemoveSessions(t.Context(), "demo", u.ID)
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for writes, failed := 0, true; failed; writes++ {
				require.Less(t, writes, 30)
				failed = failsAfter(t, writes, tc.do)
			}
		})
	}
}

// failsAfter has something fail after so many writes, and tells whether it did.
func failsAfter(t *testing.T, writes int, do func(i *Store, u User, session string) error) (failed bool) {
	t.Helper()
	i := testIdentity(t)
	old, own := loggedIn(t, i, "agent1"), loggedIn(t, i, "agent1")
	agents, users, sessions, left := i.agents, i.users, i.sessions, writes
	i.agents, i.users, i.sessions = breaking{agents, &left}, breaking{users, &left}, breaking{sessions, &left}
	err := do(i, old.User, ids.Digest(own.Token))
	i.agents, i.users, i.sessions = agents, users, sessions
	if writes > 0 || err == nil {
		_, _, over := i.Session(t.Context(), "demo", old.Token)
		assert.True(t, ids.IsCode(over, wire.CodeUnauthorized), "after %d writes: %v", writes, over)
	}
	return err != nil
}

// A session that changes the password goes on, however often it does; all others end.
func TestSessionThatChangesThePasswordGoesOn(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	own := loggedIn(t, i, "agent1")
	was := "demo"
	for n := range 3 {
		next := fmt.Sprintf("quite another one %d", n)
		other, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: was})
		require.NoError(t, err)
		require.NoError(t, i.ChangePassword(t.Context(), "demo", own.User, PasswordChange{Old: was, New: next, Session: ids.Digest(own.Token)}))
		u, _, err := i.Session(t.Context(), "demo", own.Token)
		require.NoError(t, err)
		_, _, err = i.Session(t.Context(), "demo", other.Token)
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
		list, err := i.Sessions(t.Context(), "demo", u)
		require.NoError(t, err)
		assert.Len(t, list, 1)
		was = next
	}
}

// A session that was ended meanwhile is not brought back by the change that it has begun.
func TestSessionThatHasEndedIsNotKept(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	own := loggedIn(t, i, "agent1")
	require.NoError(t, i.EndSessions(t.Context(), "demo", own.User.ID))
	err := i.ChangePassword(t.Context(), "demo", own.User, PasswordChange{Old: "demo", New: "something new", Session: ids.Digest(own.Token)})
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
	_, _, err = i.Session(t.Context(), "demo", own.Token)
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
	loggedIn(t, i, "agent1")
}
