package main

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// proxy is the network between clients and the servers, of which each connection gets any. Each connection through it gets
// a fault of its own, and all can be cut at once.
type proxy struct {
	listener net.Listener
	targets  []string

	mu     sync.Mutex // guards what follows
	random *rand.Rand
	routes map[*route]struct{}
	down   bool
	calm   bool

	faults [faultCount]atomic.Int64 // how often each happened
}

// fault is a way in which a connection fails.
type fault int

const (
	cut       fault = iota // both sides get a reset
	halfOpen               // nothing passes, and neither side notices
	late                   // the client gets a reset at once; what it had sent arrives later
	drip                   // a few bytes at a time
	delay                  // everything arrives late
	truncate               // half a frame, then a reset
	duplicate              // a frame arrives twice
	faultCount
)

var faultNames = [faultCount]string{"cut", "half-open", "late", "drip", "delay", "truncated frame", "doubled frame"}

// startProxy listens on a free port of this machine, and connects clients to the targets.
func startProxy(targets []string, seed uint64) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, targets: targets, random: rand.New(rand.NewPCG(seed, 1)), routes: map[*route]struct{}{}}
	go p.accept()
	return p, nil
}

// Addr is the address for clients.
func (p *proxy) Addr() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		go p.serve(client)
	}
}

func (p *proxy) serve(client net.Conn) {
	p.mu.Lock()
	down := p.down
	p.mu.Unlock()
	if down {
		reset(client)
		return
	}
	server, err := p.dial()
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

// dial connects to any target, and to the next one if that takes no connections.
func (p *proxy) dial() (server net.Conn, err error) {
	first := p.chance(len(p.targets))
	for n := range p.targets {
		server, err = net.DialTimeout("tcp", p.targets[(first+n)%len(p.targets)], time.Second)
		if err == nil {
			break
		}
	}
	return server, err
}

// Down cuts all connections and refuses new ones, until it is called with false.
func (p *proxy) Down(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = yes
	if yes {
		p.cutAll()
	}
}

// Calm ends all faults: it cuts open connections once, and leaves new ones alone.
func (p *proxy) Calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calm, p.down = true, false
	p.cutAll()
}

func (p *proxy) cutAll() {
	for r := range p.routes {
		r.end()
	}
}

// Close cuts everything and stops listening.
func (p *proxy) Close() error {
	p.Down(true)
	return p.listener.Close()
}

// Faults says how often each fault happened.
func (p *proxy) Faults() map[string]int64 {
	done := map[string]int64{}
	for kind, name := range faultNames {
		done[name] = p.faults[kind].Load()
	}
	return done
}

// chance gives a random number below n.
func (p *proxy) chance(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.random.IntN(n)
}

func (p *proxy) did(f fault) { p.faults[f].Add(1) }

// reset closes a connection with a TCP reset.
func reset(c net.Conn) {
	if tcp, is := c.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

var _ io.Closer = (*proxy)(nil)
