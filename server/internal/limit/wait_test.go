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

func nothing() {}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(Table{{Requests, Visitor}: {10, 10}})
		begin, waited := time.Now(), 0
		for range 30 {
			require.NoError(t, m.Wait(t.Context(), Caller{App: "a", User: "v"}, func() { waited++ }, Count{Requests, Visitor}))
		}
		assert.Equal(t, 2*time.Second, time.Since(begin).Round(time.Millisecond))
		assert.Equal(t, 20, waited)
		ended, end := context.WithCancel(t.Context())
		end()
		assert.Error(t, m.Wait(ended, Caller{App: "a", User: "v"}, nothing, Count{Requests, Visitor}))
	})
}

// Those who wait at the same time sleep once each, get theirs in the order in which they
// came, and wait for the slowest of their buckets only.
func TestAllWaitInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(Table{{Requests, Visitor}: {100, 1}, {Frames, Address}: {20, 1}})
		c := Caller{App: "a", User: "v", Network: netip.MustParseAddr("192.0.2.7")}
		begin, sleeps := time.Now(), 0
		var mu sync.Mutex
		var order, expected []int
		for i := range 50 {
			expected = append(expected, i)
			go func() {
				err := m.Wait(t.Context(), c, func() { mu.Lock(); defer mu.Unlock(); sleeps++ }, Count{Requests, Visitor}, Count{Frames, Address})
				mu.Lock()
				defer mu.Unlock()
				assert.NoError(t, err)
				order = append(order, i)
			}()
			synctest.Wait()
		}
		for range 60 {
			<-time.After(50 * time.Millisecond)
			synctest.Wait()
		}
		assert.Equal(t, expected, order)
		assert.Equal(t, 49, sleeps)
		assert.Less(t, time.Since(begin), 4*time.Second)
	})
}

// Those who wait and go away take little from those who stay, and all who stay get theirs.
func TestWaitersWhoGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(Table{{Frames, Address}: {10, 1}})
		c := Caller{Network: netip.MustParseAddr("192.0.2.7")}
		leaving, leave := context.WithCancel(t.Context())
		var gone, staying sync.WaitGroup
		for range 1000 {
			gone.Go(func() { _ = m.Wait(leaving, c, nothing, Count{Frames, Address}) })
		}
		synctest.Wait()
		leave()
		gone.Wait()
		begin, sleeps := time.Now(), 0
		var mu sync.Mutex
		for range 100 {
			staying.Go(func() {
				assert.NoError(t, m.Wait(t.Context(), c, func() { mu.Lock(); defer mu.Unlock(); sleeps++ }, Count{Frames, Address}))
			})
		}
		staying.Wait()
		assert.Less(t, time.Since(begin), 10*time.Second+4*maxAhead)
		assert.Less(t, sleeps, 100*10)
	})
}

// What is looked at is not taken.
func TestLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(Table{{Sockets, Address}: {1, 1}})
		c, count := Caller{Network: netip.MustParseAddr("192.0.2.7")}, Count{Sockets, Address}
		for range 10 {
			assert.Nil(t, m.Look(count, c))
		}
		assert.Nil(t, m.TakeFor(count, c))
		assert.Equal(t, time.Second, m.Look(count, c).Wait)
		<-time.After(time.Second)
		assert.Nil(t, m.Look(count, c))
		assert.Nil(t, m.Look(count, Caller{}), "this machine")
	})
}

// A bucket from which tokens are reserved is remembered until it is full.
func TestReservedBucketsAreRemembered(t *testing.T) {
	b := New[string](Rate{PerSecond: 1, Burst: 1}, 10)
	for range 11 {
		require.NotNil(t, b.Reserve("a", b.rate, time.Minute, start))
	}
	assert.Nil(t, b.Reserve("a", b.rate, 10*time.Second, start), "not within that time")
	_, ok := b.Take("a", 1, start.Add(9*time.Second))
	assert.False(t, ok)
	_, ok = b.Take("a", 1, start.Add(11*time.Second))
	assert.True(t, ok)
	b.Take("b", 1, start.Add(13*time.Second))
	assert.Equal(t, 1, b.Len())
}
