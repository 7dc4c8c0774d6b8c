package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"parley/core"
	"parley/core/wsconn"
	"parley/server/drive"
	"parley/server/load"
)

// answerWithin is how long a server has for an answer.
const answerWithin = 30 * time.Second

// system is a server of another kind (load.System).
type system struct {
	url      string
	pid      int
	protocol func() protocol

	rooms atomic.Int64
	mu    sync.Mutex
	peers []*peer
}

// protocol is how a client of such a server speaks. A connection has one of its own.
type protocol interface {
	path() string
	hello() (id string, frame []byte)
	join(room string) (id string, frame []byte)
	say(room, text string) (id string, frame []byte)
	// parts splits what came into what it says: an answer by its id, something that was said
	// in a room, or a ping with what is to be sent for it.
	parts(came []byte, visit func(part))
}

// part is one thing that a server says. Only what it is has a value.
type part struct {
	answer string
	room   string
	ping   []byte
	text   []byte
}

// peer is a client on a connection (load.Visitor, load.Agent).
type peer struct {
	conn core.Conn
	room string

	mu       sync.Mutex // guards what follows
	protocol protocol
	waiting  map[string]chan struct{}
	heard    map[string]func([]byte)
	err      error // the end of the connection
}

func (s *system) Server() string { return s.url }

func (s *system) Usage() *drive.Usage { return load.UsageOf(s.pid) }

func (s *system) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all sync.WaitGroup
	for _, p := range s.peers {
		all.Go(func() { _ = p.conn.Close() })
	}
	all.Wait()
	return nil
}

func (s *system) connect(ctx context.Context) (*peer, error) {
	speaks := s.protocol()
	conn, err := wsconn.Dialer{CloseWithin: 50 * time.Millisecond}.Dial(ctx, s.url+speaks.path())
	if err != nil {
		return nil, err
	}
	p := &peer{conn: conn, protocol: speaks, waiting: map[string]chan struct{}{}, heard: map[string]func([]byte){}}
	s.mu.Lock()
	s.peers = append(s.peers, p)
	s.mu.Unlock()
	go p.read()
	return p, p.ask(ctx, protocol.hello)
}

func (s *system) Visitor(ctx context.Context) (load.Visitor, error) {
	p, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	p.room = fmt.Sprintf("room%d", s.rooms.Add(1))
	return p, p.join(ctx, p.room)
}

func (s *system) Agent(ctx context.Context, _ int) (load.Agent, error) { return s.connect(ctx) }

func (s *system) Crowd(ctx context.Context, room string, count int, hearer func() func([]byte)) error {
	for range count {
		p, err := s.connect(ctx)
		if err != nil {
			return err
		}
		if err := p.Hear(ctx, room, hearer()); err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) Chat() string { return p.room }

func (p *peer) Say(ctx context.Context, text string) error {
	return p.ask(ctx, func(speaks protocol) (string, []byte) { return speaks.say(p.room, text) })
}

func (p *peer) Hear(ctx context.Context, room string, heard func([]byte)) error {
	p.mu.Lock()
	p.heard[room] = heard
	p.mu.Unlock()
	return p.join(ctx, room)
}

func (p *peer) join(ctx context.Context, room string) error {
	return p.ask(ctx, func(speaks protocol) (string, []byte) { return speaks.join(room) })
}

// ask sends a frame and waits for its answer.
func (p *peer) ask(ctx context.Context, frame func(protocol) (id string, frame []byte)) error {
	ctx, stop := context.WithTimeout(ctx, answerWithin)
	defer stop()
	p.mu.Lock()
	id, text := frame(p.protocol)
	answered := make(chan struct{})
	p.waiting[id] = answered
	err := p.err
	p.mu.Unlock()
	if err == nil {
		err = p.conn.Write(ctx, text)
	}
	if err != nil {
		return err
	}
	select {
	case <-answered:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read hears until the connection ends.
func (p *peer) read() {
	for {
		came, err := p.conn.Read(context.Background())
		if err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.err = err
			return
		}
		p.protocol.parts(came, p.take)
	}
}

func (p *peer) take(one part) {
	if one.ping != nil {
		_ = p.conn.Write(context.Background(), one.ping) // its failure ends read
		return
	}
	p.mu.Lock()
	answered, heard := p.waiting[one.answer], p.heard[one.room]
	delete(p.waiting, one.answer)
	p.mu.Unlock()
	if answered != nil {
		close(answered)
	}
	if heard != nil {
		heard(one.text)
	}
}
