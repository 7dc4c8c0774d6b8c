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
	proxy          *proxy
	client, server net.Conn

	kind    fault
	at      time.Duration // when the fault happens; 0 is never
	latency time.Duration
	chunk   int // most bytes in one write
	tamper  int // one frame in so many is doubled or truncated; 0 is none

	stuck  chan struct{} // closed when nothing passes from then on
	freed  chan struct{} // closed when what was stuck on the way to the server may pass
	ended  chan struct{}
	ending sync.Once
}

func (p *proxy) newRoute(client, server net.Conn) *route {
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
	switch r.kind = fault(p.random.IntN(int(delay) + 1)); r.kind {
	case drip:
		r.chunk = 1 + p.random.IntN(16)
	case delay:
		r.latency = time.Duration(1+p.random.IntN(200)) * time.Millisecond
	}
	return r
}

// run passes bytes in both directions until the connection ends.
func (r *route) run() {
	if r.kind == drip || r.kind == delay {
		r.proxy.did(r.kind)
	}
	var both sync.WaitGroup
	both.Go(func() { r.pass(r.client, r.server, true) })
	both.Go(func() { r.pass(r.server, r.client, false) })
	if r.at > 0 {
		both.Go(r.applyFault)
	}
	both.Wait()
	_ = r.client.Close()
	_ = r.server.Close()
}

// applyFault waits for the time of the fault, and applies it.
func (r *route) applyFault() {
	select {
	case <-time.After(r.at):
	case <-r.ended:
		return
	}
	switch r.kind {
	case halfOpen: // the heartbeats of both sides must notice
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

// end resets both sides.
func (r *route) end() { r.endBy(reset) }

// finish closes both sides after what was written has been sent.
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

// passHTTP copies the HTTP part, with which a connection begins. upgraded says whether
// WebSocket frames follow.
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

// send passes bytes on at the route's pace. It may double or truncate a frame.
func (r *route) send(to net.Conn, b []byte, up, frame bool) error {
	select {
	case <-r.stuck:
		if !up || r.kind != late {
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
			_ = r.write(to, b[:len(b)/2]) // the connection is cut anyway
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
		if b = b[n:]; r.kind == drip && len(b) > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}
