package core

import (
	"context"
	"strconv"

	"parley/core/wire"
)

// The ports are what core/client needs of its platform. jsbridge needs none: it
// uses what the page has.

// Dialer makes connections.
type Dialer interface {
	// Dial is called for each Dial effect, on a goroutine of its own; calls may
	// overlap. It returns when the socket is open, or with an error, a *BusyError if the
	// server says when to come again. It returns at the latest when ctx ends.
	Dial(ctx context.Context, url string) (Conn, error)
}

// Conn is one connection, by WebSocket or HTTP; its messages are text.
type Conn interface {
	// Read is called by one goroutine at a time. It returns the next message; after
	// the last one, a *CloseError if the peer has closed with a code, and another error if
	// the connection was lost, was closed here, or ctx has ended. No message follows an
	// error.
	Read(ctx context.Context) ([]byte, error)
	// Write is called by one goroutine at a time, in parallel with Read. It returns
	// when the network has the message, or with an error, after which the connection
	// is of no use. It returns at the latest when ctx ends.
	Write(ctx context.Context, message []byte) error
	// Close may be called by any goroutine, at any time and more than once. It tells the
	// peer (a WebSocket by a close frame with code 1000), ends Read and Write, and returns within a time that
	// the implementation states, whatever the peer does.
	Close() error
}

// BusyError is the answer of a server that has no room for a connection now.
type BusyError struct {
	Status     string
	RetryAfter uint64 // seconds
}

// Error names the status and the time.
func (e *BusyError) Error() string {
	return "the server answered " + e.Status + ", and asks to wait for " + strconv.FormatUint(e.RetryAfter, 10) + " s"
}

// CloseError is the peer's close frame.
type CloseError struct {
	Code   int
	Reason string
}

// Error names the code, and the reason if there is one.
func (e *CloseError) Error() string {
	text := "closed by the peer with code " + strconv.Itoa(e.Code)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// HTTP carries out REST calls.
type HTTP interface {
	// Do is called for each Fetch effect, on a goroutine of its own. It returns the
	// status and body of the response, or an error if there was none. It returns at
	// the latest when ctx ends.
	Do(ctx context.Context, request Fetch) (status int, body []byte, err error)
}

// Store keeps what must survive the process: the session, and the outbox of requests
// that the server has not answered. The shell's one goroutine calls all methods, in
// the order of the effects, and waits until they return; Load comes first.
type Store interface {
	// Load gives the session and the outbox, sorted by key. Nothing stored gives a nil session.
	Load() (session *Session, outbox []wire.Raw, err error)
	// SaveSession keeps the session; nil removes it.
	SaveSession(session *Session) error
	// Persist keeps a record under a key; nil removes it.
	Persist(key string, record wire.Raw) error
}
