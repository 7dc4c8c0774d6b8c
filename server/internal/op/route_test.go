package op

import (
	"errors"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

func TestRoute(t *testing.T) {
	list := func(method, path string) *Operation { return &Operation{Method: method, Path: path} }
	table := NewTable(
		list("GET", "/chats"), list("POST", "/chats"), list("GET", "/chats/{chatId}"), list("GET", "/chats/{chatId}/history.{format}"),
		&Operation{Event: "users:activity"}, &Operation{Method: "GET", Path: "/chats/{chatId}/assign", Writes: true},
	)
	for _, tc := range []struct {
		name, method, path string
		want               string // path of the operation, "" if there is none
		inPath             map[string]string
		allowed            []string
	}{
		{"by method", "POST", "/v1/chats", "/chats", map[string]string{}, nil},
		{"HEAD is GET", "HEAD", "/v1/chats", "/chats", map[string]string{}, nil},
		{"HEAD changes nothing", "HEAD", "/v1/chats/a/assign", "", nil, []string{"GET"}},
		{"a slash at the end", "GET", "/v1/chats/", "/chats", map[string]string{}, nil},
		{"a parameter", "GET", "/v1/chats/a", "/chats/{chatId}", map[string]string{"chatId": "a"}, nil},
		{"an escaped slash stays in its part", "GET", "/v1/chats/a%2Fb", "/chats/{chatId}", map[string]string{"chatId": "a/b"}, nil},
		{"text before a parameter", "GET", "/v1/chats/a/history.csv", "/chats/{chatId}/history.{format}",
			map[string]string{"chatId": "a", "format": "csv"}, nil},
		{"an empty parameter", "GET", "/v1/chats/a/history.", "", nil, nil},
		{"an empty part", "GET", "/v1/chats//history.csv", "", nil, nil},
		{"another method", "PUT", "/v1/chats", "", nil, []string{"GET", "POST"}},
		{"an unknown path", "GET", "/v1/nothing", "", nil, nil},
		{"not below /v1", "GET", "/chats", "", nil, nil},
		{"an operation of the socket", "", "/v1/", "", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u, err := url.Parse(tc.path)
			require.NoError(t, err)
			found, inPath, err := table.Route(tc.method, u)
			var wrongMethod *MethodError
			switch {
			case tc.want != "":
				require.NoError(t, err)
				assert.Equal(t, tc.want, found.Path)
				assert.Equal(t, tc.inPath, inPath)
			case tc.allowed != nil:
				require.True(t, errors.As(err, &wrongMethod))
				assert.Equal(t, tc.allowed, wrongMethod.Allowed)
			default:
				storetest.RequireCode(t, 404, err)
			}
		})
	}
	assert.Equal(t, "users:activity", table.Event("users:activity").Event)
	assert.Nil(t, table.Event("chats:new"))
}
