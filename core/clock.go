package core

import (
	"strconv"
	"time"

	"parley/core/wire"
)

// clock is the client's time. People and networks set clocks, and pages sleep: what
// is waited for is measured by now, which never goes back; only what is compared with
// other pages, or shown, is told by the wall.
type clock struct {
	now  int64 // milliseconds
	wall int64 // unix milliseconds
	made uint64
	top  int64 // of the newest id made or known, its time
}

// deadline is a time by now.
type deadline = int64

func (c *clock) tick(wall int64) {
	if c.wall == 0 {
		c.now = wall
	} else {
		c.now += max(0, wall-c.wall)
	}
	c.wall = wall
}

// after gives the time when d has passed.
func (c *clock) after(d time.Duration) deadline { return c.now + d.Milliseconds() }

// newID makes a request's id: time, count and chance in hexadecimal, so that ids
// sort by time and no two clients make the same.
func (m *machine) newID() string {
	m.made++
	m.top = max(m.top, m.now)
	if m.made&0xffff == 0 {
		m.top++
	}
	return hex(uint64(m.top), 12) + hex(m.made&0xffff, 4) + hex(m.random, 16)
}

// goBehind makes ids sort behind that of the newest record of an earlier page, also
// when the clock has been set back since.
func (m *machine) goBehind(record wire.Raw) {
	const absurd = 1 << 47 // the year 6429: it leaves no room behind it
	var id string
	if wire.Read(record, "id", &id) == nil && len(id) == 32 {
		if made, err := strconv.ParseUint(id[:12], 16, 64); err == nil && made < absurd {
			m.top = max(m.top, int64(made)+1)
		}
	}
}

func hex(v uint64, width int) string {
	const zeros = "0000000000000000"
	s := strconv.FormatUint(v, 16)
	if len(s) >= width {
		return s
	}
	return zeros[:width-len(s)] + s
}
