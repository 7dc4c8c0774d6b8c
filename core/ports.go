package core

import (
	"context"
	"strconv"

	"parley/core/wire"
)

// Ports: what a shell around Step needs of its platform. core/client uses these
// interfaces; jsbridge does the same with what the page has.

// Dialer makes connections.
type Dialer interface {
	// Dial is called for each Dial effect, from a goroutine of its own; calls may
	// overlap. It returns when the socket can be used, or with an error, which
	// comes at the latest when ctx ends.
	Dial(ctx context.Context, url string) (Conn, error)
}

// Conn is one WebSocket; its messages are text.
type Conn interface {
	// Read is called by one goroutine at a time. It returns the next message, all
	// that came before an end first; a *CloseError when the peer has closed, any
	// other error when the connection is lost, closed here, or ctx has ended. No
	// message follows an error.
	Read(ctx context.Context) ([]byte, error)
	// Write is called by one goroutine at a time, beside Read. It returns when the
	// message has been handed to the network, or with an error that leaves the
	// connection useless, at the latest when ctx ends.
	Write(ctx context.Context, message []byte) error
	// Close may be called by anyone, at any time and more than once. It says
	// goodbye with code 1000, ends Read and Write, and returns within a bound that
	// the implementation states, whatever the peer does.
	Close() error
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
	// Do is called for each Fetch effect, from a goroutine of its own. It returns
	// the answer's status and body, or an error if there was no answer, at the
	// latest when ctx ends.
	Do(ctx context.Context, request Fetch) (status int, body []byte, err error)
}

// Store keeps what must outlive the process: the session, and the outbox of
// messages that the server has not acknowledged. All methods are called by the
// shell's one goroutine (Load before it starts to work), in the order of the
// effects, and hold it up until they return.
type Store interface {
	// Load gives the session, nil if there is none, and the outbox in the order of
	// its keys.
	Load() (session *Session, outbox []wire.Raw, err error)
	// SaveSession keeps the session; nil removes it.
	SaveSession(session *Session) error
	// Persist keeps a record under a key; nil removes it.
	Persist(key string, record wire.Raw) error
}
