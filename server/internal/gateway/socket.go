package gateway

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"nhooyr.io/websocket"

	"parley/server/internal/limit"
)

// socket is what frames travel by.
type socket interface {
	// read waits for the client's next frame until ctx ends. Of a frame that is too long
	// it gives the beginning, with errFrameTooLong; when one turns out to be huge it calls
	// onHuge.
	read(ctx context.Context, onHuge func()) (frame []byte, isText bool, err error)
	// opened notes that the session is open: frames may be as long as the limit. The reader
	// calls it.
	opened()
	// more tells whether the client's next frame is there already.
	more() bool
	// write takes one text frame, and copies it. It may keep the frame until flush. The
	// connection is of no use after an error. Pumps of several connections may write and
	// flush at the same time.
	write(frame []byte, within time.Duration) error
	// flush sends what write has kept. The error is os.ErrDeadlineExceeded when the client
	// does not take it within the time.
	flush(within time.Duration) error
	// discard closes the connection. It does nothing when the client has closed already.
	discard()
}

// errFrameTooLong comes with the beginning of a frame that is over the limit.
var errFrameTooLong = errors.New("frame is too long")

const (
	hugeFactor   = 16       // times the limit is the length at which a frame ends the connection
	flushAtBytes = 16 << 10 // so much waits to be sent
	sendAtOnce   = 64 << 10 // so much may take the time for a write
	controlBytes = 256      // of the buffer in which the library writes control frames, of at most 127 bytes (RFC 6455, 5.5), and the handshake
)

// webSocket never sends a close frame first: browsers report such an end as code 1006.
//
// The library reads, and answers pings and close frames. Frames of ours go past it: it
// would send each by itself, and hand each to a goroutine that watches its context. Both
// write whole frames only, so that none gets into another.
type webSocket struct {
	ws    *websocket.Conn
	conn  net.Conn
	in    *bufio.Reader // the library reads from it
	limit int           // bytes of a frame
	lines atomic.Bool   // each frame is a line, and a message may have several
	rest  restOfLines   // of the message that was read last

	headers frameHeaders  // of what the library has read
	spare   *rate.Limiter // of control frames and fragments
	gone    chan struct{} // closed by discard
	leave   sync.Once

	short     int         // bytes of a frame before the session is open; 0 from then on
	mayBeLong func() bool // asked when one is longer
	part      *limit.Part // of the room for frames
	length    int         // of the message that was read last

	mu     sync.Mutex // guards what follows; held while frames are sent
	out    []byte     // messages that wait for flush
	lineAt int        // where the lines of the last of them begin in out, 0 if it takes no further line
	failed bool       // a part of a message may be out, or the library has sent a close frame
}

var _ socket = (*webSocket)(nil)

// accept makes a WebSocket of a request. The origin is checked by session:open, when
// it is known for which app. Frames are not compressed: most are short, and a
// compressor would take more memory than all else of a connection.
func accept(w http.ResponseWriter, r *http.Request, limit int) (*webSocket, error) {
	s := &webSocket{limit: limit, spare: newSpare(), gone: make(chan struct{})}
	ws, err := websocket.Accept(hijacker{w, s}, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, err // Accept has answered
	}
	ws.SetReadLimit(-1) // it would send a close frame; read keeps the limit
	s.ws = ws
	return s, nil
}

// hijacker keeps what the library takes over, and gives it what it writes to.
type hijacker struct {
	http.ResponseWriter
	socket *webSocket
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.socket.conn, h.socket.in = conn, rw.Reader
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	h.socket.headers.spare(early)
	wrapped := libraryConn{conn, h.socket}
	return wrapped, bufio.NewReadWriter(rw.Reader, bufio.NewWriterSize(wrapped, controlBytes)), nil
}

// libraryConn is what the library writes to: whole control frames, and the answer to the
// handshake. Nothing follows its close frame, since browsers report that on the console.
type libraryConn struct {
	net.Conn
	socket *webSocket
}

// Read is called by the reader of the connection alone.
func (c libraryConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if frames := c.socket.headers.spare(b[:n]); frames > 0 {
		c.socket.waitSpare(frames)
	}
	return n, err
}

func (c libraryConn) Write(b []byte) (int, error) {
	c.socket.mu.Lock()
	defer c.socket.mu.Unlock()
	if len(b) > 0 && b[0] == finalClose {
		c.socket.failed = true
	}
	return c.Conn.Write(b)
}

