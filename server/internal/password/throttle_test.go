package password

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
)

func TestDelay(t *testing.T) {
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
			f := failures{count: tc.failures, last: start}
			assert.Equal(t, tc.want, f.delay(FreeFailures, start.Add(tc.after)))
		})
	}
}

func at(client string) []limit.Share { return limit.SharesOf(netip.MustParseAddr(client)) }

// atNumber gives one of 16 million addresses.
func atNumber(n int) []limit.Share {
	return limit.SharesOf(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}))
}

func TestAttemptsOfAGuesserAreMadeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	throttle := NewThrottle()
	first, err := throttle.Begin(t.Context(), "name", at("192.0.2.1"), time.Now)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = throttle.Begin(ctx, "name", at("192.0.2.1"), time.Now)
	storetest.RequireCode(t, wire.CodeTooMany, err)
	other, err := throttle.Begin(t.Context(), "other", at("192.0.2.1"), time.Now)
	require.NoError(t, err, "another name does not wait")
	other.End()
	first.End()
	again, err := throttle.Begin(t.Context(), "name", at("192.0.2.1"), time.Now)
	require.NoError(t, err)
	again.End()
}

// Many names at one network are slowed down as well; a known device has no network.
func TestThrottleOfANetwork(t *testing.T) {
	t.Parallel()
	throttle := NewThrottle()
	now := time.Now()
	clock := func() time.Time { return now }
	for n := range FreeOfNetwork {
		a, err := throttle.Begin(t.Context(), fmt.Sprint(n), at("192.0.2.1"), clock)
		require.NoError(t, err)
		a.failed(now)
		a.End()
	}
	_, err := throttle.Begin(t.Context(), "one more", at("192.0.2.1"), clock)
	storetest.RequireCode(t, wire.CodeTooMany, err)
	for guesser, from := range map[string][]limit.Share{"one more": at("192.0.2.2"), "on a device": nil} {
		a, err := throttle.Begin(t.Context(), guesser, from, clock)
		require.NoError(t, err)
		a.succeeded()
		a.End()
	}
	_, err = throttle.Begin(t.Context(), "yet another", at("192.0.2.1"), clock)
	storetest.RequireCode(t, wire.CodeTooMany, err)
	now = now.Add(time.Second)
	a, err := throttle.Begin(t.Context(), "yet another", at("192.0.2.1"), clock)
	require.NoError(t, err)
	a.End()
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	throttle := NewThrottle()
	for n := range CountersKept + 10 {
		a, err := throttle.Begin(t.Context(), fmt.Sprint(n), atNumber(n), time.Now)
		require.NoError(t, err)
		a.End()
		a, err = throttle.Begin(t.Context(), fmt.Sprint(n), nil, time.Now)
		require.NoError(t, err)
		a.End()
	}
	assert.Equal(t, CountersKept, throttle.strangers.Len())
	assert.Equal(t, CountersKept, throttle.insiders.Len())
	assert.Equal(t, CountersKept, throttle.networks.Len())
}
