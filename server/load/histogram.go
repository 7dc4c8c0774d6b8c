package load

import (
	"math/bits"
	"sync"
	"time"
)

// fine is the binary logarithm of how many classes there are between a time and twice that.
const fine = 6

// histogram counts times in classes of microseconds, each less than 2 % wide.
type histogram struct {
	mu      sync.Mutex
	classes [(64 - fine) << fine]int64
	count   int64
	longest time.Duration
}

func (h *histogram) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.classes[classOf(d)]++
	h.count++
	h.longest = max(h.longest, d)
}

func classOf(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	if us < 1<<fine {
		return int(us)
	}
	power := bits.Len64(us) - fine - 1
	return power<<fine + int(us>>power)
}

// most gives the longest time of a class.
func most(class int) time.Duration {
	if class < 2<<fine {
		return time.Duration(class) * time.Microsecond
	}
	power := class>>fine - 1
	return time.Duration((class-power<<fine+1)<<power-1) * time.Microsecond
}

// Latency has times of which so many percent were no longer, in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func (h *histogram) latency() Latency {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := func(share float64) float64 {
		left := int64(share * float64(h.count))
		for class, n := range h.classes {
			if left -= n; left < 0 {
				return milliseconds(min(most(class), h.longest))
			}
		}
		return milliseconds(h.longest)
	}
	return Latency{P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: milliseconds(h.longest)}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
