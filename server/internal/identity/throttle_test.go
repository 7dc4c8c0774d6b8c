package identity

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoginDelay(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for _, tc := range []struct {
		failures    int
		after, want time.Duration
	}{
		{0, 0, 0},
		{4, 0, 0},
		{5, 0, time.Second},
		{5, 400 * time.Millisecond, 600 * time.Millisecond},
		{6, 0, 2 * time.Second},
		{10, 0, 32 * time.Second},
		{11, 0, time.Minute},
		{1000, 0, time.Minute},
		{1000, failuresLast + 1, 0},
	} {
		t.Run(fmt.Sprintf("%d failures, %s later", tc.failures, tc.after), func(t *testing.T) {
			n := loginName{failures: tc.failures, last: start}
			assert.Equal(t, tc.want, n.delay(start.Add(tc.after)))
		})
	}
}

func TestLoginAttemptsAtANameAreMadeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	throttle := newLoginThrottle()
	first, err := throttle.begin(t.Context(), "name", time.Now)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = throttle.begin(ctx, "name", time.Now)
	require.ErrorIs(t, err, context.Canceled)
	other, err := throttle.begin(t.Context(), "other", time.Now)
	require.NoError(t, err, "another name does not wait")
	other.end()
	first.end()
	again, err := throttle.begin(t.Context(), "name", time.Now)
	require.NoError(t, err)
	again.end()
}

func TestLoginThrottleIsBounded(t *testing.T) {
	t.Parallel()
	throttle := newLoginThrottle()
	for n := range namesWatched + 10 {
		name, err := throttle.begin(t.Context(), fmt.Sprint(n), time.Now)
		require.NoError(t, err)
		name.end()
	}
	assert.Equal(t, namesWatched, throttle.names.Len())
}
