//go:build !js

package wsconn

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"nhooyr.io/websocket"

	"parley/core"
)

// Dialer connects to WebSocket servers. Its zero value can be used.
type Dialer struct {
	ReadLimit   int64         // bytes of one received message; a longer one ends the connection. Defaults to 64 MiB
	WriteWithin time.Duration // the longest that the network may take to accept a message. Defaults to 10 s
	CloseWithin time.Duration // how long Close waits for the peer's close frame. Defaults to 1 s
	HTTPClient  *http.Client  // makes the handshake, such as a client with its own certificates. Defaults to http.DefaultClient
}

var _ core.Dialer = Dialer{}

// Dial connects to a ws or wss URL. The error names the URL.
func (d Dialer) Dial(ctx context.Context, url string) (core.Conn, error) {
	socket, answer, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: d.HTTPClient})
	if err != nil && answer != nil {
		if wait, asked := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 32); asked == nil {
			err = &core.BusyError{Status: answer.Status, RetryAfter: wait}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", url, err)
	}
	socket.SetReadLimit(cmp.Or(d.ReadLimit, 64<<20))
	c := &conn{socket: socket, writeWithin: cmp.Or(d.WriteWithin, 10*time.Second), closeWithin: cmp.Or(d.CloseWithin, time.Second)}
	c.life, c.end = context.WithCancel(context.Background())
	return c, nil
}

type conn struct {
	socket                   *websocket.Conn
	lines                    []byte // what Read has not given yet of a message of several frames
	writeWithin, closeWithin time.Duration

	life    context.Context // ends with Close; the library ends reads and writes only by their context
	end     context.CancelFunc
	closing sync.Once
}

func (c *conn) Read(ctx context.Context) ([]byte, error) {
	if len(c.lines) > 0 {
		return c.nextLine(), nil
	}
	ctx, stop := c.within(ctx)
	defer stop()
	kind, message, err := c.socket.Read(ctx)
	switch {
	case err != nil:
		var closed websocket.CloseError
		if errors.As(err, &closed) {
			return nil, &core.CloseError{Code: int(closed.Code), Reason: closed.Reason}
		}
		return nil, fmt.Errorf("read: %w", err)
	case kind != websocket.MessageText:
		return nil, errors.New("read: the peer sent a binary message; the protocol has only text")
	}
	if !bytes.HasSuffix(message, []byte("\n")) {
		return message, nil
	}
	c.lines = message
	return c.nextLine(), nil
}

// nextLine gives the next frame of a message in which each is a line (package wire).
func (c *conn) nextLine() []byte {
	line, rest, _ := bytes.Cut(c.lines, []byte("\n"))
	c.lines = rest
	return line
}

func (c *conn) Write(ctx context.Context, message []byte) error {
	ctx, stop := c.within(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, c.writeWithin)
	defer cancel()
	if err := c.socket.Write(ctx, websocket.MessageText, message); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// within gives a context that also ends when the connection is closed.
func (c *conn) within(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// Close returns within closeWithin. The library waits up to 5 s for the peer's close
// frame, which cannot be changed; after closeWithin it does so in the background.
func (c *conn) Close() error {
	c.closing.Do(func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			// Its error only says that the peer was gone.
			_ = c.socket.Close(websocket.StatusNormalClosure, "")
		}()
		timer := time.NewTimer(c.closeWithin)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
		}
		c.end()
	})
	return nil
}
