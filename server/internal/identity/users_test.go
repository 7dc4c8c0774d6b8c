package identity

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

func TestCreateUser(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	u, token, err := i.CreateUser(t.Context(), "demo", NewUser{
		Name: "Zoë", Contact: "z@example.com", ExternalID: "tg.1 *>", ExtraInfo: json.RawMessage(` {"plan":"gold"} `),
	})
	require.NoError(t, err)
	assert.Regexp(t, "^"+u.ID+`\.[0-9a-f]{64}$`, token)
	assert.JSONEq(t, `{"id":"`+u.ID+`","name":"Zoë","contact":"z@example.com","externalId":"tg.1 *>","verified":true,"extraInfo":{"plan":"gold"}}`, string(u.Public()))

	same, err := i.User(t.Context(), "demo", u.ID)
	require.NoError(t, err)
	assert.Equal(t, u, same)
	same, err = i.UserByExternalID(t.Context(), "demo", "tg.1 *>")
	require.NoError(t, err)
	assert.Equal(t, u, same)
	same, _, err = i.Session(t.Context(), "demo", token)
	require.NoError(t, err)
	assert.Equal(t, u, same)
}

func TestCreateUserDefaults(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	for _, n := range []NewUser{{}, {Name: " \n"}, {ExtraInfo: json.RawMessage("null")}} {
		u, _, err := i.CreateUser(t.Context(), "demo", n)
		require.NoError(t, err)
		assert.JSONEq(t, `{"id":"`+u.ID+`","name":"Guest"}`, string(u.Public()))
	}
}

func TestCreateUserRefusals(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	for _, tc := range []struct {
		name string
		user NewUser
		says string
	}{
		{"long name", NewUser{Name: strings.Repeat("é", 201)}, "name: 201 characters, at most 200"},
		{"long nickname", NewUser{Nickname: strings.Repeat("n", 201)}, "nickname"},
		{"long contact", NewUser{Contact: strings.Repeat("c", 321)}, "contact"},
		{"long external id", NewUser{ExternalID: strings.Repeat("x", 257)}, "externalId"},
		{"long extra info", NewUser{ExtraInfo: json.RawMessage(`{"x":"` + strings.Repeat("x", 16<<10) + `"}`)}, "extraInfo"},
		{"extra info is a list", NewUser{ExtraInfo: json.RawMessage(`[]`)}, "extraInfo: must be an object"},
		{"extra info is no JSON", NewUser{ExtraInfo: json.RawMessage(`{`)}, "extraInfo: must be an object"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := i.CreateUser(t.Context(), "demo", tc.user)
			storetest.RequireCode(t, wire.CodeBadRequest, err)
			assert.ErrorContains(t, err, tc.says)
		})
	}
}

func TestExternalIDIsUniqueInTheApp(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, err := i.CreateApp(t.Context(), App{ID: "other"}, "other-secret")
	require.NoError(t, err)

	const racers = 8
	errs := make([]error, racers)
	var race sync.WaitGroup
	for n := range racers {
		race.Go(func() { _, _, errs[n] = i.CreateUser(t.Context(), "demo", NewUser{ExternalID: "x"}) })
	}
	race.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		storetest.RequireCode(t, wire.CodeConflict, err)
	}
	assert.Equal(t, 1, won)
	_, err = i.UserByExternalID(t.Context(), "demo", "x")
	require.NoError(t, err)
	_, _, err = i.CreateUser(t.Context(), "other", NewUser{ExternalID: "x"})
	require.NoError(t, err)
}

func TestUserUnknown(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	u, _, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	for _, tc := range []struct{ app, user string }{{"demo", "nobody"}, {"demo", ""}, {"demo", "x.y"}, {"other", u.ID}, {"", u.ID}} {
		_, err := i.User(t.Context(), tc.app, tc.user)
		storetest.RequireCode(t, wire.CodeNotFound, err)
	}
	_, err = i.UserByExternalID(t.Context(), "demo", "nobody")
	storetest.RequireCode(t, wire.CodeNotFound, err)
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	u, _, err := i.CreateUser(t.Context(), "demo", NewUser{Name: "A", Contact: "c", ExternalID: "e"})
	require.NoError(t, err)
	name, empty := "B", ""
	changed, err := i.UpdateUser(t.Context(), "demo", u.ID, UserPatch{Name: &name, Contact: &empty, ExtraInfo: json.RawMessage(`{"a":1}`)})
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":"`+u.ID+`","name":"B","externalId":"e","verified":true,"extraInfo":{"a":1}}`, string(changed.Public()))
	same, err := i.User(t.Context(), "demo", u.ID)
	require.NoError(t, err)
	assert.Equal(t, changed, same)

	long := strings.Repeat("n", 201)
	_, err = i.UpdateUser(t.Context(), "demo", u.ID, UserPatch{Name: &long})
	storetest.RequireCode(t, wire.CodeBadRequest, err)
	_, err = i.UpdateUser(t.Context(), "demo", "nobody", UserPatch{})
	storetest.RequireCode(t, wire.CodeNotFound, err)
}

func TestUpdateUserAtTheSameTime(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	u, _, err := i.CreateUser(t.Context(), "demo", NewUser{})
	require.NoError(t, err)
	name, contact := "N", "C"
	var both sync.WaitGroup
	for _, patch := range []UserPatch{{Name: &name}, {Contact: &contact}} {
		both.Go(func() {
			_, err := i.UpdateUser(t.Context(), "demo", u.ID, patch)
			assert.NoError(t, err)
		})
	}
	both.Wait()
	u, err = i.User(t.Context(), "demo", u.ID)
	require.NoError(t, err)
	assert.Equal(t, []string{"N", "C"}, []string{u.Name, u.Contact})
}

func TestPublicHoldsNothingInternal(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	agent := loggedIn(t, i, "lead").User
	assert.JSONEq(t, `{"id":"`+agent.ID+`","name": "Lead", "nickname": "Lead","providerId":"`+agent.ID+`"}`, string(agent.Public()))
	assert.JSONEq(t, `{"id":"x","name":""}`, string(User{ID: "x", ExtraInfo: json.RawMessage("{")}.Public()))
}

func TestEngineFailureIsNotARefusal(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	i, err := Open(t.Context(), e)
	require.NoError(t, err)
	storetest.Close(t, e)
	_, err = i.App(t.Context(), "demo")
	require.Error(t, err)
	var refusal *wire.Error
	assert.False(t, errors.As(err, &refusal), "a caller must see that this is not the fault of the request")
}
