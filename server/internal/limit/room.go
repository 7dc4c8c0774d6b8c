package limit

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync"
	"time"
)

// Room bounds the memory of what is read whole before it is decided, such as bodies and
// frames: so many bytes by address (SharesOf), and so many in all. What has come counts, not
// what was promised.
type Room struct {
	held *Held

	mu    sync.Mutex // guards the parts, too
	freed chan struct{}
}

// NewRoom makes a Room with nothing in it.
func NewRoom(each, all int) *Room {
	return &Room{held: NewHeld(each, all), freed: make(chan struct{})}
}

// Part is what one client's bodies, or the frames of one connection, have of a Room. That of
// no Room has no bound.
type Part struct {
	room   *Room
	client netip.Addr
	free   int // bytes that need no room
	bytes  int
	taken  int
	ended  bool
}

// Part gives an empty part for a client, whose first bytes are free: whoever sends little
// never waits.
func (r *Room) Part(client netip.Addr, free int) *Part {
	if r == nil {
		return nil
	}
	return &Part{room: r, client: client, free: free}
}

// ErrNoRoom says that others have the room, and keep it.
var ErrNoRoom = errors.New("no room for what is being read")

// How long one waits for room, and in what steps room is taken, in bytes.
const (
	roomWithin = 5 * time.Second
	roomStep   = 16 << 10
)

// TryGrow takes room for so many bytes more if there is some. Of a part that has ended nothing
// counts.
func (p *Part) TryGrow(n int) (ok bool) { return p == nil || p.grow(n) == nil }

// Grow is TryGrow, and waits for room a while.
func (p *Part) Grow(ctx context.Context, n int) error {
	if p.TryGrow(n) {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, roomWithin)
	defer stop()
	for freed := p.grow(n); freed != nil; freed = p.grow(n) {
		select {
		case <-freed:
		case <-ctx.Done():
			return ErrNoRoom
		}
	}
	return nil
}

// grow is Grow, but does not wait: it gives what tells that there is more room.
func (p *Part) grow(n int) (freed <-chan struct{}) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	more := p.needed(p.bytes+n) - p.taken
	if more > 0 && !p.ended && !p.room.held.TakeMany(p.client, more) {
		return p.room.freed
	}
	p.bytes += n
	if more > 0 && !p.ended {
		p.taken += more
	}
	return nil
}

// needed is the room for so many bytes.
func (p *Part) needed(bytes int) int {
	return (max(bytes-p.free, 0) + roomStep - 1) / roomStep * roomStep
}

// Shrink gives back the room of so many bytes.
func (p *Part) Shrink(n int) {
	if p == nil {
		return
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.bytes = max(p.bytes-n, 0)
	p.give(p.taken - p.needed(p.bytes))
}

// End gives back all room, for good.
func (p *Part) End() {
	if p == nil {
		return
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.ended = true
	p.give(p.taken)
}

// give gives back room; p.room.mu is held.
func (p *Part) give(n int) {
	if n <= 0 {
		return
	}
	p.taken -= n
	p.room.held.GiveMany(p.client, n)
	close(p.room.freed)
	p.room.freed = make(chan struct{})
}

// Reader reads from r as long as there is room for what comes.
func (p *Part) Reader(ctx context.Context, r io.Reader) io.Reader {
	return roomReader{r, p, ctx}
}

type roomReader struct {
	from io.Reader
	part *Part
	ctx  context.Context
}

func (r roomReader) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	if n > 0 {
		if full := r.part.Grow(r.ctx, n); full != nil {
			return n, full
		}
	}
	return n, err
}
