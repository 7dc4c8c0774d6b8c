package ids

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/wire"
)

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := New()
		assert.NoError(t, Check("id", id))
		assert.GreaterOrEqual(t, len(id), 24, "at five bits a letter, 120 bits")
		assert.False(t, seen[id])
		seen[id] = true
	}
}

func TestCheckID(t *testing.T) {
	for _, tc := range []struct {
		id string
		ok bool
	}{
		{"demo", true}, {"A-b_9", true}, {strings.Repeat("x", 64), true},
		{"", false}, {strings.Repeat("x", 65), false}, {"a.b", false}, {"a*", false}, {">", false}, {"a b", false}, {"é", false}, {"a\x00", false},
	} {
		t.Run(tc.id, func(t *testing.T) {
			err := Check("appId", tc.id)
			if tc.ok {
				assert.NoError(t, err)
				return
			}
			assert.True(t, IsCode(err, wire.CodeBadRequest))
			assert.ErrorContains(t, err, "appId")
		})
	}
}

func TestSameSecret(t *testing.T) {
	assert.True(t, SameSecret("secret", Digest("secret")))
	assert.False(t, SameSecret("Secret", Digest("secret")))
	assert.False(t, SameSecret("", Digest("secret")))
	assert.False(t, SameSecret("", ""), "an app without a key has none that fits")
}
