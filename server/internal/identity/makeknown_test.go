package identity

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// between is a bucket in which something else happens before the next read of a key.
type between struct {
	jetstream.KeyValue
	key  string
	does func()
}

func (b *between) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	if does := b.does; does != nil && key == b.key {
		b.does = nil
		does()
	}
	return b.KeyValue.Get(ctx, key)
}

// A user whom two calls make known at once has one external id, and only that one leads to
// them.
func TestOneExternalIDOfTwoAtOnce(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	u, _, err := i.CreateUser(t.Context(), "demo", NewUser{Name: "Vera"})
	require.NoError(t, err)
	users := i.users
	i.users = &between{users, externalKey("demo", "a"), func() {
		i.users = users
		_, err := i.MakeKnown(t.Context(), "demo", u.ID, "b")
		require.NoError(t, err)
	}}
	_, err = i.MakeKnown(t.Context(), "demo", u.ID, "a")
	storetest.RequireCode(t, wire.CodeBadRequest, err)
	found, err := i.UserByExternalID(t.Context(), "demo", "b")
	require.NoError(t, err)
	assert.Equal(t, u.ID, found.ID)
	_, err = i.UserByExternalID(t.Context(), "demo", "a")
	storetest.RequireCode(t, wire.CodeNotFound, err)
}

// Of two users who are made known by the same external id at once, one is.
func TestOneUserOfAnExternalID(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	vera, _, err := i.CreateUser(t.Context(), "demo", NewUser{Name: "Vera", Claimed: "a"})
	require.NoError(t, err)
	paul, _, err := i.CreateUser(t.Context(), "demo", NewUser{Name: "Paul"})
	require.NoError(t, err)
	users := i.users
	i.users = &between{users, userKey("demo", vera.ID), func() {
		i.users = users
		_, err := i.MakeKnown(t.Context(), "demo", paul.ID, "a")
		require.NoError(t, err)
	}}
	_, err = i.MakeKnown(t.Context(), "demo", vera.ID, "a")
	storetest.RequireCode(t, wire.CodeConflict, err)
	was, err := i.User(t.Context(), "demo", vera.ID)
	require.NoError(t, err)
	assert.Equal(t, []string{"", "a"}, []string{was.ExternalID, was.Claimed}, "as it was before")
}

// An index that leads nowhere, as a call that failed half-way has left it, keeps nobody out.
func TestExternalIDThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	paul, _, err := i.CreateUser(t.Context(), "demo", NewUser{Name: "Paul"})
	require.NoError(t, err)
	for externalID, holder := range map[string]string{"of-nobody": "gone", "of-another": paul.ID} {
		for _, make := range []func(externalID string) (User, error){
			func(externalID string) (User, error) {
				u, _, err := i.CreateUser(t.Context(), "demo", NewUser{ExternalID: externalID})
				return u, err
			},
			func(externalID string) (User, error) {
				u, _, err := i.CreateUser(t.Context(), "demo", NewUser{Name: "Vera"})
				require.NoError(t, err)
				return i.MakeKnown(t.Context(), "demo", u.ID, externalID)
			},
		} {
			_, err := store.Modify(t.Context(), i.users, externalKey("demo", externalID), func(h *string, _ bool) error {
				*h = holder
				return nil
			})
			require.NoError(t, err)
			_, err = i.UserByExternalID(t.Context(), "demo", externalID)
			storetest.RequireCode(t, wire.CodeNotFound, err)
			u, err := make(externalID)
			require.NoError(t, err, externalID)
			found, err := i.UserByExternalID(t.Context(), "demo", externalID)
			require.NoError(t, err)
			assert.Equal(t, u.ID, found.ID)
			require.NoError(t, i.EraseUser(t.Context(), "demo", u.ID))
		}
	}
}
