package identity

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// A store of version 1.0.0: nobody is known by what only a page has said, also if the start
// was interrupted; agents and their accounts go on.
func TestUsersOfVersion1(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	users, err := store.Bucket(t.Context(), e, "parley_users", "as version 1.0.0 had it", 0)
	require.NoError(t, err)
	accounts, err := store.Bucket(t.Context(), e, "parley_agents", "as version 1.0.0 had it", 0)
	require.NoError(t, err)
	_, err = store.Bucket(t.Context(), e, "parley_sessions", "as version 1.0.0 had it", 0)
	require.NoError(t, err)
	put := func(key, value string) {
		_, err := users.Put(t.Context(), key, []byte(value))
		require.NoError(t, err)
	}
	put("demo.vera", `{"id":"vera","name":"Vera","contact":"v@example.com","externalId":"customer-42","extraInfo":{"plan":"gold"},"created":1700000000}`)
	put("demo.x."+ids.Digest("customer-42"), `"vera"`)
	put("demo.paul", `{"id":"paul","name":"Paul","created":1700000000}`)
	put("demo.a1", `{"id":"a1","name":"Agent","providerId":"a1","role":"agent","username":"agent7"}`)
	_, err = accounts.Put(t.Context(), "demo."+ids.Digest("agent7"), []byte(`{"userId":"a1"}`))
	require.NoError(t, err)
	people, err := store.PersonalBucket(t.Context(), e, "parley_people", "of a start that was interrupted")
	require.NoError(t, err)
	_, err = people.Put(t.Context(), "demo.paul", []byte(`{"id":"paul","name":"Paul","created":1700000000}`))
	require.NoError(t, err)

	i, err := Open(t.Context(), e, CheapHashes())
	require.NoError(t, err)
	vera, err := i.User(t.Context(), "demo", "vera")
	require.NoError(t, err)
	assert.Equal(t, "here", vera.Unseal(vera.Seal("here")))
	vera.SealKey = nil
	assert.Equal(t, User{
		ID: "vera", Name: "Vera", Contact: "v@example.com", Claimed: "customer-42", ExtraInfo: json.RawMessage(`{"plan":"gold"}`), Created: 1700000000,
	}, vera)
	_, err = i.UserByExternalID(t.Context(), "demo", "customer-42")
	storetest.RequireCode(t, wire.CodeNotFound, err)
	list, _, err := i.Users(t.Context(), "demo", 0, 100)
	require.NoError(t, err)
	assert.Len(t, list, 3)
	entry, err := i.agents.Get(t.Context(), "demo."+ids.Digest("agent7"))
	require.NoError(t, err)
	assert.JSONEq(t, `{"userId":"a1"}`, string(entry.Value()))
	agent, err := i.User(t.Context(), "demo", "a1")
	require.NoError(t, err)
	assert.Equal(t, "agent7", agent.Username)
	for _, gone := range []string{"parley_users", "parley_agents"} {
		_, err := e.JS.KeyValue(t.Context(), gone)
		require.Error(t, err, gone)
	}

	// What they claim is nobody's, until the app's server says whose it is.
	known, err := i.MakeKnown(t.Context(), "demo", "vera", "customer-42")
	require.NoError(t, err)
	assert.Equal(t, []any{"customer-42", "", false}, []any{known.ExternalID, known.Claimed, known.Verified})
	found, err := i.UserByExternalID(t.Context(), "demo", "customer-42")
	require.NoError(t, err)
	assert.Equal(t, known, found)
	_, err = i.MakeKnown(t.Context(), "demo", "vera", "customer-42")
	require.NoError(t, err, "again changes nothing")
	_, err = i.MakeKnown(t.Context(), "demo", "vera", "customer-43")
	storetest.RequireCode(t, wire.CodeBadRequest, err)
	_, err = i.MakeKnown(t.Context(), "demo", "paul", "customer-42")
	storetest.RequireCode(t, wire.CodeConflict, err)
	_, err = i.MakeKnown(t.Context(), "demo", "a1", "customer-44")
	storetest.RequireCode(t, wire.CodeBadRequest, err)
}
