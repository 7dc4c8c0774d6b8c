package store_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
)

// Whoever hears that a write was certainly not made may make another one: so nobody says it of a write of which a
// time was not answered.
func TestUntilConfirmedOfWhatMayBeStored(t *testing.T) {
	underWay := &jetstream.APIError{ErrorCode: 10158, Description: "a message of that name is on its way"}
	for name, tc := range map[string]struct {
		first   func(context.Context) error
		refused bool
	}{
		"unanswered": {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, false},
		"answered":   {func(context.Context) error { return underWay }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				defer stop()
				times := 0
				err := store.UntilConfirmed(ctx, func(ctx context.Context) error {
					if times++; times == 1 {
						return tc.first(ctx)
					}
					return underWay
				})
				require.Error(t, err)
				assert.Greater(t, times, 10)
				assert.Equal(t, tc.refused, store.IsRefused(err), err)
			})
		})
	}
}
