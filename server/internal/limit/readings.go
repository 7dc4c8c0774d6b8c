package limit

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Readings bounds the memory of what is in memory while clients read it, at their pace. A
// user has one reading at a time, and a household half of the memory. Whoever reads may take
// their time as long as nobody else needs the room: then the oldest reading is cut that has
// lasted for a while.
type Readings struct {
	most  int64         // bytes
	grace time.Duration // before a reading may be cut

	mu    sync.Mutex
	list  []*reading // the oldest first
	freed chan struct{}
}

// Reader is who reads. What is zero has no limit of its own.
type Reader struct {
	User      string
	Household netip.Prefix
}

type reading struct {
	Reader
	bytes int64
	since time.Time
	ctx   context.Context // until the reading ends
	stop  context.CancelFunc
}

// NewReadings makes a Readings with none.
func NewReadings(most int64, grace time.Duration) *Readings {
	return &Readings{most: most, grace: grace, freed: make(chan struct{})}
}

// Begin takes room for a reading of so many bytes until end is called, and waits for it
// until ctx ends; ok is false if there was none. One that is greater than all the room has
// it alone. When the reading is cut its own context ends, and it must end soon.
func (r *Readings) Begin(ctx context.Context, who Reader, bytes int64) (own context.Context, end func(), ok bool) {
	mine := &reading{Reader: who, bytes: min(bytes, r.most)}
	for {
		freed, wait := r.take(mine)
		if freed == nil {
			return mine.ctx, func() { r.end(mine) }, true
		}
		over := time.NewTimer(wait)
		select {
		case <-freed:
		case <-over.C:
		case <-ctx.Done():
			over.Stop()
			return nil, nil, false
		}
		over.Stop()
	}
}

// take adds a reading if there is room. Otherwise it cuts the one in the way if that has
// lasted long enough, and gives what tells that there is more room, and when to look again.
func (r *Readings) take(mine *reading) (freed <-chan struct{}, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	other := r.inTheWay(mine)
	if other == nil {
		mine.since = now
		mine.ctx, mine.stop = context.WithCancel(context.Background())
		r.list = append(r.list, mine)
		return nil, 0
	}
	wait = max(other.since.Add(r.grace).Sub(now), 0)
	if wait == 0 {
		wait = r.grace // it ends before
		other.stop()
	}
	return r.freed, wait
}

// inTheWay is the oldest reading that must end before another can begin, nil if it can.
func (r *Readings) inTheWay(mine *reading) *reading {
	for _, bound := range []struct {
		counts func(*reading) bool
		most   int64
	}{
		{func(o *reading) bool { return mine.User != "" && o.User == mine.User }, 0},
		{func(o *reading) bool { return mine.Household.IsValid() && o.Household == mine.Household }, r.most / 2},
		{func(*reading) bool { return true }, r.most},
	} {
		var oldest *reading
		all := mine.bytes
		for _, o := range r.list {
			if bound.counts(o) {
				all += o.bytes
				if oldest == nil {
					oldest = o
				}
			}
		}
		if oldest != nil && all > bound.most {
			return oldest
		}
	}
	return nil
}

func (r *Readings) end(mine *reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.list, mine); i >= 0 {
		r.list = slices.Delete(r.list, i, i+1)
		mine.stop()
		close(r.freed)
		r.freed = make(chan struct{})
	}
}
