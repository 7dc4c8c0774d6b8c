package identity

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/password"
	"parley/server/internal/storetest"
)

// beginTOTP begins to set up an authenticator app for agent1, and gives its code.
func beginTOTP(t *testing.T, i *Store) (code string) {
	t.Helper()
	key, err := i.NewTOTP(t.Context(), App{ID: "demo", Name: "Demo"}, "agent1")
	require.NoError(t, err)
	code, err = totp.GenerateCode(key.Secret, i.now())
	require.NoError(t, err)
	return code
}

// The code of an authenticator app that is being set up cannot be guessed by whoever has
// only a session.
func TestSetUpIsNotGuessed(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	right := beginTOTP(t, i)
	for range password.FreeFailures {
		_, err := i.ConfirmTOTP(t.Context(), "demo", "agent1", "12345")
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	}
	_, err := i.ConfirmTOTP(t.Context(), "demo", "agent1", right)
	storetest.RequireCode(t, wire.CodeTooMany, err)
}

func TestSetUpEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(i *Store){
		"after a while": func(i *Store) {
			later := time.Now().Add(setUpWithin + time.Second)
			i.now = func() time.Time { return later }
		},
		"with a new password": func(i *Store) {
			in, password := loggedIn(t, i, "agent1"), "something new"
			_, err := i.UpdateAgent(t.Context(), "demo", in.User.ID, AgentPatch{Password: &password})
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := testIdentity(t)
			right := beginTOTP(t, i)
			end(i)
			_, err := i.ConfirmTOTP(t.Context(), "demo", "agent1", right)
			assert.True(t, ids.IsReason(err, wire.NotPending), err)
		})
	}
}

func TestSetUpOfALogInEnds(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	start := time.Now()
	i.now = func() time.Time { return start.Add(-setUpWithin - time.Second) }
	beginTOTP(t, i)
	i.now = func() time.Time { return start }
	_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: "demo", Code: "12345", SecondFactor: SecondFactorRequired})
	assert.True(t, ids.IsReason(err, wire.SecondFactorMissing), err)
}
