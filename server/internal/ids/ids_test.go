package ids

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

func TestVisible(t *testing.T) {
	for _, text := range []string{"", " \t\r\n", "\u00a0\u3000", "\u200b\ufeff", "\u202e\u2066\u2069", "\u2800", "\ufe0f", "\u00ad"} {
		assert.False(t, Visible(text), "%+q", text)
	}
	for _, text := range []string{
		".", "<b></b>", "&nbsp;", "👍", "❤\ufe0f", "👩\u200d🚀", "1\ufe0f\u20e3", "e\u0301", "\u0301", "\u200fא\u200f", "\ufffd", "\ue000", "日",
	} {
		assert.True(t, Visible(text), "%+q", text)
	}
}

// The table is that of the page's unit test: page and server must agree, since a page
// finds the ids of an import by their places.
func TestVisibleCharacters(t *testing.T) {
	b, err := os.ReadFile("testdata/invisible.json")
	require.NoError(t, err)
	var ranges [][2]string
	require.NoError(t, json.Unmarshal(b, &ranges))
	var found [][2]string
	for c := rune(0); c <= unicode.MaxRune; c++ {
		from := c
		for c <= unicode.MaxRune && !visible(c) {
			c++
		}
		if c > from {
			found = append(found, [2]string{fmt.Sprintf("%04X", from), fmt.Sprintf("%04X", c-1)})
		}
	}
	assert.Equal(t, ranges, found)
}
