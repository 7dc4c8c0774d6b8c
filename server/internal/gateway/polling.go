package gateway

import (
	"bytes"
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"parley/server/internal/limit"
)

// Bounds of a connection by HTTP.
const (
	maxUnpolledBytes = 512 << 10 // frames that wait for a poll; beyond, writing waits, unless it is one frame alone
	pollsInIdle      = 4         // a poll is answered within this part of IdleAfter, and the next one comes within it
)

// pollSocket is a connection by HTTP long polling, in the place of a WebSocket. The
// client brings frames by requests that send, one at a time, and fetches frames by
// requests that poll, one at a time; both are numbered. There are no acknowledgements:
// whatever goes wrong ends the connection, and the client resumes on a new one.
type pollSocket struct {
	limit  int           // bytes of a frame
	within time.Duration // for a poll to be answered, and for the next one to come

	in     chan [][]byte // a batch that waits for the reader
	batch  [][]byte      // the rest of the batch that the reader has; used by it alone
	length int           // of the whole batch, likewise
	part   *limit.Part   // of the room for batches
	inTurn sync.Mutex    // held while a batch is handed over
	sends  int           // the number of the last batch; guarded by inTurn
	ended  chan struct{}
	end    sync.Once

	hasSession atomic.Bool

	outTurn sync.Mutex // held while a frame is handed over, which may wait for a poll

	mu      sync.Mutex // guards what follows
	polls   int        // the number of the last poll
	polling bool
	out     [][]byte // frames that wait for a poll
	bytes   int      // their length
	filled  chan struct{}
	emptied chan struct{}
	long    *longFrame  // that a writer waits for; nil while no writer does
	away    *time.Timer // ends the connection unless a poll comes
}

// longFrame is a frame that is so long that its writer waits until the client has read it.
type longFrame struct {
	taken bool // by a poll
	read  chan struct{}
}

var _ socket = (*pollSocket)(nil)

func newPollSocket(limit int, idleAfter time.Duration) *pollSocket {
	s := &pollSocket{
		limit: limit, within: idleAfter / pollsInIdle,
		in: make(chan [][]byte, 1), ended: make(chan struct{}), filled: make(chan struct{}, 1), emptied: make(chan struct{}, 1),
	}
	s.away = time.AfterFunc(s.within, s.discard)
	return s
}

// receive hands a batch of frames to the reader, and waits while an earlier one waits
// for it. A batch that comes twice, as browsers and proxies repeat requests, counts
// once. false means that the connection has ended.
func (s *pollSocket) receive(ctx context.Context, number int, frames [][]byte) bool {
	s.inTurn.Lock()
	defer s.inTurn.Unlock()
	switch {
	case s.hasEnded():
		return false
	case number == s.sends:
		return true
	case number != s.sends+1: // one is missing
		s.discard()
		return false
	}
	if s.part.Grow(ctx, lengthOf(frames)) != nil {
		s.discard()
		return false
	}
	s.sends = number
	select {
	case s.in <- frames:
		return true
	case <-ctx.Done():
		s.discard()
	case <-s.ended:
	}
	return false
}

// poll waits for frames, and gives none when its time is over. false means that the
// connection has ended: also because the poll was repeated, as what the first answer had
// may be lost, or because the client went away while it waited.
func (s *pollSocket) poll(ctx context.Context, number int) (frames [][]byte, ok bool) {
	if !s.beginPoll(number) {
		s.discard()
		return nil, false
	}
	defer s.endPoll()
	over := time.NewTimer(s.within)
	defer over.Stop()
	for {
		if frames := s.take(); len(frames) > 0 {
			return frames, true
		}
		select {
		case <-s.filled:
		case <-over.C:
			return nil, true
		case <-ctx.Done():
			s.discard()
			return nil, false
		case <-s.ended:
			return s.take(), true // the next poll hears of it
		}
	}
}

func (s *pollSocket) beginPoll(number int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hasEnded() && len(s.out) == 0 || s.polling || number != s.polls+1 {
		return false
	}
	s.polls, s.polling = number, true
	s.away.Stop()
	return true
}

func (s *pollSocket) endPoll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polling = false
	s.away.Reset(s.within)
}

// take gives the frames that wait.
func (s *pollSocket) take() (frames [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames, s.out, s.bytes = s.out, nil, 0
	if s.long != nil {
		s.long.taken = true
	}
	signal(s.emptied)
	return frames
}

// answered notes that the client has the frames that were taken, or is gone.
func (s *pollSocket) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.long != nil && s.long.taken {
		close(s.long.read)
		s.long = nil
	}
}

// read gives the frames of the client, in their order. Those that came before the end of
// the connection come before its error.
func (s *pollSocket) read(ctx context.Context, _ func()) (frame []byte, isText bool, err error) {
	if len(s.batch) == 0 { // the frames of one batch share its memory
		s.part.Shrink(s.length)
		s.length = 0
	}
	for len(s.batch) == 0 {
		select {
		case s.batch = <-s.in:
			s.length = lengthOf(s.batch)
			continue
		default:
		}
		select {
		case s.batch = <-s.in:
			s.length = lengthOf(s.batch)
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-s.ended:
			return nil, false, net.ErrClosed
		}
	}
	frame, s.batch = s.batch[0], s.batch[1:]
	if len(frame) > s.limit {
		return frame[:s.limit+1], true, errFrameTooLong
	}
	return frame, true, nil
}

func lengthOf(frames [][]byte) (n int) {
	for _, f := range frames {
		n += len(f)
	}
	return n
}

func (s *pollSocket) opened() { s.hasSession.Store(true) }

func (s *pollSocket) more() bool { return len(s.batch) > 0 }

// write keeps a frame for the next poll. While many bytes wait for one, it waits; after a
// long frame until that is read.
func (s *pollSocket) write(frame []byte, within time.Duration) error {
	frame = bytes.Clone(frame)
	s.outTurn.Lock()
	defer s.outTurn.Unlock()
	if s.put(frame) {
		return s.waitForLong()
	}
	over := time.NewTimer(within)
	defer over.Stop()
	for !s.put(frame) {
		select {
		case <-s.emptied:
		case <-over.C:
			return os.ErrDeadlineExceeded
		case <-s.ended:
			return net.ErrClosed
		}
	}
	return s.waitForLong()
}

// waitForLong returns when the frame that was put last is read, if it is a long one.
func (s *pollSocket) waitForLong() error {
	s.mu.Lock()
	long := s.long
	s.mu.Unlock()
	if long == nil {
		return nil
	}
	select {
	case <-long.read:
		return nil
	case <-s.ended:
	}
	s.mu.Lock()
	taken := long.taken
	if !taken {
		s.out = nil // nobody will wait for it
	}
	s.mu.Unlock()
	if taken { // the answer is being written
		<-long.read
	}
	return net.ErrClosed
}

func (s *pollSocket) flush(time.Duration) error { return nil } // write has handed the frames over

func (s *pollSocket) put(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes > 0 && s.bytes+len(frame) > maxUnpolledBytes {
		return false
	}
	s.out, s.bytes = append(s.out, frame), s.bytes+len(frame)
	if len(frame) > maxUnpolledBytes {
		s.long = &longFrame{read: make(chan struct{})}
	}
	signal(s.filled)
	return true
}

// signal wakes who waits for the channel, or who will wait next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *pollSocket) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

func (s *pollSocket) discard() { s.end.Do(func() { close(s.ended) }) }
