package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, p := time.Now(), NewPace()
		assert.Equal(t, begin.Add(StalledAfter), p.Until(), "at first it may rest")
		p.Moved(100 * LeastRate)
		assert.Equal(t, begin.Add(StalledAfter), p.Until(), "and no longer when much has moved")
		<-time.After(90 * time.Second)
		assert.Equal(t, begin.Add(120*time.Second), p.Until())
		<-time.After(35 * time.Second)
		assert.Equal(t, begin.Add(130*time.Second), p.Until(), "it may not fall below the least rate")
		<-time.After(5 * time.Second)
		assert.False(t, p.Until().After(time.Now()), "then it ends")
		p.Moved(10 * LeastRate)
		assert.Equal(t, begin.Add(140*time.Second), p.Until())
	})
}

func TestWithin(t *testing.T) {
	for _, tc := range []struct {
		name string
		size int64
		want time.Duration
	}{
		{"nothing", 0, 40 * time.Second},
		{"a mebibyte", 1 << 20, 40*time.Second + 256*time.Second},
		{"what no app accepts", 1 << 60, 3 * time.Hour},
		{"unknown", -1, 3 * time.Hour},
	} {
		assert.Equal(t, tc.want, Within(tc.size), tc.name)
	}
	assert.LessOrEqual(t, 2*Within(-1), LeftoverAfter, "a leftover is no upload that goes on")
}
