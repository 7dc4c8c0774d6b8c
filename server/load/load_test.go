package load

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A class holds times that differ by less than 2 %, and percentiles come of them.
func TestHistogram(t *testing.T) {
	t.Parallel()
	for us := time.Duration(0); us < 100*365*24*time.Hour/time.Microsecond; us += us/97 + 1 {
		d := us * time.Microsecond
		up := most(classOf(d))
		require.GreaterOrEqual(t, up, d)
		require.LessOrEqual(t, float64(up-d), float64(d)/50, d)
		require.Equal(t, classOf(d), classOf(up))
		require.Equal(t, classOf(d)+1, classOf(up+time.Microsecond), "classes follow one on the other")
	}
	h := &histogram{}
	assert.Zero(t, h.latency())
	for ms := range 1000 {
		h.add(time.Duration(ms+1) * time.Millisecond)
	}
	l := h.latency()
	assert.InEpsilon(t, 500, l.P50, 0.02)
	assert.InEpsilon(t, 900, l.P90, 0.02)
	assert.InEpsilon(t, 990, l.P99, 0.02)
	assert.InDelta(t, 1000, l.Max, 0)
}

// Each message counts once, in whatever order they come and whichever never do.
func TestHearing(t *testing.T) {
	t.Parallel()
	h := &hearing{}
	for _, step := range []struct {
		number int
		fresh  bool
	}{{0, true}, {0, false}, {2, true}, {1, true}, {2, false}, {1, false}, {5, true}, {4, true}, {5, false}, {66, true}, {67, true}, {66, false}, {3, false}, {500, true}, {499, true}, {500, false}} {
		assert.Equal(t, step.fresh, h.fresh(step.number), step.number)
	}
	into := &heard{began: time.Now()}
	by := &hearing{}
	for _, number := range []int{0, 1, 1, 3} {
		into.note(by, number, 0)
	}
	once, twice, last := into.counts()
	assert.Equal(t, []int64{3, 1}, []int64{once, twice})
	assert.WithinDuration(t, time.Now(), last, time.Minute)
}

func TestTextsAreKnownAgain(t *testing.T) {
	t.Parallel()
	number, at, is := partsOf([]byte(`{"message":{"id":"c.1","message":"` + textOf(12, 345*time.Microsecond) + `"}}`))
	assert.True(t, is)
	assert.Equal(t, 12, number)
	assert.Equal(t, 345*time.Microsecond, at)
	for _, other := range []string{`{}`, `{"message":"hello bench 1 2 3"}`, `{"message":"bench 1"}`, `{"message":"bench one 2 3"}`, `{"message":"bench 1 two 3"}`} {
		_, _, is := partsOf([]byte(other))
		assert.False(t, is, other)
	}
}

// All numbers have their turn, and after a failure no more than are under way.
func TestSpread(t *testing.T) {
	t.Parallel()
	var sum atomic.Int64
	require.NoError(t, spread(100, func(i int) error { sum.Add(int64(i)); return nil }))
	assert.EqualValues(t, 4950, sum.Load())
	var calls atomic.Int64
	failure := errors.New("no")
	require.Equal(t, failure, spread(1<<40, func(int) error { calls.Add(1); return failure }))
	assert.LessOrEqual(t, calls.Load(), int64(workers))
}
