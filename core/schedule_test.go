package core_test

// The model test plays random schedules of pages against a model of the server and
// compares the outcome. A world (world_test.go) has three pages in two browsers and
// one server; anything happens in it, one thing at a time, chosen by weighted tables:
//
//	page_test.go          a page: its core, and how it carries out effects
//	page_act_test.go      what a page asks for: messages, reads, imports, closes
//	page_life_test.go     load, reload, close, destroy, crash, login, logout
//	page_network_test.go  its connection: frames are delayed, doubled, cut, lost
//	page_store_test.go    its outbox, which is slow and can fail
//	page_mirror_test.go   what it shows of the chats, and the check of that
//	sent_test.go          the messages sent, retried, discarded, and their check
//	browser_test.go       what outlives pages: records and the stored session
//	world_trouble_test.go ten seconds without a network or a store
//	world_end_test.go     heal ends all faults and lets everything finish; judge
//	                      then checks what must be true after any schedule
//
// The server is coretest.Model, whose Fault, OpenFails and Forgets the world sets. A
// schedule depends only on its seed, so that a failure can be replayed; its test
// prints the command.

import (
	"flag"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestWorld plays long schedules, each of a thousand things that happen.
func TestWorld(t *testing.T) {
	t.Parallel()
	for seed := range atMost(40) {
		playSchedule(t, longPlays+seed)
	}
}

// atMost is how many schedules are played of so many: a tenth in a browser, which is that much slower.
func atMost(schedules uint64) uint64 {
	if runtime.GOOS == "js" {
		return schedules / 10
	}
	return schedules
}

var (
	schedules = flag.Uint64("schedules", atMost(1000), "how many schedules TestSchedules plays")
	firstSeed = flag.Uint64("seed", 0, "the first one's seed; a failing seed alone: -schedules 1 -seed N")
)

// TestSchedules plays many short schedules, each of a few dozen things.
func TestSchedules(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // there is much garbage and little else
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

// longPlays is the first seed of long schedules.
const longPlays = 1 << 40

// playSchedule plays the schedule of a seed.
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
