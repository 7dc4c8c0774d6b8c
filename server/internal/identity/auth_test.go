package identity

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	admin, err := i.EnsureAdmin(t.Context())
	require.NoError(t, err)
	again, err := i.EnsureAdmin(t.Context())
	require.NoError(t, err)
	require.Empty(t, again, "it is shown once")
	shop, err := i.RegisterApp(t.Context(), NewApp{ID: "shop", Origins: []string{"https://shop.example"}})
	require.NoError(t, err)
	_, token, err := i.CreateUser(t.Context(), "shop", NewUser{})
	require.NoError(t, err)
	const shopOrigin, elsewhere = "https://shop.example", "https://elsewhere.example"

	type seen struct{ user, secret, key, admin bool }
	for _, tc := range []struct {
		name string
		with Credentials
		code int // 0 = accepted
		want seen
	}{
		{"app id alone", Credentials{AppID: "shop"}, 0, seen{}},
		{"token", Credentials{AppID: "shop", Token: token}, 0, seen{user: true}},
		{"secret", Credentials{AppID: "shop", Secret: shop.Secret}, 0, seen{secret: true}},
		{"domain key", Credentials{AppID: "shop", Key: shop.Key, Origin: shopOrigin}, 0, seen{key: true}},
		{"everything", Credentials{AppID: "shop", Token: token, Secret: shop.Secret, Key: shop.Key}, 0, seen{user: true, secret: true, key: true}},
		{"origin of the app", Credentials{AppID: "shop", Token: token, Origin: shopOrigin}, 0, seen{user: true}},
		{"own origin", Credentials{AppID: "shop", Origin: "http://chat.example:8000", Host: "chat.example:8000"}, 0, seen{}},
		{"admin", Credentials{Secret: admin}, 0, seen{secret: true, admin: true}},
		{"admin for an app", Credentials{AppID: "shop", Secret: admin}, 0, seen{secret: true, admin: true}},
		{"admin on an own page", Credentials{Secret: admin, Origin: "http://chat.example", Host: "chat.example"}, 0, seen{secret: true, admin: true}},

		{"nothing", Credentials{}, wire.CodeUnauthorized, seen{}},
		{"unknown app", Credentials{AppID: "nobody"}, wire.CodeUnauthorized, seen{}},
		{"token without an app", Credentials{Token: token}, wire.CodeUnauthorized, seen{}},
		{"token of another app", Credentials{AppID: "demo", Token: token}, wire.CodeUnauthorized, seen{}},
		{"wrong token beside a right secret", Credentials{AppID: "shop", Secret: shop.Secret, Token: "x"}, wire.CodeUnauthorized, seen{}},
		{"wrong secret beside a right token", Credentials{AppID: "shop", Secret: "x", Token: token}, wire.CodeUnauthorized, seen{}},
		{"secret of another app", Credentials{AppID: "demo", Secret: shop.Secret}, wire.CodeUnauthorized, seen{}},
		{"wrong key", Credentials{AppID: "shop", Key: "x"}, wire.CodeUnauthorized, seen{}},
		{"secret without an app", Credentials{Secret: shop.Secret}, wire.CodeUnauthorized, seen{}},
		{"admin and a token without an app", Credentials{Secret: admin, Token: token}, wire.CodeUnauthorized, seen{}},
		{"origin of elsewhere", Credentials{AppID: "shop", Token: token, Origin: elsewhere, Host: "chat.example"}, wire.CodeForbidden, seen{}},
		{"origin of elsewhere with the secret", Credentials{AppID: "shop", Secret: shop.Secret, Origin: elsewhere}, wire.CodeForbidden, seen{}},
		{"admin on a page of elsewhere", Credentials{Secret: admin, Origin: elsewhere, Host: "chat.example"}, wire.CodeForbidden, seen{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			actor, err := i.Authenticate(t.Context(), tc.with)
			if tc.code != 0 {
				storetest.RequireCode(t, tc.code, err)
				assert.Zero(t, actor)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.with.AppID, actor.App.ID)
			assert.Equal(t, tc.want, seen{actor.User.ID != "", actor.Secret, actor.Key, actor.Admin})
		})
	}
}

func TestNoAdminWithoutASecret(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, err := i.Authenticate(t.Context(), Credentials{Secret: "anything"})
	storetest.RequireCode(t, wire.CodeUnauthorized, err)
}

func TestCredentialsOf(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "http://chat.example:8000/v1/users?token=no&secret=no&appId=no", nil)
	for name, value := range map[string]string{
		"x-hyper-appId": "a", "x-hyper-token": "t", "x-hyper-secret": "s", "x-hyper-key": "k", "Origin": "https://o.example",
	} {
		r.Header.Set(name, value)
	}
	assert.Equal(t, Credentials{"a", "t", "s", "k", "https://o.example", "chat.example:8000"}, CredentialsOf(r))
}
