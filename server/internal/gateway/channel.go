package gateway

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"parley/server/internal/limit"
)

// maxUnreadBytes is how much memory the frames of a channel may take that it has not
// read. One frame alone may take more.
const maxUnreadBytes = 64 << 10

// channel stands in the place of a socket for a connection that shares one with others.
type channel struct {
	first  *Conn  // the first connection of the socket
	socket socket // which it shares
	conn   *Conn  // whose frames have the number already

	mu     sync.Mutex // guards the next two
	unread []unread
	bytes  int // of memory that unread takes
	part   *limit.Part

	arrived chan struct{}
	taken   chan struct{}

	hungUp atomic.Bool // by the client
	end    sync.Once
	ended  chan struct{}
}

var _ socket = (*channel)(nil)

// unread is what read gives.
type unread struct {
	text    []byte
	tooLong bool
	last    bool // the client has hung up
}

// newChannel makes a channel of the socket that has the first connection.
func newChannel(first *Conn, number int) *channel {
	ch := &channel{
		first: first, socket: first.socket, arrived: make(chan struct{}, 1), taken: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	ch.part = first.hub.partFor(first.Sender, freeChannelBytes)
	ch.conn = newConn(first.hub, ch, first.Sender)
	ch.conn.number, ch.conn.listening = strconv.Itoa(number), first.listening
	ch.conn.touch()
	return ch
}

// put adds a frame to be read; false means that there is no room for it.
func (ch *channel) put(u unread) bool {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.bytes > 0 && ch.bytes+cap(u.text) > maxUnreadBytes && !u.last {
		return false
	}
	ch.unread, ch.bytes = append(ch.unread, u), ch.bytes+cap(u.text)
	return true
}

func (ch *channel) take() (u unread, ok bool) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if len(ch.unread) == 0 {
		return u, false
	}
	u, ch.unread = ch.unread[0], ch.unread[1:]
	ch.bytes -= cap(u.text)
	ch.part.Shrink(cap(u.text))
	if len(ch.unread) == 0 {
		ch.unread = nil // idle connections keep no memory
	}
	signal(ch.taken)
	return u, true
}

// hangUp ends the channel as the client does: the frames before it are read.
func (ch *channel) hangUp() {
	ch.hungUp.Store(true)
	ch.put(unread{last: true})
	signal(ch.arrived)
}

func (ch *channel) read(ctx context.Context, _ func()) (frame []byte, isText bool, err error) {
	for {
		u, ok := ch.take()
		switch {
		case u.last:
			return nil, false, io.EOF
		case u.tooLong:
			return u.text, true, errFrameTooLong
		case ok:
			return u.text, true, nil
		}
		select {
		case <-ch.arrived:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-ch.ended:
			return nil, false, net.ErrClosed
		}
	}
}

func (ch *channel) opened() {}

func (ch *channel) more() bool {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return len(ch.unread) > 0
}

func (ch *channel) write(frame []byte, within time.Duration) error {
	return ch.orDiscard(ch.socket.write(frame, within))
}

func (ch *channel) flush(within time.Duration) error { return ch.orDiscard(ch.socket.flush(within)) }

// orDiscard closes the socket after an error: it is of no use to the others either.
func (ch *channel) orDiscard(err error) error {
	if err != nil {
		ch.socket.discard()
	}
	return err
}

func (ch *channel) hasEnded() bool {
	select {
	case <-ch.ended:
		return true
	default:
		return false
	}
}

// discard ends the channel, and says so unless the client has.
func (ch *channel) discard() {
	ch.end.Do(func() {
		close(ch.ended)
		if within := ch.conn.hub.options.WriteWithin; !ch.hungUp.Load() && ch.write([]byte(ch.conn.number), within) == nil {
			_ = ch.flush(within)
		}
	})
}
