package identity

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	g := newHashGate()
	one, err := g.hash(t.Context(), share{}, "pässword")
	require.NoError(t, err)
	two, err := g.hash(t.Context(), share{}, "pässword")
	require.NoError(t, err)
	assert.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, one)
	assert.NotEqual(t, one, two, "salted")

	cheap := hashCost{kib: 64, passes: 1, threads: 2}
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
		{"nobody's", "", g.unmatchable(), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			right, err := g.verify(t.Context(), share{}, tc.password, tc.hash)
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
			_, err := newHashGate().verify(t.Context(), share{}, "x", hashed)
			assert.ErrorContains(t, err, "stored password hash")
		})
	}
}
