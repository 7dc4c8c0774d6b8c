package coretest_test

import (
	"context"
	"sync"
	"testing"

	"parley/core"
	"parley/core/coretest"
)

// pipes is a Dialer over Pipe.
type pipes struct {
	t     *testing.T
	serve func(context.Context, coretest.Peer)
}

func (p *pipes) Dial(ctx context.Context, _ string) (core.Conn, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	conn, end := coretest.Pipe()
	go func() {
		defer end.Cut()
		p.serve(p.t.Context(), end)
	}()
	return conn, nil
}

// TestPipe holds the connections in memory to the contract of real ones.
func TestPipe(t *testing.T) {
	var current sync.Map // by test, as subtests have servers of their own
	coretest.TestDialer(t, func() core.Dialer {
		return dialFunc(func(ctx context.Context, url string) (core.Conn, error) {
			p, _ := current.Load(url)
			return p.(*pipes).Dial(ctx, url)
		})
	}, func(t *testing.T, serve func(context.Context, coretest.Peer)) string {
		current.Store(t.Name(), &pipes{t, serve})
		return t.Name()
	})
}

type dialFunc func(context.Context, string) (core.Conn, error)

func (f dialFunc) Dial(ctx context.Context, url string) (core.Conn, error) { return f(ctx, url) }
