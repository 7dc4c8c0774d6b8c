package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// An encrypted store has nothing readable in its files. Each wrong way to open a store is
// refused with what is wrong, and leaves it as it is.
func TestEncryptedStore(t *testing.T) {
	t.Parallel()
	dir, plain := t.TempDir(), t.TempDir()
	key := store.Encryption{Key: strings.Repeat("right", 8)}
	open := func(dir string, c store.Encryption) (*store.Engine, error) {
		return store.Start(t.Context(), store.Options{Dir: dir, Encryption: c})
	}
	write := func(dir string, c store.Encryption) {
		e, err := open(dir, c)
		require.NoError(t, err)
		defer storetest.Close(t, e)
		kv, err := store.PersonalBucket(t.Context(), e, "parley_test", "a bucket of a test")
		require.NoError(t, err)
		_, err = kv.PutString(t.Context(), "key", "what nobody may read")
		require.NoError(t, err)
	}
	write(dir, key)
	write(plain, store.Encryption{})
	assert.Zero(t, storetest.Occurrences(t, dir, "nobody may read"))
	assert.NotZero(t, storetest.Occurrences(t, plain, "nobody may read"))

	for _, tc := range []struct {
		name, dir string
		with      store.Encryption
		says      string
	}{
		{"another key", dir, store.Encryption{Key: strings.Repeat("wrong", 8)}, "the data in " + dir + " is encrypted with another key; give the one with which it was made"},
		{"no key", dir, store.Encryption{}, "the data in " + dir + " is encrypted, and no key is given"},
		{"a key for plain data", plain, key, "the data in " + plain + " is not encrypted, and a key is given"},
	} {
		_, err := open(tc.dir, tc.with)
		require.ErrorContains(t, err, tc.says, tc.name)
	}
	aes := store.Encryption{Key: key.Key, AES: true}
	_, err := open(dir, aes)
	require.ErrorContains(t, err, "the data in "+dir+" is encrypted with the cipher chacha; give that one (-store-cipher chacha)")
	withAES := t.TempDir()
	write(withAES, aes)
	_, err = open(withAES, key)
	require.ErrorContains(t, err, "the data in "+withAES+" is encrypted with the cipher aes")
	for dir, c := range map[string]store.Encryption{dir: key, withAES: aes} {
		e, err := open(dir, c)
		require.NoError(t, err)
		kv, err := e.JS.KeyValue(t.Context(), "parley_test")
		require.NoError(t, err)
		entry, err := kv.Get(t.Context(), "key")
		require.NoError(t, err)
		assert.Equal(t, "what nobody may read", string(entry.Value()))
		storetest.Close(t, e)
		assert.Zero(t, storetest.Occurrences(t, dir, "nobody may read"))
	}
}