// read skips the rest of a frame that is too long, since the client can say nothing else
// before.
func (s *webSocket) read(ctx context.Context, onHuge func()) (frame []byte, isText bool, err error) {
	if s.rest.any() {
		frame, err = s.rest.next(s.limit)
		return frame, true, err
	}
	s.part.Shrink(s.length)
	s.length = 0
	kind, message, err := s.ws.Reader(ctx)
	if err != nil {
		return nil, false, err
	}
	r := s.part.Reader(ctx, message)
	limit, lines := s.limit, s.lines.Load()
	if lines {
		limit += maxJoined
	}
	frame, limit, err = s.readUpTo(r, limit)
	if err != nil {
		return nil, false, err
	}
	s.length = len(frame)
	tooLong := len(frame) > limit
	if tooLong {
		if err := skipFrame(message, (hugeFactor-1)*s.limit, onHuge); err != nil {
			return nil, false, err
		}
	}
	switch {
	case lines && kind == websocket.MessageText && len(frame) > 0:
		s.rest = restOfLines{frame, tooLong}
		frame, err = s.rest.next(s.limit)
		return frame, true, err
	case tooLong:
		return frame, true, errFrameTooLong
	}
	return frame, kind == websocket.MessageText, nil
}

// skipFrame reads the rest of a frame, and calls onHuge when that is longer than allowed.
func skipFrame(r io.Reader, allowed int, onHuge func()) error {
	n, err := io.CopyN(io.Discard, r, int64(allowed))
	if err == nil {
		onHuge()
		n, err = io.Copy(io.Discard, r)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("after %d bytes of a long frame: %w", n, err)
	}
	return nil
}

// readUpTo reads a byte more than the limit at most. It gives the limit that held: a lower
// one before the session is open.
func (s *webSocket) readUpTo(r io.Reader, full int) (frame []byte, limit int, err error) {
	limit = full
	short := s.short > 0 && s.short < full
	if short {
		limit = s.short
	}
	frame, err = io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil || len(frame) <= limit || !short || !s.mayBeLong() {
		return frame, limit, err
	}
	rest, err := io.ReadAll(io.LimitReader(r, int64(full-limit)))
	return append(frame, rest...), full, err
}

func (s *webSocket) opened() { s.short = 0 }

// more knows only messages of one frame of less than 64 KB.
func (s *webSocket) more() bool {
	if s.rest.any() {
		return true
	}
	b, _ := s.in.Peek(s.in.Buffered())
	if len(b) < 4 || b[0] != finalText {
		return false
	}
	switch n := int(b[1] &^ 0x80); n {
	case length64:
		return false
	case length16:
		return len(b) >= 4+maskBytes+int(binary.BigEndian.Uint16(b[2:]))
	default:
		return len(b) >= 2+maskBytes+n
	}
}

func (s *webSocket) write(frame []byte, within time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lines.Load() {
		s.addLine(frame)
	} else {
		s.out = append(appendHeader(s.out, len(frame)), frame...)
	}
	if len(s.out) < flushAtBytes {
		return nil
	}
	return s.send(within)
}

func (s *webSocket) flush(within time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.out) == 0 {
		return nil
	}
	return s.send(within)
}

// send sends what is in out; s.mu is held. After an error it sends nothing more, and
// only the first who sends hears why.
func (s *webSocket) send(within time.Duration) error {
	s.endLines()
	out := s.out
	s.out = nil // idle connections keep no memory
	if s.failed {
		return net.ErrClosed
	}
	err := s.sendWithin(out, within)
	s.failed = err != nil
	return err
}

// sendWithin has a time for each part of what it sends, as slow clients read long frames
// too.
func (s *webSocket) sendWithin(b []byte, within time.Duration) error {
	for part := range slices.Chunk(b, sendAtOnce) {
		if err := s.conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
			return err
		}
		if _, err := s.conn.Write(part); err != nil {
			return err
		}
	}
	return s.conn.SetWriteDeadline(time.Time{}) // what the library writes later has times of its own
}

// discard closes the connection without a close frame.
func (s *webSocket) discard() {
	s.leave.Do(func() {
		if s.gone != nil {
			close(s.gone)
		}
	})
	_ = s.ws.CloseNow()
}

// listening is how long the reader of a socket has waited for its client. Silence is
// measured by it: while the reader does something else, nobody can be heard, and one
// connection may hold up the others of its socket.
type listening struct {
	before atomic.Int64 // nanoseconds, without the wait that is under way
	since  atomic.Int64 // when that began, unix nanoseconds; 0 if none is
}

// begin is called by the reader, as is end.
func (l *listening) begin() { l.since.Store(time.Now().UnixNano()) }

func (l *listening) end() {
	since := l.since.Swap(0)
	l.before.Add(time.Now().UnixNano() - since)
}

// total may miss a wait that ends or begins meanwhile, and never counts one twice: end
// changes the two in the other order.
func (l *listening) total() time.Duration {
	total := l.before.Load()
	if since := l.since.Load(); since != 0 {
		total += time.Now().UnixNano() - since
	}
	return time.Duration(total)
}
