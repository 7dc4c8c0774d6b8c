package identity

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

// However often an account has changed, it is in no file once its agent is removed.
func TestRemovedAccountLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	i, err := Open(t.Context(), storetest.Engine(t, dir), CheapHashes())
	require.NoError(t, err)
	require.NoError(t, SeedDemo(t.Context(), i))
	const email, pass = "zwetschge@example.com", "correct horse battery staple"
	made, err := i.CreateAgent(t.Context(), "demo", NewAgent{Username: "anna", Password: pass, Email: email})
	require.NoError(t, err)
	for range 40 { // on as many devices
		_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "anna", Password: pass, Remember: true})
		require.NoError(t, err)
	}
	assert.Equal(t, 1, storetest.Occurrences(t, dir, email))
	require.NoError(t, i.RemoveAgent(t.Context(), "demo", made.ID))
	assert.Zero(t, storetest.Occurrences(t, dir, email))
}
