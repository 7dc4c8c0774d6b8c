package identity

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/password"
)

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
		for range password.FreeFailures {
			require.False(t, ids.IsReason(guess(), wire.TooManyLogins), name)
		}
	}
	for n := range password.CountersKept + 10 {
		a, err := i.logins.Begin(t.Context(), fmt.Sprint(n), limit.SharesOf(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})), i.now)
		require.NoError(t, err)
		a.End()
	}
	for name, guess := range guesses {
		assert.True(t, ids.IsReason(guess(), wire.TooManyLogins), name)
	}
}
