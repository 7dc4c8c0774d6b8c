package identity

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

func TestRegisterApp(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	made, err := i.RegisterApp(t.Context(), NewApp{Name: "Shop", Origins: []string{"https://shop.example"}})
	require.NoError(t, err)
	assert.Len(t, made.Secret, 64)
	assert.Len(t, made.Key, 64)
	assert.Equal(t, []string{}, made.App.Rooms)

	app, err := i.App(t.Context(), made.App.ID)
	require.NoError(t, err)
	assert.Equal(t, made.App, app.Public())
	assert.Positive(t, app.Created)
	kept, err := json.Marshal(app)
	require.NoError(t, err)
	assert.NotContains(t, string(kept), made.Secret)
	assert.NotContains(t, string(kept), made.Key)

	_, err = i.Authenticate(t.Context(), Credentials{AppID: app.ID, Secret: made.Secret, Key: made.Key})
	require.NoError(t, err)
}

func TestAppDefaults(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	made, err := i.RegisterApp(t.Context(), NewApp{})
	require.NoError(t, err)
	require.NoError(t, ids.Check("id", made.App.ID))
	assert.Equal(t, made.App.ID, made.App.Name)
}

func TestCreateAppRefusals(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	for _, tc := range []struct {
		name   string
		app    App
		secret string
		code   int
		says   string
	}{
		{"exists", App{ID: "demo"}, "s", wire.CodeConflict, "demo"},
		{"bad id", App{ID: "a.b"}, "s", wire.CodeBadRequest, "id"},
		{"long name", App{Name: strings.Repeat("é", 201)}, "s", wire.CodeBadRequest, "name: 201 characters"},
		{"bad origin", App{Origins: []string{"example.com"}}, "s", wire.CodeBadRequest, `"example.com"`},
		{"empty room", App{Rooms: []string{""}}, "s", wire.CodeBadRequest, "rooms"},
		{"room twice", App{Rooms: []string{"1", "2", "1"}}, "s", wire.CodeBadRequest, "twice"},
		{"too many rooms", App{Rooms: make([]string, 1001)}, "s", wire.CodeBadRequest, "1001"},
		{"no secret", App{}, "", wire.CodeBadRequest, "secret"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := i.CreateApp(t.Context(), tc.app, tc.secret)
			storetest.RequireCode(t, tc.code, err)
			assert.ErrorContains(t, err, tc.says)
		})
	}
}

func TestAppUnknown(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, err := i.EnsureAdmin(t.Context())
	require.NoError(t, err)
	for _, id := range []string{"nobody", "", "a b", "*", adminKey} {
		_, err := i.App(t.Context(), id)
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	}
}

func TestAnyApp(t *testing.T) {
	t.Parallel()
	i, err := Open(t.Context(), storetest.Engine(t, t.TempDir()))
	require.NoError(t, err)
	for _, want := range []bool{false, true} {
		_, err := i.EnsureAdmin(t.Context())
		require.NoError(t, err)
		found, err := i.AnyApp(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, found)
		_, err = i.CreateApp(t.Context(), App{}, "secret")
		require.NoError(t, err)
	}
}
