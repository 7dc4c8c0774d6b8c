package load

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// window is how many messages of one chat a listener tells apart: more than are under way.
const window = 64

// hearing is what one listener has heard of one chat.
type hearing struct {
	first int    // all before it are done with
	later uint64 // which of those from first on were heard
}

// fresh notes a message, and tells whether it is the first time.
func (h *hearing) fresh(number int) bool {
	for number-h.first >= window {
		h.move()
	}
	if number < h.first || h.later>>(number-h.first)&1 == 1 {
		return false
	}
	h.later |= 1 << (number - h.first)
	for h.later&1 == 1 {
		h.move()
	}
	return true
}

func (h *hearing) move() {
	h.first++
	h.later >>= 1
}

// heard counts what all listeners of a phase hear.
type heard struct {
	began time.Time // the messages' own times count from here
	mu    sync.Mutex
	once  int64
	twice int64
	last  time.Time
	times histogram
}

// mark begins each message of the load; its number and its time follow.
const mark = `bench `

// textOf makes a message, about as long as people write.
func textOf(number int, at time.Duration) string {
	return fmt.Sprintf("%s%d %d about as long as people write on a good day, and no longer", mark, number, at.Nanoseconds())
}

// partsOf finds number and time in what was heard. The text stands in JSON as it is.
func partsOf(data []byte) (number int, at time.Duration, is bool) {
	_, rest, found := bytes.Cut(data, []byte(`"`+mark))
	if !found {
		return 0, 0, false
	}
	fields := bytes.SplitN(rest, []byte(" "), 3)
	if len(fields) < 3 {
		return 0, 0, false
	}
	number, err := strconv.Atoi(string(fields[0]))
	if err != nil {
		return 0, 0, false
	}
	ns, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return number, time.Duration(ns), err == nil
}

// listener makes a function that counts what one listener hears of one chat.
func (h *heard) listener() func(data []byte) {
	by := &hearing{}
	return func(data []byte) {
		if number, at, is := partsOf(data); is {
			h.note(by, number, at)
		}
	}
}

func (h *heard) note(by *hearing, number int, at time.Duration) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !by.fresh(number) {
		h.twice++
		return
	}
	h.once++
	h.last = now
	h.times.add(now.Sub(h.began) - at)
}

func (h *heard) counts() (once, twice int64, last time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.once, h.twice, h.last
}
