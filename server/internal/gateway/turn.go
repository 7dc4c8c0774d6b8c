package gateway

import (
	"encoding/binary"
	"time"

	"golang.org/x/time/rate"

	"parley/server/internal/limit"
)

// sessionOpened lets the socket send what only clients with a session may.
func (c *Conn) sessionOpened() {
	c.admitted.Store(true)
	if c.socket.opened(); c.place != nil {
		c.place.opened()
	}
}

// takeTurn waits until the user, and the client's address, are below their rates of
// requests; so it holds up the reader. false means that the connection ends.
func (c *Conn) takeTurn() bool {
	return c.hub.options.Meter.Wait(c.ctx, c.caller, c.endGroup,
		limit.Count{Kind: limit.Requests, Scope: c.caller.Scope}, limit.Count{Kind: limit.Frames, Scope: limit.Address}) == nil
}

// mayBeLong tells whether the connection, which has no session, may send more than
// Options.OpenBytes. A channel may once its socket belongs to a client with a session.
func (c *Conn) mayBeLong() bool {
	if ch, is := c.socket.(*channel); is {
		return ch.first.admitted.Load()
	}
	return c.place != nil && c.place.mayBeLong()
}

// takeSlot is takeTurn, and waits until the connection is below its number of unwritten
// replies.
func (c *Conn) takeSlot() bool {
	if !c.takeTurn() {
		return false
	}
	select {
	case c.slots <- struct{}{}:
		return true
	default:
		c.endGroup()
	}
	select {
	case c.slots <- struct{}{}:
		return true
	case <-c.closing:
	case <-c.ctx.Done():
	}
	return false
}

// Frames that ask for nothing cost little and have no rate of a user: signs of life, what is
// refused unread, control frames and small fragments. A connection may send so many; what is
// over is read more slowly.
const (
	sparePerSecond = 20
	spareAtOnce    = 200
	smallFragment  = 1 << 10 // bytes; larger ones are bounded by what they carry
)

func newSpare() *rate.Limiter { return rate.NewLimiter(sparePerSecond, spareAtOnce) }

// takeSpare waits until the connection may send a frame that is no request. false means that
// it ends.
func (c *Conn) takeSpare() bool {
	if c.spare.Allow() {
		return true
	}
	c.endGroup()
	return c.spare.Wait(c.ctx) == nil
}

// waitSpare waits until the socket may have sent so many control frames, or is closed.
func (s *webSocket) waitSpare(frames int) {
	var wait time.Duration
	for range frames {
		wait = s.spare.Reserve().Delay()
	}
	if wait == 0 {
		return
	}
	over := time.NewTimer(wait)
	defer over.Stop()
	select {
	case <-over.C:
	case <-s.gone:
	}
}

// frameHeaders follows the frames of a WebSocket by their headers (RFC 6455, section 5.2). The
// zero value is before the first.
type frameHeaders struct {
	header  [14]byte
	have    int    // bytes of the header
	payload uint64 // bytes of it that are still to come
}

// spare gives how many frames begin in b that are control frames or small fragments.
func (f *frameHeaders) spare(b []byte) (frames int) {
	for len(b) > 0 {
		if f.payload > 0 {
			n := min(f.payload, uint64(len(b)))
			f.payload -= n
			b = b[n:]
			continue
		}
		f.header[f.have] = b[0]
		f.have++
		if b = b[1:]; f.have < 2 || f.have < f.length() {
			continue
		}
		f.have = 0
		f.payload = f.payloadLength()
		kind := f.header[0] & 0x0f
		if kind >= 8 || kind == 0 && f.payload < smallFragment {
			frames++
		}
	}
	return frames
}

// length is that of a header whose first two bytes are there.
func (f *frameHeaders) length() int {
	n := 2
	switch f.header[1] &^ 0x80 {
	case length16:
		n += 2
	case length64:
		n += 8
	}
	if f.header[1]&0x80 != 0 {
		n += maskBytes
	}
	return n
}

func (f *frameHeaders) payloadLength() uint64 {
	switch n := f.header[1] &^ 0x80; n {
	case length16:
		return uint64(binary.BigEndian.Uint16(f.header[2:]))
	case length64:
		return binary.BigEndian.Uint64(f.header[2:])
	default:
		return uint64(n)
	}
}
