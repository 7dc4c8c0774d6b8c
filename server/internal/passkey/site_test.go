package passkey

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Browsers have passkeys for names of hosts, by https or on this machine.
func TestNewSite(t *testing.T) {
	for origin, host := range map[string]string{
		"https://chat.example.com": "chat.example.com", "https://Chat.Example.com:8443": "chat.example.com", "https://a.example:443": "a.example",
		"http://localhost:8000": "localhost", "http://a.localhost:80": "a.localhost", "https://localhost": "localhost",
		"": "", "http://chat.example.com": "", "https://127.0.0.1": "", "http://127.0.0.1:8000": "", "https://[::1]:8000": "", "chat.example.com": "", "https://": "",
		"http://localhost.example.com": "", "https://a b": "",
	} {
		site, err := NewSite(origin, "Acme")
		if host == "" {
			assert.True(t, ids.IsCode(err, wire.CodeForbidden), "%s: %v", origin, err)
			continue
		}
		require.NoError(t, err, origin)
		assert.Equal(t, host, site.Host(), origin)
	}
	site, err := NewSite("https://A.example:443", "Acme")
	require.NoError(t, err)
	assert.Equal(t, "https://a.example", site.Origin, "as browsers write it")
}

// Authenticators that count never give the same number twice; others always give none.
func TestCountOfUses(t *testing.T) {
	for _, tc := range []struct {
		name       string
		stored, is uint32
		refused    bool
	}{
		{"goes up", 3, 4, false}, {"jumps", 3, 900, false}, {"begins", 0, 1, false}, {"is not counted", 0, 0, false},
		{"stays", 3, 3, true}, {"goes back", 3, 2, true}, {"is gone", 3, 0, true},
	} {
		k := Key{Count: tc.stored}
		err := k.Used(Key{Count: tc.is, Synced: true})
		assert.Equal(t, tc.refused, Detail(err) != "", tc.name)
		if !tc.refused {
			assert.Equal(t, Key{Count: tc.is, Synced: true}, k, tc.name)
		}
	}
}
