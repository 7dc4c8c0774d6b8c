package media

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

// A signed address opens one file of one app until it expires, and nothing else.
func TestSigned(t *testing.T) {
	t.Parallel()
	m, now := &Store{key: []byte("secret")}, time.Unix(1_000_000, 0)
	signed, expires := m.Sign("demo", "c-1", now)
	assert.Equal(t, now.Add(AddressLife), expires)
	assert.Equal(t, "demo", AppOf(signed))
	require.NoError(t, m.CheckSigned(signed, "demo", "c-1", now))
	require.NoError(t, m.CheckSigned(signed, "demo", "c-1", expires))
	for name, c := range map[string]struct {
		signed, app, id string
		at              time.Time
		code            int
	}{
		"expired":       {signed, "demo", "c-1", expires.Add(time.Second), 410},
		"another file":  {signed, "demo", "c-2", now, 401},
		"another app":   {signed, "other", "c-1", now, 401},
		"longer":        {strings.Replace(signed, ".1", ".2", 1), "demo", "c-1", now, 401},
		"cut":           {signed[:len(signed)-1], "demo", "c-1", now, 401},
		"empty":         {"", "demo", "c-1", now, 401},
		"dots":          {"..", "", "c-1", now, 401},
		"another's key": {func() string { s, _ := (&Store{key: []byte("x")}).Sign("demo", "c-1", now); return s }(), "demo", "c-1", now, 401},
	} {
		t.Run(name, func(t *testing.T) { storetest.RequireCode(t, c.code, m.CheckSigned(c.signed, c.app, c.id, c.at)) })
	}
}
