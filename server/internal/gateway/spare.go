package gateway

import (
	"encoding/binary"
	"time"

	"golang.org/x/time/rate"
)

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
