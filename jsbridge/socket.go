//go:build js && wasm

package jsbridge

import (
	"errors"

	"github.com/hack-pad/safejs"
)

// sockets are the page's WebSockets by epoch. There is one at a time; an older
// one may still be closing.
type sockets map[int]safejs.Value

var errNoSocket = errors.New("the socket is gone")

// dial makes a socket and lets the JS half listen to it.
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

// send hands over one text message. The browser queues it without a bound, but
// the core's own queue of unanswered requests, in number and bytes, bounds what it is given.
func (s sockets) send(epoch int, text []byte) error {
	socket, ok := s[epoch]
	if !ok {
		return errNoSocket
	}
	_, err := socket.Call("send", string(text))
	return err
}

// close begins the closing with 1000; nobody waits for its end.
func (s sockets) close(epoch int) {
	socket, ok := s[epoch]
	if !ok {
		return
	}
	delete(s, epoch)
	// The only errors are for codes that are not allowed, and 1000 is.
	_, _ = socket.Call("close", 1000)
}

func (s sockets) forget(epoch int) { delete(s, epoch) }
