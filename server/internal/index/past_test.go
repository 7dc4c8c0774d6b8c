package index

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

// Nobody is given a part of a user's chats: it is a 503 until the older ones are there,
// which are added once.
func TestPastWaitsForOlderChats(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	past, err := OpenPast(t.Context(), e)
	require.NoError(t, err)
	require.NoError(t, past.Add(t.Context(), ids.Key{App: "a", ID: "new"}, "u"))
	short, stop := context.WithCancel(t.Context())
	stop()
	_, _, err = past.Page(short, "a", "u", 0, 10)
	storetest.RequireCode(t, wire.StoreFailed.Code(), err)

	failed := errors.New("the log does not answer")
	require.ErrorIs(t, past.Fill(t.Context(), func(context.Context, AddPast) error { return failed }), failed)
	require.NoError(t, past.Fill(t.Context(), func(ctx context.Context, add AddPast) error {
		return errors.Join(add(ctx, ids.Key{App: "a", ID: "new"}, "u"), add(ctx, ids.Key{App: "a", ID: "old"}, "u"))
	}))
	again, err := OpenPast(t.Context(), e)
	require.NoError(t, err)
	require.NoError(t, again.Fill(t.Context(), func(context.Context, AddPast) error { return failed }))
	for _, p := range []*Past{past, again} {
		chatIDs, _, err := p.Page(t.Context(), "a", "u", 0, 10)
		require.NoError(t, err)
		assert.Equal(t, []string{"new", "old"}, chatIDs)
	}
}
