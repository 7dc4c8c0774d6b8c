package main

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"time"
)

// route is one connection through the proxy.
type route struct {
	proxy          *Proxy
	client, server net.Conn

	fate    fault
	at      time.Duration // when its fate meets it; 0 is never
	latency time.Duration
	chunk   int // bytes passed on at once
	tamper  int // one frame in so many is doubled or cut short; 0 is none

	stuck  chan struct{} // closed when nothing passes any more
	freed  chan struct{} // closed when what is stuck upwards may pass
	ended  chan struct{}
	ending sync.Once
}

func (p *Proxy) newRoute(client, server net.Conn) *route {
	r := &route{proxy: p, client: client, server: server, chunk: 32 << 10,
		stuck: make(chan struct{}), freed: make(chan struct{}), ended: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes[r] = struct{}{}
	if p.calm {
		return r
	}
	r.at = time.Duration(50+p.random.IntN(4000)) * time.Millisecond
	r.tamper = 40
	switch r.fate = fault(p.random.IntN(int(delay) + 1)); r.fate {
	case drip:
		r.chunk = 1 + p.random.IntN(16)
	case delay:
		r.latency = time.Duration(1+p.random.IntN(200)) * time.Millisecond
	}
	return r
}

// run passes bytes until the connection is over.
func (r *route) run() {
	if r.fate == drip || r.fate == delay {
		r.proxy.did(r.fate)
	}
	var both sync.WaitGroup
	both.Go(func() { r.pass(r.client, r.server, true) })
	both.Go(func() { r.pass(r.server, r.client, false) })
	if r.at > 0 {
		both.Go(r.meetFate)
	}
	both.Wait()
	_ = r.client.Close()
	_ = r.server.Close()
}

func (r *route) meetFate() {
	select {
	case <-time.After(r.at):
	case <-r.ended:
		return
	}
	switch r.fate {
	case halfOpen: // the client's heartbeat must find out; the server's too
		r.proxy.did(halfOpen)
		close(r.stuck)
	case late:
		r.proxy.did(late)
		close(r.stuck)
		reset(r.client)
		select {
		case <-time.After(time.Duration(100+r.proxy.chance(1500)) * time.Millisecond):
		case <-r.ended:
		}
		close(r.freed)
	default:
		r.proxy.did(cut)
		r.end()
	}
}

// end cuts both sides.
func (r *route) end() { r.endBy(reset) }

// finish closes both sides, after what was written has gone through.
func (r *route) finish() { r.endBy(func(c net.Conn) { _ = c.Close() }) }

func (r *route) endBy(how func(net.Conn)) {
	r.ending.Do(func() {
		close(r.ended)
		how(r.client)
		how(r.server)
	})
}

// pass copies one direction, frame by frame once the HTTP part is over.
func (r *route) pass(from, to net.Conn, up bool) {
	in := bufio.NewReaderSize(from, 64<<10)
	upgraded, err := r.passHTTP(in, to, up)
	for err == nil {
		var b []byte
		if upgraded && r.tamper > 0 {
			b, err = readFrame(in)
		} else {
			b, err = available(in)
		}
		if len(b) == 0 {
			continue
		}
		if wrong := r.send(to, b, up, upgraded && err == nil); wrong != nil {
			err = wrong
		}
	}
	r.finish()
}

// passHTTP copies what comes before a WebSocket's frames; false means that the
// connection is no WebSocket, and its bytes go on as they are.
func (r *route) passHTTP(in *bufio.Reader, to net.Conn, up bool) (upgraded bool, err error) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false, err
		}
		if err := r.send(to, line, up, false); err != nil {
			return false, err
		}
		upgraded = upgraded || strings.HasPrefix(strings.ToLower(string(line)), "upgrade: websocket")
		if len(line) <= 2 {
			return upgraded, nil
		}
	}
}

// send passes bytes on at the route's pace; a whole frame may be tampered with.
func (r *route) send(to net.Conn, b []byte, up, frame bool) error {
	select {
	case <-r.stuck:
		if !up || r.fate != late {
			<-r.ended
			return net.ErrClosed
		}
		select {
		case <-r.freed:
		case <-r.ended:
		}
	case <-time.After(r.latency):
	case <-r.ended:
		return net.ErrClosed
	}
	if frame && r.tamper > 0 {
		switch r.proxy.chance(r.tamper * 2) {
		case 0:
			r.proxy.did(duplicate)
			if err := r.write(to, b); err != nil {
				return err
			}
		case 1:
			r.proxy.did(truncate)
			_ = r.write(to, b[:len(b)/2]) // it is cut in any case
			r.end()
			return net.ErrClosed
		}
	}
	return r.write(to, b)
}

func (r *route) write(to net.Conn, b []byte) error {
	for len(b) > 0 {
		n := min(len(b), r.chunk)
		if _, err := to.Write(b[:n]); err != nil {
			return err
		}
		if b = b[n:]; r.fate == drip && len(b) > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}
