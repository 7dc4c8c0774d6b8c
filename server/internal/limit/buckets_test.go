package limit

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var start = time.Unix(1_000_000, 0)

func TestTake(t *testing.T) {
	b := New[string](Rate{PerSecond: 2, Burst: 3}, 10)
	for range 3 {
		_, ok := b.Take("a", 1, start)
		assert.True(t, ok, "the burst is there at once")
	}
	wait, ok := b.Take("a", 1, start)
	assert.False(t, ok)
	assert.Equal(t, 500*time.Millisecond, wait)
	_, ok = b.Take("b", 3, start)
	assert.True(t, ok, "each key has a bucket of its own")
	_, ok = b.Take("a", 1, start.Add(wait))
	assert.True(t, ok, "after the wait there is one")
	wait, ok = b.Take("c", 4, start)
	assert.False(t, ok, "more than the burst are never there")
	assert.Equal(t, time.Duration(math.MaxInt64), wait)
}

func TestBucketsAreBounded(t *testing.T) {
	b := New[int](Rate{PerSecond: 1, Burst: 10}, 100)
	for key := range 1000 {
		b.Take(key, 1, start)
	}
	assert.Equal(t, 100, b.Len())
	for range 100 {
		b.Take(999, 1, start.Add(10*time.Second))
	}
	assert.Equal(t, 1, b.Len(), "buckets that are full again are forgotten")
}

func TestNetwork(t *testing.T) {
	for given, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "fe80::1%eth0": "fe80::",
	} {
		assert.Equal(t, want, Network(netip.MustParseAddr(given)).String(), given)
	}
	assert.False(t, Network(netip.Addr{}).IsValid())
}

func TestSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]uint64{0: 1, time.Millisecond: 1, time.Second: 1, 1100 * time.Millisecond: 2, math.MaxInt64: 86400} {
		assert.Equal(t, want, Seconds(wait), wait)
	}
}
