package core_test

import (
	"flag"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestWorld plays pages of a visitor in one browser and of an agent in another
// against a model server, for many seeds. Connections break, stall, double and
// garble frames; the server refuses, forgets, restarts; the store fails; pages are
// reloaded, closed, left to another user, and their cores die. judge tells what holds
// whatever happens.
func TestWorld(t *testing.T) {
	for seed := range uint64(40) {
		playSchedule(t, longPlays+seed)
	}
}

var (
	schedules = flag.Uint64("schedules", 1000, "how many schedules TestSchedules plays")
	firstSeed = flag.Uint64("seed", 0, "the first one's seed; a failing seed alone: -schedules 1 -seed N")
)

// TestSchedules is the same with many short plays, each of a few dozen things that
// happen.
func TestSchedules(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // much is thrown away, little is kept
	workers := uint64(runtime.GOMAXPROCS(0))
	t.Run("", func(t *testing.T) {
		for worker := range workers {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := *firstSeed + worker; seed < *firstSeed+*schedules; seed += workers {
					playSchedule(t, seed)
				}
			})
		}
	})
}

// longPlays is where the seeds of long schedules begin.
const longPlays = 1 << 40

// playSchedule is one schedule, from its seed.
func playSchedule(t *testing.T, seed uint64) {
	things := 20 + int(seed%60)
	if seed >= longPlays {
		things = 1000
	}
	defer func() {
		if defect := recover(); defect != nil {
			t.Errorf("panic: %v\n%s", defect, debug.Stack())
		}
		if t.Failed() {
			t.Logf("replay it with: go test ./core -run TestSchedules -schedules 1 -seed %d", seed)
		}
	}()
	w := newWorld(t, seed)

	for range things {
		w.anything()
	}
	w.heal()
	w.judge()
	if t.Failed() {
		t.FailNow()
	}
}
