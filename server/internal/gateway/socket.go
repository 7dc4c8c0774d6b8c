package gateway

//lint:file-ignore SA1019 the project asks for nhooyr.io/websocket; moving to its successor is a change of this import

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"nhooyr.io/websocket"
)

// socket is a WebSocket as the server uses it. The server never sends a close
// frame first: browsers report such an end as code 1006.
type socket struct {
	ws    *websocket.Conn
	limit int // bytes of a frame
}

// errFrameTooLong is a frame over the limit; what was read is its beginning.
var errFrameTooLong = errors.New("frame is too long")

// absurd is how many times a frame must be over the limit to be beyond patience.
const absurd = 16

// accept makes a WebSocket of a request. The origin is checked when the session
// is opened, where it is known for which app. Frames are not compressed: most are
// short, and a compressor would take more memory than all else of a connection.
func accept(w http.ResponseWriter, r *http.Request, limit int) (socket, error) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return socket{}, err // Accept has answered
	}
	ws.SetReadLimit(-1) // it would send a close frame; read keeps the limit
	return socket{ws, limit}, nil
}

// read gives the next frame, waiting for it until ctx ends. When a frame is
// absurdly long, it calls beyond, and goes on skipping it: the other end cannot
// say anything else before.
func (s socket) read(ctx context.Context, beyond func()) (frame []byte, text bool, err error) {
	kind, r, err := s.ws.Reader(ctx)
	if err != nil {
		return nil, false, err
	}
	frame, err = io.ReadAll(io.LimitReader(r, int64(s.limit)+1))
	if err != nil || len(frame) <= s.limit {
		return frame, kind == websocket.MessageText, err
	}
	n, err := io.CopyN(io.Discard, r, int64((absurd-1)*s.limit))
	if err == nil {
		beyond()
		n, err = io.Copy(io.Discard, r)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("after %d bytes of a long frame: %w", n, err)
	}
	return frame, true, errFrameTooLong
}

// write sends one text frame; when ctx ends first, the connection is broken.
func (s socket) write(ctx context.Context, frame []byte) error {
	return s.ws.Write(ctx, websocket.MessageText, frame)
}

// ping waits for the other end to answer on the level of WebSockets, which every
// client does by itself.
func (s socket) ping(ctx context.Context) error { return s.ws.Ping(ctx) }

// Discard ends the connection without a word. After the client has closed it,
// that does nothing.
func (s socket) Discard() { _ = s.ws.CloseNow() }
