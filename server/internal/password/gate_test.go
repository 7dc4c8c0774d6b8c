package password

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

// busyGate is a gate whose turns are all taken.
func busyGate(t *testing.T) *Gate {
	t.Helper()
	g := NewGate(Recommended)
	for range hashesAtOnce {
		require.NoError(t, g.enter(t.Context(), Share{}))
	}
	return g
}

// flood has a crowd wait; the errors of those who are refused are counted.
func flood(ctx context.Context, g *Gate, n int, of func(n int) Share) (refused chan error) {
	refused = make(chan error, n)
	for at := range n {
		go func() {
			if err := g.enter(ctx, of(at)); err != nil {
				refused <- err
			}
		}()
	}
	return refused
}

func TestHashGateIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := busyGate(t)
		ctx, cancel := context.WithCancel(t.Context())
		refused := flood(ctx, g, hashesWaiting+50, func(int) Share { return Share{App: "a", Network: "n"} })
		synctest.Wait()
		assert.Len(t, g.waiting, hashesWaiting)
		assert.Len(t, refused, 50)
		cancel()
		synctest.Wait()
		assert.Empty(t, g.waiting)
		require.Len(t, refused, hashesWaiting+50)
		for range cap(refused) {
			err := <-refused
			storetest.RequireCode(t, wire.CodeTooMany, err)
			assert.EqualValues(t, 5, err.(*wire.Error).RetryAfter) //nolint:errorlint // RequireCode has looked
		}
	})
}

// A crowd that fills the gate gives way to whoever is not of it.
func TestHashGateHasAShareForEach(t *testing.T) {
	t.Parallel()
	crowd := Share{App: "a", Network: "n"}
	for name, newcomer := range map[string]Share{
		"another app": {App: "b", Network: "n"}, "another network": {App: "a", Network: "m"}, "a known device": {App: "a", Network: "n", Known: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := busyGate(t)
				ctx, cancel := context.WithCancel(t.Context())
				flood(ctx, g, hashesWaiting, func(int) Share { return crowd })
				synctest.Wait()
				entered := make(chan error, 1)
				go func() { entered <- g.enter(ctx, newcomer) }()
				synctest.Wait()
				turns := 0
				for ; len(entered) == 0; turns++ {
					g.leave()
					synctest.Wait()
				}
				require.NoError(t, <-entered)
				assert.Less(t, turns, 40, "two groups take turns by lot")
				cancel()
				synctest.Wait()
			})
		})
	}
}

// However many networks of one household a flood comes from, another one is not of its crowd.
func TestHashGateCountsHouseholds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := busyGate(t)
		ctx, cancel := context.WithCancel(t.Context())
		of := func(address string) Share { return ShareOf("a", netip.MustParseAddr(address), false) }
		var entered []chan error
		for n := range 20 { // from the beginning to the end of the flood
			flood(ctx, g, hashesWaiting/10, func(i int) Share { return of(fmt.Sprintf("2001:db8:0:%x::1", n*10+i%10)) })
			synctest.Wait()
			owner := make(chan error, 1)
			go func() { owner <- g.enter(ctx, of(fmt.Sprintf("192.0.2.%d", n))) }()
			entered = append(entered, owner)
			synctest.Wait()
		}
		for range 400 {
			g.leave()
			synctest.Wait()
		}
		got := 0
		for _, owner := range entered {
			if len(owner) == 1 && <-owner == nil {
				got++
			}
		}
		t.Logf("%d of 20 got in", got)
		assert.Equal(t, 20, got)
		cancel()
		synctest.Wait()
	})
}

// Of crowds of the same size the newest goes, so that who waits is not lost to who comes.
func TestHashGateKeepsWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := busyGate(t)
		ctx, cancel := context.WithCancel(t.Context())
		one := func(n int) Share { return ShareOf("a", netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), false) }
		first := flood(ctx, g, hashesWaiting, one)
		synctest.Wait()
		later := flood(ctx, g, 100, func(n int) Share { return one(1000 + n) })
		synctest.Wait()
		assert.Empty(t, first)
		assert.Len(t, later, 100)
		cancel()
		synctest.Wait()
	})
}

// However many networks a flood comes from, another app has half of the turns.
func TestHashGateIsSharedByAppsFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := busyGate(t)
		ctx, cancel := context.WithCancel(t.Context())
		flood(ctx, g, hashesWaiting, func(n int) Share { return Share{App: "a", Network: fmt.Sprint(n)} })
		synctest.Wait()
		flood(ctx, g, 20, func(int) Share { return Share{App: "b", Network: "n"} })
		synctest.Wait()
		ofB := func() int { return len(grouped(g.waiting, func(w *waiter) string { return w.App })["b"]) }
		require.Equal(t, 20, ofB())
		for range 100 {
			g.leave()
			synctest.Wait()
		}
		assert.Zero(t, ofB())
		cancel()
		synctest.Wait()
	})
}
