package gateway

import (
	"fmt"
	"maps"
	"strconv"

	"parley/core/wire"
)

// maxChannels is how many channels a socket carries at a time.
const maxChannels = 64

// tooManyRetryAfter is when a client may try again that had too many channels, in seconds.
const tooManyRetryAfter = 5

// channels are the connections that a socket carries besides its first. They are used by
// the reader of the first, which hands each its frames.
type channels struct {
	first    *Conn
	live     map[int]*channel // those whose end neither side has said, and some whose end the server has
	handed   []*channel       // which have frames that they do not know of yet
	greatest int              // of the numbers that there have been
	places   chan struct{}    // holds one for each that has not ended
}

// route hands a frame to its channel. false means that its number is malformed.
func (c *Conn) route(b []byte, tooLong bool) bool {
	number, text, ok := cutNumber(b)
	if !ok {
		return false
	}
	if c.channels == nil {
		c.channels = &channels{first: c, live: map[int]*channel{}, places: make(chan struct{}, maxChannels)}
	}
	s := c.channels
	if number > s.greatest {
		s.greatest = number
		s.begin(number)
	}
	ch := s.live[number]
	switch {
	case ch == nil || ch.hasEnded(): // and that was said
		c.takeSpare()
	case len(text) == 0:
		c.takeSpare()
		ch.hangUp()
		delete(s.live, number)
	default:
		s.hand(ch, unread{text: text, tooLong: tooLong})
	}
	return true
}

// begin makes the connection of a new channel, unless there are too many. Its beginning
// counts as a request.
func (s *channels) begin(number int) {
	if !s.first.takeTurn() {
		return
	}
	maps.DeleteFunc(s.live, func(_ int, ch *channel) bool { return ch.hasEnded() })
	if len(s.live) == maxChannels {
		s.refuse(number, newBye(byeTooMany, fmt.Sprintf("more than %d connections besides the first", maxChannels), tooManyRetryAfter))
		return
	}
	if !s.takePlace() {
		return
	}
	ch := newChannel(s.first, number)
	hub := s.first.hub
	if !hub.register(ch.conn) {
		<-s.places
		s.refuse(number, newBye(byeGoingAway, goingAway, 1))
		return
	}
	s.live[number] = ch
	go func() {
		defer func() { <-s.places }()
		defer ch.part.End()
		ch.conn.serve()
	}()
}

// refuse says bye to a channel that does not begin.
func (s *channels) refuse(number int, bye *wire.Frame) {
	socket, within := s.first.socket, s.first.hub.options.WriteWithin
	prefix := strconv.AppendInt(nil, int64(number), 10)
	err := socket.write(bye.Append(prefix), within)
	if err == nil {
		err = socket.write(prefix, within)
	}
	if err == nil {
		err = socket.flush(within)
	}
	if err != nil {
		socket.discard()
	}
}

// takePlace waits while channels whose end was said are still ending. false means that
// the socket ends.
func (s *channels) takePlace() bool {
	select {
	case s.places <- struct{}{}:
		return true
	default:
		s.first.endGroup()
	}
	select {
	case s.places <- struct{}{}:
		return true
	case <-s.first.ctx.Done():
		return false
	}
}

// hand gives a channel a frame, and waits while it has too many that it has not read. The
// channel hears of it from wake.
func (s *channels) hand(ch *channel, u unread) {
	if n := cap(u.text); !ch.part.TryGrow(n) {
		s.first.endGroup()
		if ch.part.Grow(s.first.ctx, n) != nil {
			s.first.abort()
			return
		}
	}
	if !ch.put(u) {
		s.first.endGroup() // and wakes it
		for !ch.put(u) {
			select {
			case <-ch.taken:
			case <-ch.ended:
				return
			case <-s.first.ctx.Done():
				return
			}
		}
	}
	ch.conn.touch()
	if n := len(s.handed); n == 0 || s.handed[n-1] != ch {
		s.handed = append(s.handed, ch)
	}
}

// wake has the channels read what they were handed, so that what has arrived together
// is carried out together.
func (s *channels) wake() {
	for _, ch := range s.handed {
		signal(ch.arrived)
	}
	clear(s.handed)
	s.handed = s.handed[:0]
}

// hangUp ends all channels as the client does.
func (s *channels) hangUp() {
	for _, ch := range s.live {
		ch.hangUp()
	}
}
