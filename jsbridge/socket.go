//go:build js && wasm

package jsbridge

import (
	"errors"

	"github.com/hack-pad/safejs"
)

// sockets are the page's WebSockets by epoch. One is in use at a time; an older one
// may still be closing.
type sockets map[int]safejs.Value

var errNoSocket = errors.New("the socket is closed")

// dial makes a socket, to which the page listens.
func (s sockets) dial(p page, epoch int, url string) error {
	class, err := p.global.Get("WebSocket")
	if err != nil {
		return err
	}
	socket, err := class.New(url)
	if err != nil {
		return err
	}
	if _, err := p.half.Call("attach", socket, epoch); err != nil {
		return err
	}
	s[epoch] = socket
	return nil
}

// send sends one text message. The browser's buffer has no limit, but the core's queue
// of requests has (core.Options.MaxPending and PendingBytes).
func (s sockets) send(epoch int, text []byte) error {
	socket, ok := s[epoch]
	if !ok {
		return errNoSocket
	}
	_, err := socket.Call("send", string(text))
	return err
}

// close begins to close the socket with code 1000. Nothing waits for the end.
func (s sockets) close(epoch int) {
	socket, ok := s[epoch]
	if !ok {
		return
	}
	delete(s, epoch)
	// It fails only for codes that are not allowed; 1000 is.
	_, _ = socket.Call("close", 1000)
}

func (s sockets) forget(epoch int) { delete(s, epoch) }
