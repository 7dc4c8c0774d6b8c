package servertest

import (
	"bytes"
	"errors"
	"strconv"
	"sync"

	"nhooyr.io/websocket"

	"parley/server/internal/storetest"
)

// ErrChannelEnded is what ends a Peer on a channel when the server ends the channel.
var ErrChannelEnded = errors.New("the server has ended the channel")

// others are the channels of a WebSocket, by their numbers.
type others struct {
	othersMu sync.Mutex
	peers    map[string]*Peer
	last     int
}

// Channel makes another connection on the Peer's WebSocket, without a session. It begins
// with its first frame.
func (p *Peer) Channel() *Peer {
	p.othersMu.Lock()
	defer p.othersMu.Unlock()
	p.last++
	c := &Peer{
		T: p.T, WS: p.WS, conn: p.conn, number: strconv.Itoa(p.last),
		more: make(chan struct{}), sent: map[string]string{}, chain: map[string]uint64{},
	}
	if p.peers == nil {
		p.peers = map[string]*Peer{}
	}
	p.peers[c.number] = c
	c.cleanUp()
	return c
}

// OpenChannel is Channel, and opens the user's session on it.
func (p *Peer) OpenChannel(l Login) *Peer {
	p.T.Helper()
	c := p.Channel()
	c.OpenSession(l, nil)
	return c
}

// route hands a frame to the connection that it is for.
func (p *Peer) route(b []byte) {
	text := bytes.TrimLeft(b, "0123456789")
	to := p
	if number := string(b[:len(b)-len(text)]); number != "" {
		p.othersMu.Lock()
		to = p.peers[number]
		p.othersMu.Unlock()
	}
	switch {
	case to == nil:
		p.take(b, nil) // which notes that it is wrong
	case len(text) == 0:
		to.take(nil, ErrChannelEnded)
	default:
		to.take(text, nil)
	}
}

func (p *Peer) endChannels(err error) {
	p.othersMu.Lock()
	defer p.othersMu.Unlock()
	for _, c := range p.peers {
		c.take(nil, err)
	}
}

func (p *Peer) leaveChannel() {
	ctx, stop := ContextWithin(storetest.WaitFor)
	defer stop()
	_ = p.WS.Write(ctx, websocket.MessageText, []byte(p.number))
}
