package limit

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// homeOf gives who reads from an address of one.
func homeOf(n byte) Reader {
	return Reader{User: "demo.u", Household: netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, n}), 32)}
}

// works has each of them work for a second in a turn of their own, and gives the order in
// which their turns came.
func works(t *testing.T, turns *Turns, rest time.Duration, all ...Reader) (order []Reader) {
	t.Helper()
	came := make(chan Reader, len(all))
	var working sync.WaitGroup
	for _, who := range all {
		working.Go(func() {
			end, err := turns.Begin(t.Context(), who)
			if assert.NoError(t, err) {
				came <- who
				<-time.After(time.Second)
				end(rest)
			}
		})
		synctest.Wait()
	}
	working.Wait()
	for range all {
		order = append(order, <-came)
	}
	return order
}

// However many wait in one line, the others have their turns between.
func TestLinesComeInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b, c := homeOf(1), homeOf(2), Reader{User: "demo.agent"}
		began := time.Now()
		assert.Equal(t, []Reader{a, b, c, a, b, a, a}, works(t, NewTurns(1), 0, a, a, a, a, b, b, c))
		assert.Equal(t, 7*time.Second, time.Since(began))
	})
}

// A line has one turn at a time, also when others are free.
func TestALineHasOneTurnAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := homeOf(1), homeOf(2)
		other := a
		other.User = "demo.other" // of the same household
		turns := NewTurns(3)
		assert.Equal(t, []Reader{a, b, other, a}, works(t, turns, 0, a, other, a, b))
		none := Reader{}
		began := time.Now()
		works(t, turns, 0, none, none, none)
		assert.Equal(t, time.Second, time.Since(began), "the server itself has no line")
		<-time.After(5 * time.Second)
		left(t, turns, 3)
	})
}

// A household rests after its turn, and the others do not.
func TestALineRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, agent := homeOf(1), Reader{User: "demo.agent"}
		began := time.Now()
		turns := NewTurns(1)
		assert.Equal(t, []Reader{a, agent, agent, agent, agent, a}, works(t, turns, 4*time.Second, a, a, agent, agent, agent, agent))
		assert.Equal(t, 6*time.Second, time.Since(began))
		<-time.After(10 * time.Second)
		left(t, turns, 1)
	})
}

// Who goes away leaves their place to the next.
func TestWhoGoesAwayHasNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1)
		end, err := turns.Begin(t.Context(), homeOf(1))
		require.NoError(t, err)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err = turns.Begin(ctx, homeOf(2))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		end(0)
		left(t, turns, 1)
	})
}

// left holds that nobody is in a line, and so many turns are free.
func left(t *testing.T, turns *Turns, free int) {
	t.Helper()
	turns.mu.Lock()
	defer turns.mu.Unlock()
	assert.Empty(t, turns.lines)
	assert.Equal(t, free, turns.free)
}
