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
	"parley/server/internal/password"
	"parley/server/internal/storetest"
)

func TestLoginSlowsGuessing(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Now()
	i.now = func() time.Time { return now }
	from := func(client, username, password string) error {
		_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: username, Password: password, Client: netip.MustParseAddr(client)})
		return err
	}
	guess := func(password string) error { return from("2001:db8::1", "agent1", password) }
	for range password.FreeFailures {
		storetest.RequireCode(t, wire.CodeUnauthorized, guess("wrong"))
	}
	err := guess("demo")
	storetest.RequireCode(t, wire.CodeTooMany, err)
	assert.ErrorContains(t, err, "try again in 1 s")
	assert.EqualValues(t, 1, ids.AsError(err).RetryAfter)
	storetest.RequireCode(t, wire.CodeTooMany, from("2001:db8::2", "agent1", "demo")) // of the same /64
	require.NoError(t, from("2001:db8::1", "agent2", "demo"), "another name is not held up")
	require.NoError(t, from("2001:db8:0:1::1", "agent1", "demo"), "nor is another network")

	now = now.Add(time.Second)
	storetest.RequireCode(t, wire.CodeUnauthorized, guess("wrong"))
	assert.ErrorContains(t, guess("demo"), "try again in 2 s")
	now = now.Add(2 * time.Second)
	require.NoError(t, guess("demo"))
	storetest.RequireCode(t, wire.CodeUnauthorized, guess("wrong"))
	require.NoError(t, guess("demo"), "a success forgets the failures")
}

// A household has 256 networks, and the guesses of four: at one name, and at all.
func TestGuessesOfAHousehold(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Now()
	i.now = func() time.Time { return now }
	guess := func(n int, username string) error {
		client := netip.MustParseAddr(fmt.Sprintf("2001:db8:0:%x::1", n%256))
		_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: username, Password: "a guess", Client: client})
		return err
	}
	guesses := func(attempts int, username func(n int) string) (tried int) {
		for n := range attempts {
			if err := guess(n, username(n)); !ids.IsReason(err, wire.TooManyLogins) {
				storetest.RequireCode(t, wire.CodeUnauthorized, err)
				tried++
			}
		}
		return tried
	}
	atOne := guesses(256, func(int) string { return "agent1" })
	atAll := guesses(300, func(n int) string { return fmt.Sprint("agent", n+2) })
	t.Logf("%d guesses at one name and %d more at others were tried", atOne, atAll)
	assert.Equal(t, 4*password.FreeFailures, atOne)
	assert.Equal(t, 4*(password.FreeOfNetwork-password.FreeFailures), atAll)
	_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: "demo", Client: netip.MustParseAddr("2001:db8:0:100::1")})
	require.NoError(t, err, "another household is not held up")
}

// A device that has logged in is not held up by what others do at its network, but by its
// own failures.
func TestLoginOnAKnownDevice(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Now()
	i.now = func() time.Time { return now }
	login := func(username, password, device string) (LoggedIn, error) {
		return i.Login(t.Context(), "demo", LoginAttempt{Username: username, Password: password, Remember: true, Device: device})
	}
	owner := loggedIn(t, i, "agent1")
	program, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: "demo"})
	require.NoError(t, err)
	assert.Empty(t, program.Device, "programs that do not ask are not remembered")
	for range password.FreeFailures {
		_, err := login("agent1", "wrong", "")
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	}
	_, err = login("agent1", "demo", "")
	storetest.RequireCode(t, wire.CodeTooMany, err)
	again, err := login("agent1", "demo", owner.Device)
	require.NoError(t, err)
	assert.Equal(t, owner.Device, again.Device, "it keeps its token")
	_, err = login("agent1", "demo", ids.NewSecret())
	storetest.RequireCode(t, wire.CodeTooMany, err)

	shared, err := login("agent2", "demo", owner.Device)
	require.NoError(t, err)
	assert.Equal(t, owner.Device, shared.Device, "a browser that two agents share has one token")
	forged, err := login("lead", "demo", "a")
	require.NoError(t, err)
	assert.NotEqual(t, "a", forged.Device)

	for range password.FreeFailures {
		_, err = login("agent1", "wrong", owner.Device)
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	}
	_, err = login("agent1", "demo", owner.Device)
	storetest.RequireCode(t, wire.CodeTooMany, err)

	now = now.Add(deviceLife)
	for range password.FreeFailures {
		_, err := login("agent1", "wrong", "")
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	}
	_, err = login("agent1", "demo", owner.Device)
	storetest.RequireCode(t, wire.CodeTooMany, err) // was not used for too long
}

func TestNewPasswordForgetsDevices(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	owner := loggedIn(t, i, "agent1")
	changed := "something new"
	_, err := i.UpdateAgent(t.Context(), "demo", owner.User.ID, AgentPatch{Password: &changed})
	require.NoError(t, err)
	in, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: changed, Remember: true, Device: owner.Device})
	require.NoError(t, err)
	for range password.FreeFailures {
		_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: "wrong"})
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	}
	_, err = i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: changed, Remember: true, Device: in.Device})
	require.NoError(t, err, "the log-in has made it known again")
}

func TestDevicesAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var a account
	for n := range devicesKept + 5 {
		assert.True(t, a.remember(fmt.Sprint(n), now))
	}
	assert.Len(t, a.Devices, devicesKept)
	assert.False(t, a.knows("0", now))
	latest := fmt.Sprint(devicesKept + 4)
	assert.True(t, a.knows(latest, now))
	assert.False(t, a.remember(latest, now.Add(time.Hour)), "is not worth a write")
	assert.True(t, a.remember(latest, now.Add(deviceStored)))
	assert.Len(t, a.Devices, devicesKept)
	assert.False(t, a.knows("", now))
}
