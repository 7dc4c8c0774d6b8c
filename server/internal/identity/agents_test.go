package identity

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

func TestCreateAgentAndLogin(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	made, err := i.CreateAgent(t.Context(), "demo", NewAgent{
		Username: "Ünal *.>", Password: "eight is enough", Name: "Support", Nickname: "Sup", Rooms: []string{"1"}, Langs: []string{"en"},
	})
	require.NoError(t, err)
	assert.Equal(t, RoleAgent, made.Role)
	assert.NotEmpty(t, made.ProviderID)

	in, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "Ünal *.>", Password: "eight is enough"})
	require.NoError(t, err)
	assert.Equal(t, made, in.User)
	same, _, err := i.Session(t.Context(), "demo", in.Token)
	require.NoError(t, err)
	assert.Equal(t, made, same)
}

func TestCreateAgentRefusals(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	const password = "long enough"
	for _, tc := range []struct {
		name  string
		agent NewAgent
		code  int
		says  string
	}{
		{"exists", NewAgent{Username: "agent1", Password: password}, wire.CodeConflict, "username"},
		{"no name", NewAgent{Username: " ", Password: password}, wire.CodeBadRequest, "username"},
		{"long name", NewAgent{Username: strings.Repeat("u", 129), Password: password}, wire.CodeBadRequest, "username"},
		{"short password", NewAgent{Username: "u", Password: "seven77"}, wire.CodeBadRequest, "password"},
		{"long password", NewAgent{Username: "u", Password: strings.Repeat("p", 257)}, wire.CodeBadRequest, "password"},
		{"common password", NewAgent{Username: "u", Password: "password"}, wire.CodeBadRequest, "password"},
		{"unknown role", NewAgent{Username: "u", Password: password, Role: "king"}, wire.CodeBadRequest, "role"},
		{"empty room", NewAgent{Username: "u", Password: password, Rooms: []string{""}}, wire.CodeBadRequest, "rooms"},
		{"language twice", NewAgent{Username: "u", Password: password, Langs: []string{"en", "en"}}, wire.CodeBadRequest, "langs"},
		{"long display name", NewAgent{Username: "u", Password: password, Name: strings.Repeat("n", 201)}, wire.CodeBadRequest, "name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := i.CreateAgent(t.Context(), "demo", tc.agent)
			storetest.RequireCode(t, tc.code, err)
			assert.ErrorContains(t, err, tc.says)
		})
	}
}

func TestRefusedPatchChangesNoPassword(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	password, role := "something new", "typo"
	agent := loggedIn(t, i, "agent1").User
	_, err := i.UpdateAgent(t.Context(), "demo", agent.ID, AgentPatch{Password: &password, Role: &role})
	storetest.RequireCode(t, wire.CodeBadRequest, err)
	loggedIn(t, i, "agent1")
}

func TestUsernameIsUnique(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	var won sync.Map
	var race sync.WaitGroup
	for n := range 4 {
		race.Go(func() {
			if _, err := i.CreateAgent(t.Context(), "demo", NewAgent{Username: "new", Password: "long enough"}); err == nil {
				won.Store(n, true)
			}
		})
	}
	race.Wait()
	winners := 0
	won.Range(func(any, any) bool { winners++; return true })
	assert.Equal(t, 1, winners)
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	for _, tc := range []struct{ name, app, username, password string }{
		{"wrong password", "demo", "agent1", "Demo"},
		{"empty password", "demo", "agent1", ""},
		{"unknown name", "demo", "nobody", "demo"},
		{"unknown name with the password of nobody", "demo", "nobody", ""},
		{"other app", "other", "agent1", "demo"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := i.Login(t.Context(), tc.app, LoginAttempt{Username: tc.username, Password: tc.password})
			storetest.RequireCode(t, wire.CodeUnauthorized, err)
			assert.EqualError(t, err, "wrong username or password")
		})
	}
}

func TestLoginManyAtOnce(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			_, err := i.Login(t.Context(), "demo", LoginAttempt{Username: "agent1", Password: "demo"})
			assert.NoError(t, err)
		})
	}
	all.Wait()
}

func TestSeedDemoTwice(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	before := loggedIn(t, i, "agent1").User
	require.NoError(t, SeedDemo(t.Context(), i))
	after := loggedIn(t, i, "agent1").User
	assert.Equal(t, before, after)
	lead := loggedIn(t, i, "lead").User
	assert.Equal(t, RoleSupervisor, lead.Role)
	assert.Equal(t, []string{"1", "2"}, lead.Rooms)
}

func TestHasDemo(t *testing.T) {
	t.Parallel()
	i, err := Open(t.Context(), storetest.Engine(t, t.TempDir()))
	require.NoError(t, err)
	there, err := HasDemo(t.Context(), i)
	require.NoError(t, err)
	assert.False(t, there)
	_, err = i.CreateApp(t.Context(), App{ID: "demo"}, "a secret of its own")
	require.NoError(t, err)
	there, err = HasDemo(t.Context(), i)
	require.NoError(t, err)
	assert.False(t, there, "somebody's own app may have that name")
	there, err = HasDemo(t.Context(), testIdentity(t))
	require.NoError(t, err)
	assert.True(t, there)
}
