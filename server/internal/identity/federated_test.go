package identity

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

// Of two users of a provider who come at once with the email of one agent, one is the agent.
func TestLinkIsDecidedAgain(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, err := i.CreateAgent(t.Context(), "demo", NewAgent{Username: "anna", Password: "long enough", Email: "anna@acme.example"})
	require.NoError(t, err)
	one := Federated{Issuer: "https://login.acme.example", Subject: "sub-1", Email: "anna@acme.example"}
	other := one
	other.Subject = "sub-2"
	fresh, err := i.link(t.Context(), "demo", "anna", one, true)
	require.NoError(t, err)
	assert.True(t, fresh)
	_, err = i.link(t.Context(), "demo", "anna", other, true)
	storetest.RequireCode(t, wire.CodeForbidden, err)
	fresh, err = i.link(t.Context(), "demo", "anna", one, false)
	require.NoError(t, err)
	assert.False(t, fresh)
	_, err = i.link(t.Context(), "demo", "nobody", one, true)
	storetest.RequireCode(t, wire.CodeForbidden, err)
}
