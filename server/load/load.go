package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"parley/server/drive"
)

const (
	workers     = 16 // that connect people at the same time
	settle      = 2 * time.Second
	mostFailure = 5  // different failures that are told
	fanUnderWay = 16 // messages of the one visitor whom many hear
)

// loading is a run in progress.
type loading struct {
	options Options
	system  System
	figures *Figures
	first   *drive.Usage // of the server, before anybody has come

	mu sync.Mutex // guards the failures among the figures
}

// Run makes the load on a system, closes it, and gives what was measured. When ctx ends, that
// is what was measured so far.
func Run(ctx context.Context, o Options, s System) (*Figures, error) {
	l := &loading{options: o, system: s, first: s.Usage(), figures: &Figures{Server: s.Server(), Own: o.URL == ""}}
	err := l.phases(ctx)
	if ctx.Err() != nil {
		l.figures.Ended, err = true, nil
	}
	return l.figures, errors.Join(err, s.Close())
}

func (l *loading) phases(ctx context.Context) error {
	speakers := l.connect(ctx)
	if l.options.Idle > 0 && ctx.Err() == nil {
		l.idle(ctx)
	}
	if len(speakers) > 0 && ctx.Err() == nil {
		if err := l.conversation(ctx, speakers); err != nil {
			return err
		}
	}
	if l.options.FanOut > 0 && ctx.Err() == nil {
		return l.fanOut(ctx)
	}
	return nil
}

func (l *loading) say(format string, args ...any) {
	fmt.Fprintf(l.options.Progress, format+"\n", args...)
}

// fail remembers why something failed.
func (l *loading) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.figures.Failures) < mostFailure {
		l.figures.Failures = append(l.figures.Failures, err.Error())
	}
}

// spread calls do for each number below count, by some workers, until one fails. It gives the
// first error.
func spread(count int, do func(i int) error) error {
	var next atomic.Int64
	var first error
	var failed sync.Once
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					failed.Do(func() { first = err })
					next.Store(int64(count)) // the others end too
				}
			}
		})
	}
	all.Wait()
	return first
}

// agents connects those who share the chats. They come after all else was measured: the server
// takes much memory for a moment to check a password.
func (l *loading) agents(ctx context.Context) ([]Agent, error) {
	agents := make([]Agent, l.options.Agents)
	err := spread(len(agents), func(i int) (err error) {
		agents[i], err = l.system.Agent(ctx, i)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("an agent cannot connect: %w", err)
	}
	return agents, nil
}
