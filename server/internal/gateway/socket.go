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

// socket is a WebSocket that never sends a close frame first: browsers report such an
// end as code 1006.
type socket struct {
	ws    *websocket.Conn
	limit int // bytes of a frame
}

// errFrameTooLong comes with the beginning of a frame that is over the limit.
var errFrameTooLong = errors.New("frame is too long")

// hugeFactor times the limit is the length at which a frame ends the connection.
const hugeFactor = 16

// accept makes a WebSocket of a request. The origin is checked by session:open, when
// it is known for which app. Frames are not compressed: most are short, and a
// compressor would take more memory than all else of a connection.
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

// read waits for the next frame until ctx ends. It skips the rest of a frame that is
// too long, since the client can say nothing else before. When the frame turns out
// to be huge it calls onHuge, and goes on skipping.
func (s socket) read(ctx context.Context, onHuge func()) (frame []byte, isText bool, err error) {
	kind, r, err := s.ws.Reader(ctx)
	if err != nil {
		return nil, false, err
	}
	frame, err = io.ReadAll(io.LimitReader(r, int64(s.limit)+1))
	if err != nil || len(frame) <= s.limit {
		return frame, kind == websocket.MessageText, err
	}
	n, err := io.CopyN(io.Discard, r, int64((hugeFactor-1)*s.limit))
	if err == nil {
		onHuge()
		n, err = io.Copy(io.Discard, r)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("after %d bytes of a long frame: %w", n, err)
	}
	return frame, true, errFrameTooLong
}

// write sends one text frame. The connection is broken when ctx ends first.
func (s socket) write(ctx context.Context, frame []byte) error {
	return s.ws.Write(ctx, websocket.MessageText, frame)
}

// ping waits until the client answers a ping of the WebSocket, as every client does.
func (s socket) ping(ctx context.Context) error { return s.ws.Ping(ctx) }

// discard closes the connection without a close frame. It does nothing when the
// client has closed already.
func (s socket) discard() { _ = s.ws.CloseNow() }
