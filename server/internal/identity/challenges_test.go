package identity

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/passkey"
)

// A challenge counts once, for what it was made, and not for long.
func TestChallenges(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	now := time.Now()
	i.now = func() time.Time { return now }
	what := challenge{Origin: "https://a.example", User: "u"}
	put := func(text string) { require.NoError(t, i.putChallenge(t.Context(), "demo", text, what)) }
	take := func(text string, of challenge) string {
		return passkey.Detail(i.takeChallenge(t.Context(), "demo", text, of))
	}

	put("right")
	assert.Empty(t, take("right", what))
	assert.Contains(t, take("right", what), "used before")
	assert.Contains(t, take("never made", what), "unknown")
	put("of another app")
	assert.Contains(t, passkey.Detail(i.takeChallenge(t.Context(), "other", "of another app", what)), "unknown")
	for _, other := range []challenge{{Origin: "https://b.example", User: "u"}, {Origin: "https://a.example"}, {Origin: "https://a.example", User: "v"}} {
		put("for something else")
		assert.Contains(t, take("for something else", other), "something else")
		assert.Contains(t, take("for something else", what), "used before", "it is gone even so")
	}
	put("old")
	now = now.Add(passkey.Within + time.Second)
	assert.Contains(t, take("old", what), "too old")
	status, err := i.challenges.Status(t.Context())
	require.NoError(t, err)
	assert.Equal(t, passkey.Within, status.TTL(), "what nobody takes goes by itself")

	put("at once")
	var taken atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if i.takeChallenge(t.Context(), "demo", "at once", what) == nil {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, taken.Load())
}
