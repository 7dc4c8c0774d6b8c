package survey

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

func TestLinks(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	open := func(life time.Duration) *Store {
		s, err := Open(t.Context(), e, life)
		require.NoError(t, err)
		return s
	}
	node, otherNode := open(time.Hour), open(time.Hour)
	link := Link{App: "demo", Survey: "1", Ticket: "c-t", Chat: "c", User: "u"}
	token, err := node.Seal(link)
	require.NoError(t, err)
	assert.NotContains(t, token, "demo")
	opened, err := otherNode.OpenLink(token)
	require.NoError(t, err)
	link.Expires = opened.Expires
	assert.Equal(t, link, opened)

	for _, bad := range []string{"", "x", "!", token[:len(token)-1], token[:20] + "A" + token[21:] + "A", token + token} {
		_, err := node.OpenLink(bad)
		storetest.RequireCode(t, wire.CodeUnauthorized, err)
	}
	expired, err := open(-time.Second).Seal(link)
	require.NoError(t, err)
	_, err = node.OpenLink(expired)
	storetest.RequireCode(t, wire.CodeGone, err)
}
