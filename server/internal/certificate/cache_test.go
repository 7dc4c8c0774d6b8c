package certificate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/acme/autocert"

	"parley/server/internal/storetest"
)

// What one node puts under a name, whatever stands in it, another gets.
func TestNodesShareCertificates(t *testing.T) {
	t.Parallel()
	engine := storetest.Engine(t, t.TempDir())
	one, two := &cache{}, &cache{}
	_, err := one.Get(t.Context(), "a.example")
	require.ErrorIs(t, err, errNoStore)
	require.NoError(t, one.use(t.Context(), engine))
	require.NoError(t, two.use(t.Context(), engine))
	for _, name := range []string{"a.example", "a.example+rsa", "acme_account+key", "x/../>*. \x00+http-01"} {
		_, err := two.Get(t.Context(), name)
		require.ErrorIs(t, err, autocert.ErrCacheMiss, name)
		require.NoError(t, one.Put(t.Context(), name, []byte(name)))
		data, err := two.Get(t.Context(), name)
		require.NoError(t, err)
		assert.Equal(t, name, string(data))
		require.NoError(t, two.Delete(t.Context(), name))
		require.NoError(t, two.Delete(t.Context(), name))
		_, err = one.Get(t.Context(), name)
		require.ErrorIs(t, err, autocert.ErrCacheMiss, name)
	}
	_, err = one.Get(t.Context(), strings.Repeat("a", 10_000))
	require.ErrorIs(t, err, autocert.ErrCacheMiss)
	engine.NC.Close()
	_, err = one.Get(t.Context(), "a.example")
	require.Equal(t, errNoStore, err, "not what is inside")
}
