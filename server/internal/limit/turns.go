package limit

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Turns lets few work at a time. Who waits stands in the line of their household, or of
// themselves without one. A line has one at work, and the lines come in turn: the length of
// one does not make the others wait.
type Turns struct {
	mu    sync.Mutex
	free  int
	lines []*line // those that are not empty, the next one first
}

type line struct {
	of      Reader
	waiting []chan struct{} // each is closed when its turn comes
	busy    bool            // one has the turn, or the line rests
}

// NewTurns lets so many work at a time.
func NewTurns(most int) *Turns { return &Turns{free: most} }

// Begin waits for a turn, which lasts until end is called; the line of a household then
// rests for so long. The zero Reader has no line, but a turn like all others. The error is
// that of ctx.
func (t *Turns) Begin(ctx context.Context, who Reader) (end func(rest time.Duration), err error) {
	if who.Household.IsValid() {
		who.User = ""
	}
	turn := make(chan struct{})
	t.mu.Lock()
	l := t.lineOf(who)
	l.waiting = append(l.waiting, turn)
	t.next()
	t.mu.Unlock()
	end = func(rest time.Duration) { t.end(l, rest) }
	select {
	case <-turn:
		return end, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.Index(l.waiting, turn)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		t.forget(l)
	}
	t.mu.Unlock()
	if i < 0 { // it came just now
		end(0)
	}
	return nil, ctx.Err()
}

// lineOf gives the line of somebody, which is the last if it is new; t.mu is held.
func (t *Turns) lineOf(who Reader) *line {
	for _, l := range t.lines {
		if l.of == who {
			return l
		}
	}
	l := &line{of: who}
	t.lines = append(t.lines, l)
	return l
}

// next gives turns as long as some are free and somebody may have one; t.mu is held.
func (t *Turns) next() {
	for t.free > 0 {
		i := slices.IndexFunc(t.lines, func(l *line) bool { return len(l.waiting) > 0 && !l.busy })
		if i < 0 {
			return
		}
		l := t.lines[i]
		t.toEnd(l)
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		l.busy = l.of != Reader{}
		t.free--
		t.forget(l)
	}
}

func (t *Turns) end(l *line, rest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	switch t.toEnd(l); {
	case l.of == Reader{}:
	case rest > 0 && l.of.Household.IsValid():
		time.AfterFunc(rest, func() { t.rested(l) })
	default:
		l.busy = false
		t.forget(l)
	}
	t.next()
}

func (t *Turns) rested(l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.busy = false
	t.forget(l)
	t.next()
}

// toEnd makes a line the last, if it is not forgotten; t.mu is held.
func (t *Turns) toEnd(l *line) {
	if i := slices.Index(t.lines, l); i >= 0 {
		t.lines = append(slices.Delete(t.lines, i, i+1), l)
	}
}

// forget removes a line in which nobody is; t.mu is held.
func (t *Turns) forget(l *line) {
	if len(l.waiting) == 0 && !l.busy {
		if i := slices.Index(t.lines, l); i >= 0 {
			t.lines = slices.Delete(t.lines, i, i+1)
		}
	}
}
