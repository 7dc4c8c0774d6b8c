package identity

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
			f := failures{count: tc.failures, last: start}
			assert.Equal(t, tc.want, f.delay(freeFailures, start.Add(tc.after)))
		})
	}
}

func at(client string) []limit.Share { return limit.SharesOf(netip.MustParseAddr(client)) }

// atNumber gives one of 16 million addresses.
func atNumber(n int) []limit.Share {
	return limit.SharesOf(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}))
}

func TestLoginAttemptsOfAGuesserAreMadeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	throttle := newLoginThrottle()
	first, err := throttle.begin(t.Context(), "name", at("192.0.2.1"), time.Now)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = throttle.begin(ctx, "name", at("192.0.2.1"), time.Now)
	storetest.RequireCode(t, wire.CodeTooMany, err)
	other, err := throttle.begin(t.Context(), "other", at("192.0.2.1"), time.Now)
	require.NoError(t, err, "another name does not wait")
	other.end()
	first.end()
	again, err := throttle.begin(t.Context(), "name", at("192.0.2.1"), time.Now)
	require.NoError(t, err)
	again.end()
}

// Many names at one network are slowed down as well; a known device has no network.
func TestLoginThrottleOfANetwork(t *testing.T) {
	t.Parallel()
	throttle := newLoginThrottle()
	now := time.Now()
	clock := func() time.Time { return now }
	for n := range freeOfNetwork {
		a, err := throttle.begin(t.Context(), fmt.Sprint(n), at("192.0.2.1"), clock)
		require.NoError(t, err)
		a.failed(now)
		a.end()
	}
	_, err := throttle.begin(t.Context(), "one more", at("192.0.2.1"), clock)
	storetest.RequireCode(t, wire.CodeTooMany, err)
	for guesser, from := range map[string][]limit.Share{"one more": at("192.0.2.2"), "on a device": nil} {
		a, err := throttle.begin(t.Context(), guesser, from, clock)
		require.NoError(t, err)
		a.succeeded()
		a.end()
	}
	_, err = throttle.begin(t.Context(), "yet another", at("192.0.2.1"), clock)
	storetest.RequireCode(t, wire.CodeTooMany, err)
	now = now.Add(time.Second)
	a, err := throttle.begin(t.Context(), "yet another", at("192.0.2.1"), clock)
	require.NoError(t, err)
	a.end()
}

// Names are made up for nothing. What they fill forgets nobody who has shown something of
// an account, and guesses at the rest.
func TestFloodOfNamesForgetsNoGuesserWithinAnAccount(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := i.now() // the counters fade with time, and the flood may take long
	i.now = func() time.Time { return now }
	in := loggedIn(t, i, "agent1")
	setUp, err := i.NewTOTP(t.Context(), App{ID: "demo", Name: "Demo"}, "agent1")
	require.NoError(t, err)
	require.NotEmpty(t, setUp.Secret)
	guesses := map[string]func() error{
		"the own password": func() error {
			return i.CheckOwnPassword(t.Context(), "demo", in.User, "a guess", netip.Addr{})
		},
		"a code": func() error {
			_, err := i.ConfirmTOTP(t.Context(), "demo", "agent1", "a guess")
			return err
		},
		"the password on a known device": func() error {
			_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: "a guess", Device: in.Device})
			return err
		},
	}
	for name, guess := range guesses {
		for range freeFailures {
			require.False(t, isReason(guess(), wire.TooManyLogins), name)
		}
	}
	for n := range countersKept + 10 {
		a, err := i.logins.begin(t.Context(), fmt.Sprint(n), atNumber(n), i.now)
		require.NoError(t, err)
		a.end()
	}
	for name, guess := range guesses {
		assert.True(t, isReason(guess(), wire.TooManyLogins), name)
	}
}

func TestLoginThrottleIsBounded(t *testing.T) {
	t.Parallel()
	throttle := newLoginThrottle()
	for n := range countersKept + 10 {
		a, err := throttle.begin(t.Context(), fmt.Sprint(n), atNumber(n), time.Now)
		require.NoError(t, err)
		a.end()
		a, err = throttle.begin(t.Context(), fmt.Sprint(n), nil, time.Now)
		require.NoError(t, err)
		a.end()
	}
	assert.Equal(t, countersKept, throttle.strangers.Len())
	assert.Equal(t, countersKept, throttle.insiders.Len())
	assert.Equal(t, countersKept, throttle.networks.Len())
}
