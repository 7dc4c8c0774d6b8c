package main

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy stands for the network between clients and the server. Each connection
// has a fate of its own; all of them can be broken at once.
type Proxy struct {
	listener net.Listener
	target   string

	mu     sync.Mutex // guards what follows
	random *rand.Rand
	routes map[*route]struct{}
	down   bool
	calm   bool

	faults [faultKinds]atomic.Int64 // how often each was done
}

// fault is a way in which a connection ends or suffers.
type fault int

const (
	cut       fault = iota // both ends get a reset
	halfOpen               // nothing passes any more, and nobody is told
	late                   // the client is cut off at once; what it had sent arrives when it has a new connection
	drip                   // a few bytes at a time
	delay                  // everything comes late
	truncate               // half a frame, then a reset
	duplicate              // a frame comes twice
	faultKinds
)

var faultNames = [faultKinds]string{"cut", "half-open", "late", "drip", "delay", "truncated frame", "doubled frame"}

// StartProxy listens on a free port of this machine and leads to target.
func StartProxy(target string, seed uint64) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, target: target, random: rand.New(rand.NewPCG(seed, 1)), routes: map[*route]struct{}{}}
	go p.accept()
	return p, nil
}

// Addr is where clients find the proxy.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		go p.serve(client)
	}
}

func (p *Proxy) serve(client net.Conn) {
	p.mu.Lock()
	down := p.down
	p.mu.Unlock()
	if down {
		reset(client)
		return
	}
	server, err := net.DialTimeout("tcp", p.target, time.Second)
	if err != nil {
		reset(client)
		return
	}
	r := p.newRoute(client, server)
	r.run()
	p.mu.Lock()
	delete(p.routes, r)
	p.mu.Unlock()
}

// Down takes the network away (true), or gives it back.
func (p *Proxy) Down(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = yes
	if yes {
		p.cutAll()
	}
}

// Calm ends all faults: open connections are cut once, new ones are left alone.
func (p *Proxy) Calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calm, p.down = true, false
	p.cutAll()
}

func (p *Proxy) cutAll() {
	for r := range p.routes {
		r.end()
	}
}

// Close ends everything.
func (p *Proxy) Close() error {
	p.Down(true)
	return p.listener.Close()
}

// Faults tells how often each fault was done.
func (p *Proxy) Faults() map[string]int64 {
	done := map[string]int64{}
	for kind, name := range faultNames {
		done[name] = p.faults[kind].Load()
	}
	return done
}

// chance gives a random number below n.
func (p *Proxy) chance(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.random.IntN(n)
}

func (p *Proxy) did(f fault) { p.faults[f].Add(1) }

// reset closes without a goodbye.
func reset(c net.Conn) {
	if tcp, is := c.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

var _ io.Closer = (*Proxy)(nil)
