package server

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/wire"
)

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID()
		assert.NoError(t, CheckID("id", id))
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
			err := CheckID("appId", tc.id)
			if tc.ok {
				assert.NoError(t, err)
				return
			}
			requireCode(t, wire.CodeBadRequest, err)
			assert.ErrorContains(t, err, "appId")
		})
	}
}

func TestSameSecret(t *testing.T) {
	assert.True(t, sameSecret("secret", digest("secret")))
	assert.False(t, sameSecret("Secret", digest("secret")))
	assert.False(t, sameSecret("", digest("secret")))
	assert.False(t, sameSecret("", ""), "an app without a key has none that fits")
}
