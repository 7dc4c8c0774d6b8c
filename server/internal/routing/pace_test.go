package routing

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A key acts at once, then at most once in a while; what it did last is not lost.
func TestPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaced[string](1, 10)
		var mu sync.Mutex // acts come from timers
		var done []int
		for n := range 1000 {
			p.do("Vera", func() {
				mu.Lock()
				defer mu.Unlock()
				done = append(done, n)
			})
			<-time.After(8950 * time.Microsecond)
		}
		synctest.Wait()
		assert.Len(t, done, 18, "ten at once, and eight in nine seconds")
		others := 0
		p.do("Ada", func() { others++ })
		assert.Equal(t, 1, others, "nobody waits for somebody else")
		<-time.After(time.Minute)
		synctest.Wait()
		assert.Len(t, done, 19)
		assert.Equal(t, []int{0, 9, 999}, []int{done[0], done[9], done[18]})
		assert.Empty(t, p.keys, "who does nothing is forgotten")
	})
}
