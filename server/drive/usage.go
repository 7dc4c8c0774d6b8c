package drive

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has taken.
type Usage struct {
	CPU    time.Duration // of all its threads, since its start
	Memory int64         // resident bytes now
}

// ticks is in how many a second of CPU is counted in /proc, on every Linux.
const ticks = 100

// UsageOf reads what a process has taken from /proc, which Linux has.
func UsageOf(pid int) (Usage, error) {
	file := fmt.Sprintf("/proc/%d/stat", pid)
	text, err := os.ReadFile(file)
	if err != nil {
		return Usage{}, err
	}
	// The second field is a name in parentheses, which may contain anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 22 {
		return Usage{}, fmt.Errorf("%s has %d fields behind the name", file, len(fields))
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	pages, err3 := strconv.ParseInt(fields[21], 10, 64)
	return Usage{CPU: time.Duration(user+system) * time.Second / ticks, Memory: pages * int64(os.Getpagesize())}, errors.Join(err1, err2, err3)
}
