package password

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	g := NewGate(Recommended)
	one, err := g.Hash(t.Context(), Share{}, "pässword")
	require.NoError(t, err)
	two, err := g.Hash(t.Context(), Share{}, "pässword")
	require.NoError(t, err)
	assert.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, one)
	assert.NotEqual(t, one, two, "salted")

	cheap := Cost{KiB: 64, Passes: 1, Threads: 2}
	salt := []byte("sixteen bytes ..")
	old := cheap.String() + encodeHash(salt) + "$" + encodeHash(cheap.key("old", salt))
	for _, tc := range []struct {
		name, password, hash string
		right                bool
	}{
		{"right", "pässword", one, true},
		{"wrong", "password", one, false},
		{"empty", "", one, false},
		{"at an older cost", "old", old, true},
		{"nobody's", "", g.Unmatchable(), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			right, err := g.Verify(t.Context(), Share{}, tc.password, tc.hash)
			require.NoError(t, err)
			assert.Equal(t, tc.right, right)
		})
	}
}

func TestPasswordHashDamaged(t *testing.T) {
	t.Parallel()
	const salt, hash = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, hashed := range []string{
		"", "plain", "$2a$10$abc",
		"$argon2id$v=18$m=64,t=1,p=1$" + salt + "$" + hash,
		"$argon2id$v=19$m=4000000000,t=1,p=1$" + salt + "$" + hash,
		"$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + hash,
		"$argon2id$v=19$m=64,t=1000,p=1$" + salt + "$" + hash,
		"$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + hash,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1$!!!!$" + hash,
	} {
		t.Run(hashed, func(t *testing.T) {
			_, err := NewGate(Recommended).Verify(t.Context(), Share{}, "x", hashed)
			assert.ErrorContains(t, err, "stored password hash")
		})
	}
}
